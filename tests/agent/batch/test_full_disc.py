"""A disc that fills up, or may not be written, ends a run in one line; nothing is lost."""

from __future__ import annotations

import asyncio
import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.batch.records import BatchRow
from agent.batch.setting_up import run_folder, run_orders
from agent.batch.wanted import Ended, Wanted
from agent.disc import DiscError
from agent.result_log import read_rows
from agent.settings import Settings

N_PARTS = 4


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """Pictures of no known product."""
    folder = tmp_path / "parts"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(N_PARTS):
        pixels = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


@contextmanager
def files_of_at_most(n_bytes: int) -> Iterator[None]:
    """No file of this process grows beyond; the system says EFBIG."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def run(parts: Path, *, full_after: int | None = None, n_bytes: int = 0) -> Ended:
    """A run; after so many rows no file grows beyond so many bytes."""
    wanted = Wanted(
        named=(str(parts),),
        settings=Settings(home=Path("home"), concurrency=1),
        out=Path("run"),
    )
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    told: list[BatchRow] = []

    def fill(row: BatchRow) -> None:
        told.append(row)
        if len(told) == full_after:
            resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))

    try:
        return asyncio.run(run_orders(wanted, wanted.orders(), run_folder(wanted), tell_row=fill))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    ("n_bytes", "where"),
    [
        (20_000, "the checkpoints"),
        (300, "the trace or the record"),
    ],
)
def test_a_disc_that_fills_up_ends_the_run_which_goes_on_when_there_is_room(
    parts: Path, n_bytes: int, where: str
) -> None:
    with pytest.raises(DiscError, match="the run can go on") as raised:
        run(parts, full_after=1, n_bytes=n_bytes)
    assert "\n" not in str(raised.value)
    done = read_rows(Path("run/results.jsonl"), BatchRow)
    assert 1 <= len(done) < N_PARTS, where

    run(parts)

    rows = read_rows(Path("run/results.jsonl"), BatchRow)
    assert Counter(one.task for one in rows) == dict.fromkeys((one.task for one in rows), 1)
    assert len(rows) == N_PARTS
    assert {one.status for one in rows} == {"decided"}
    assert not list(Path("run").rglob("*.partial"))
