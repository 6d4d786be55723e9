"""A worker inspects with a copy of what is known, and its rows are its own until they are taken."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent.batch.engines.parts import parts_of
from agent.batch.engines.preparing import FIELD, prepare
from agent.batch.engines.worker import Done, Job, Worker, check_place, scratch_folder
from agent.batch.records import BatchRow
from agent.batch.setting_up import run_orders
from agent.batch.wanted import Wanted
from agent.home import open_home
from agent.result_log import row_at
from agent.run_folder import RunFolder
from tools.errors import SettingsError

Want = Callable[..., Wanted]


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "run")


@pytest.fixture
def job(want: Want, run: RunFolder) -> Job:
    return prepare(want(), [], run, n_workers=2, anew=frozenset(), keeper=None)


async def inspected(job: Job, wanted: Wanted, *, n: int) -> list[Done]:
    worker = Worker(job, 0, 2)
    await worker.ready()
    done = [await worker.inspect(order) for order in wanted.orders()[:n]]
    await worker.close()
    return done


def test_a_row_is_where_it_is_said_to_be(job: Job, want: Want) -> None:
    done = asyncio.run(inspected(job, want(), n=2))

    assert [one.row for one in done] == [row_at(one.part, one.place, BatchRow) for one in done]
    assert [one.row and one.row.asset for one in done] == ["parts/0.png", "parts/1.png"]
    assert not scratch_folder(job.run).exists()


def test_what_workers_did_before_all_died_is_not_done_again(
    job: Job, want: Want, run: RunFolder
) -> None:
    before = asyncio.run(inspected(job, want(), n=3))

    goes_on = RunFolder(run.root, resumed=True)
    ended = asyncio.run(run_orders(want(), want().orders(), goes_on))

    assert ended.rows[:3] == [one.row for one in before]
    assert (len(ended.rows), ended.n_fresh) == (10, 7)
    assert parts_of(run.root) == []


def test_the_home_is_free_while_workers_are_at_work(job: Job, want: Want) -> None:
    async def both() -> None:
        worker = Worker(job, 0, 2)
        await worker.ready()
        with open_home(want().settings):
            done = await worker.inspect(want().orders()[0])
        await worker.close()
        assert done.row is not None

    asyncio.run(both())


def test_the_run_says_which_snapshot_it_was_made_with(job: Job, run: RunFolder) -> None:
    (told,) = run.read_run()[FIELD]

    assert (told["engine"], told["workers"]) == ("local", 2)
    assert told["snapshot"] == job.snapshot.digest == job.snapshot.folder.name


@pytest.mark.parametrize(
    ("n_workers", "most", "shares"), [(3, 64, [22, 21, 21]), (3, 2, [1, 1, 1])]
)
def test_workers_have_together_as_many_calls_as_the_run_and_each_has_one(
    job: Job, n_workers: int, most: int, shares: list[int]
) -> None:
    settings = job.wanted.settings.model_copy(update={"vlm_concurrency": most})
    given = replace(job, n_workers=n_workers, wanted=replace(job.wanted, settings=settings))
    workers = [Worker(given, number, 1) for number in range(n_workers)]

    assert [one._own(given.wanted).settings.vlm_concurrency for one in workers] == shares


def test_a_machine_that_sees_another_run_or_has_other_code_is_refused(
    job: Job, tmp_path: Path
) -> None:
    check_place(job)
    with pytest.raises(SettingsError, match="does not see the run's folder"):
        check_place(replace(job, run=tmp_path / "elsewhere"))
    with pytest.raises(SettingsError, match="does not see the run's folder"):
        check_place(replace(job, begun="2026-01-01"))
    with pytest.raises(SettingsError, match=f"{os.uname().nodename} has torch .* and this one 1.0"):
        check_place(replace(job, versions={**job.versions, "torch": "1.0"}))


def test_cases_are_not_kept_in_a_copy(want: Want, run: RunFolder) -> None:
    wanted = want()
    settings = wanted.settings.model_copy(update={"keep_cases": "all"})

    with pytest.raises(SettingsError, match="setting keep_cases is 'all'"):
        prepare(
            replace(wanted, settings=settings),
            [],
            run,
            n_workers=1,
            anew=frozenset(),
            keeper=None,
        )
    assert not Path(run.root).exists()
