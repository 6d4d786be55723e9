"""What happens to orders whose workers die, without a cluster: workers are scripted."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.batch.engines.contract import EngineChoice
from agent.batch.engines.parts import part_folder
from agent.batch.engines.staffed import LOSSES, StaffedEngine
from agent.batch.engines.worker import Done, Job
from agent.batch.records import BatchRow, Order
from agent.batch.running import Batch
from agent.batch.wanted import Wanted
from agent.result_log import FILE, ResultLog
from agent.run_folder import RunFolder
from knowledge.snapshot import Snapshot
from tools.errors import KnowledgeError

Want = Callable[..., Wanted]


class DiedError(Exception):
    """Stands for Ray's RayActorError."""


class TaskError(Exception):
    """Stands for Ray's RayTaskError."""

    cause: Exception


class Method:
    """A method of an actor."""

    def __init__(self, call: Callable[..., Awaitable[Any]]) -> None:
        self._call = call

    def options(self, **given: object) -> Method:
        return self

    def remote(self, *given: object) -> Awaitable[Any]:
        return self._call(*given)


class Scripted:
    """A worker that dies at orders that kill, and is there again when it is asked."""

    def __init__(self, cluster: Cluster, job: Job) -> None:
        self._cluster = cluster
        self._part = part_folder(job.run, 0)
        self.ready, self.inspect = Method(self._ready), Method(self._inspect)
        self.close = Method(self._close)

    async def _ready(self) -> str:
        if self._cluster.start_error is not None:
            raise self._cluster.start_error
        return self._part.name

    async def _inspect(self, order: Order) -> Done:
        await asyncio.sleep(0)
        self._cluster.tries[order.task] += 1
        if self._cluster.kills(order, self._cluster.tries[order.task]):
            raise DiedError("killed")
        row = BatchRow(task=order.task, asset=order.asset, status="failed", reason="read")
        with ResultLog(self._part, BatchRow) as log:
            log.append(row)
            place = log.place(order.task)
        return Done(row, "", self._part / FILE, place, 1, 0, [])

    async def _close(self) -> None:
        """Nothing is open."""


class Cluster:
    """What the engine uses of Ray's module."""

    exceptions = SimpleNamespace(
        RayActorError=DiedError, OutOfMemoryError=DiedError, RayTaskError=TaskError
    )

    def __init__(
        self,
        kills: Callable[[Order, int], bool] = lambda order, nth: False,
        start_error: Exception | None = None,
    ) -> None:
        self.kills = kills
        self.start_error = start_error
        self.tries: Counter[str] = Counter()
        self.n_hired = 0

    def remote(self, form: type) -> Any:
        def hire(job: Job, number: int, at_once: int) -> Scripted:
            self.n_hired += 1
            return Scripted(self, job)

        actor = SimpleNamespace(remote=hire)
        return SimpleNamespace(options=lambda **given: actor)

    def kill(self, handle: object) -> None:
        """Nothing runs."""


async def rows_of(cluster: Cluster, wanted: Wanted, out: Path) -> list[BatchRow]:
    run = RunFolder(out)
    run.write_run({"settings": wanted.settings.public(), "paths": [], "product": None})
    job = Job(
        wanted=wanted,
        run=out,
        begun="",
        snapshot=Snapshot("", out),
        cwd=out,
        machine="",
        n_workers=2,
        versions={},
    )
    with ResultLog(out, BatchRow) as log:
        engine = StaffedEngine(cluster, job, run, log=log, resources={})
        rows = [row async for row in Batch(engine, log).rows(wanted.orders())]
        assert sorted(rows, key=lambda row: row.task) == log.rows
    return rows


def reasons(rows: list[BatchRow]) -> dict[str, str]:
    return {Path(one.asset).name: one.reason for one in rows}


async def test_an_order_that_lost_its_worker_is_done_by_another(want: Want, tmp_path: Path) -> None:
    cluster = Cluster(kills=lambda order, nth: order.asset.endswith("3.png") and nth == 1)

    rows = await rows_of(cluster, want(engine=EngineChoice("ray")), tmp_path / "run")

    assert set(reasons(rows).values()) == {"read"}
    assert (len(rows), cluster.n_hired) == (10, 2)


async def test_an_order_that_kills_every_worker_fails_and_no_other_does(
    want: Want, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = Cluster(kills=lambda order, nth: order.asset.endswith("3.png"))

    rows = await rows_of(cluster, want(), tmp_path / "run")

    told = reasons(rows)
    assert told.pop("3.png") == "4 workers died while they inspected it (killed)"
    assert set(told.values()) == {"read"}
    assert sorted(cluster.tries.values())[-1] == LOSSES + 1
    assert capsys.readouterr().err.count("is lost (killed)") == LOSSES


async def test_why_no_worker_can_begin_is_told_as_it_is(want: Want, tmp_path: Path) -> None:
    wrong = TaskError("a long traceback")
    wrong.cause = KnowledgeError("the store cannot be read")

    with pytest.raises(KnowledgeError, match=r"^the store cannot be read$"):
        await rows_of(Cluster(start_error=wrong), want(), tmp_path / "run")


async def test_where_every_worker_dies_as_it_starts_the_run_ends(
    want: Want, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Exception, match="no worker can start: out of memory"):
        await rows_of(Cluster(start_error=DiedError("out of memory")), want(), tmp_path / "run")

    assert capsys.readouterr().err.count("cannot start (out of memory)") == 2
