"""Parts of no known product, for runs that are about who inspects them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from agent.batch.wanted import Wanted
from agent.settings import load_settings

N_PARTS = 8
Want = Callable[..., Wanted]


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """Eight pictures, a copy of the first, and a table that names one more."""
    folder = tmp_path / "parts"
    folder.mkdir()
    rng = np.random.default_rng(0)
    names = [f"{number}.png" for number in range(N_PARTS)]
    for name in names:
        pixels = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name)
    (folder / "copy.png").write_bytes((folder / "0.png").read_bytes())
    lines = ["asset,station", *(f"{name},S1" for name in names), "copy.png,S2", "gone.png,S2"]
    (folder / "all.csv").write_text("\n".join([*lines, ""]), "utf-8")
    return folder


@pytest.fixture
def want(parts: Path) -> Want:
    """What a person wants of those parts."""

    def wanted(**more: Any) -> Wanted:
        settings = load_settings(home=Path("home"), concurrency=4)
        return Wanted(named=("parts/all.csv",), settings=settings, **more)

    return wanted
