"""Fixtures: pictures of no known product with a table that names them, and the command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.batch.records import BatchRow
from agent.cli import run as loupe
from agent.result_log import read_rows

Batch = Callable[..., int]
Rows = Callable[[], list[BatchRow]]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of six small pictures, each of its own noise."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(6):
        pixels = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def batch(pictures: Path) -> Batch:
    """Runs `loupe batch` over the pictures with more words, in the folder `run`."""

    def run(*words: object) -> int:
        given = ["batch", str(pictures), "--home", "home", "--out", "run"]
        return loupe([*given, *map(str, words)])

    return run


@pytest.fixture
def rows() -> Rows:
    """The rows of the folder `run`."""
    return lambda: read_rows(Path("run") / "results.jsonl", BatchRow)
