"""Parts of no known product, for runs that are about who inspects them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from agent.batch.engines.parts import parts_of
from agent.batch.engines.worker import scratch_folder
from agent.batch.records import BatchRow
from agent.batch.setting_up import run_orders
from agent.batch.wanted import Wanted
from agent.result_log import FILE, read_rows
from agent.run_folder import RunFolder
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


@pytest.fixture
def run_of() -> Callable[..., list[BatchRow]]:
    """Runs a batch into a folder; its rows. Sees that each order has one, and nothing is left."""

    def run(
        wanted: Wanted, out: str, tell_row: Callable[[BatchRow], object] = lambda row: None
    ) -> list[BatchRow]:
        ended = asyncio.run(
            run_orders(wanted, wanted.orders(), RunFolder(Path(out)), tell_row=tell_row)
        )
        kept = read_rows(Path(out) / "results.jsonl", BatchRow)
        assert sorted(one.task for one in kept) == sorted(one.task for one in wanted.orders())
        assert parts_of(Path(out)) == []
        assert not scratch_folder(Path(out)).exists()
        return ended.rows

    return run


@pytest.fixture
def at_work() -> Callable[[str], list[int]]:
    """The processes that have written a row of a run: one that only opens yet is not lost, but
    started again, and nobody is told."""
    return lambda out: [
        int(part.name.split("-")[1])
        for part in parts_of(Path(out))
        if read_rows(part / FILE, BatchRow)
    ]


@pytest.fixture
def said() -> Callable[[list[BatchRow]], list[dict[str, object]]]:
    """All that rows say but times, and but which of two equal files was inspected."""
    apart = {"seconds", "created", "shared", "inspection"}
    return lambda rows: [one.model_dump(exclude=apart) for one in rows]
