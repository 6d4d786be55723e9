"""Fixtures that several folders of tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; the test skips where it is absent."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("LOUPE_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip("shared data absent: set LOUPE_SHARED_DATA to its folder")
    return folder
