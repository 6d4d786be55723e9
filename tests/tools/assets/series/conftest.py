"""Series for the tests: texts written to a file and read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tools.assets.series import open_series
from tools.assets.series.series import Series


@pytest.fixture
def series_of(tmp_path: Path) -> Callable[..., Series]:
    """Write a text (or bytes) to a file and open it."""

    def make(content: str | bytes, name: str = "run.csv") -> Series:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return open_series(path)

    return make
