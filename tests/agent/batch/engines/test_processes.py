"""Workers in processes of this machine give the rows of one process, whoever dies meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.batch.engines.contract import EngineChoice
from agent.batch.engines.parts import parts_of
from agent.batch.engines.worker import scratch_folder
from agent.batch.records import BatchRow
from agent.batch.setting_up import run_orders
from agent.batch.wanted import Wanted
from agent.result_log import read_rows
from agent.run_folder import RunFolder

Want = Callable[..., Wanted]
TWO = EngineChoice(workers=2)


def run_of(
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


def said(rows: list[BatchRow]) -> list[dict[str, object]]:
    """All but times, and but which of two equal files was inspected."""
    apart = {"seconds", "created", "shared", "inspection"}
    return [one.model_dump(exclude=apart) for one in rows]


def test_a_worker_that_is_killed_costs_no_result(
    want: Want, capsys: pytest.CaptureFixture[str]
) -> None:
    killed: list[int] = []

    def kill_one(row: BatchRow) -> None:
        if not killed:
            killed.append(int(parts_of(Path("two"))[0].name.split("-")[1]))
            os.kill(killed[0], signal.SIGKILL)

    alone = run_of(want(), "alone")

    assert said(run_of(want(engine=TWO), "two", kill_one)) == said(alone)
    assert len(alone) == 10
    assert killed[0] != os.getpid()
    assert "is lost (its process was killed by signal 9)" in capsys.readouterr().err
