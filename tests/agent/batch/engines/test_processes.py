"""Workers in processes of this machine give the rows of one process, whoever dies meanwhile."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from agent.batch.engines.contract import EngineChoice
from agent.batch.records import BatchRow
from agent.batch.wanted import Wanted

Want = Callable[..., Wanted]
Run = Callable[..., list[BatchRow]]
Said = Callable[[list[BatchRow]], list[dict[str, object]]]
AtWork = Callable[[str], list[int]]
TWO = EngineChoice(workers=2)


def test_a_worker_that_is_killed_costs_no_result(
    want: Want, run_of: Run, said: Said, at_work: AtWork, capsys: pytest.CaptureFixture[str]
) -> None:
    killed: list[int] = []

    def kill_one(row: BatchRow) -> None:
        if not killed and (pids := at_work("two")):
            killed.append(pids[0])
            os.kill(killed[0], signal.SIGKILL)

    alone = run_of(want(), "alone")

    assert said(run_of(want(engine=TWO), "two", kill_one)) == said(alone)
    assert len(alone) == 10
    assert killed[0] != os.getpid()
    assert "is lost (its process was killed by signal 9)" in capsys.readouterr().err
