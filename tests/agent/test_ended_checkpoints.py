"""Checkpoints serve what is under way: they go when the record is there, and not before."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from agent.inspector import Inspector
from agent.pursuit import Waiting
from agent.run_folder import RunFolder
from agent.settings import Settings
from graphs.records import Inspection


def n_rows(run: RunFolder) -> int:
    """Checkpoints and writes that a run keeps."""
    with closing(sqlite3.connect(run.checkpoints)) as database:
        tables = ("checkpoints", "writes")
        return sum(database.execute(f"SELECT count(*) FROM {one}").fetchone()[0] for one in tables)


def test_an_inspection_that_is_recorded_leaves_none_unless_they_are_wanted(
    home: Path, strange: Path
) -> None:
    left = []
    for keep in (False, True):
        settings = Settings(home=home, keep_checkpoints=keep)
        with Inspector(settings, run=RunFolder(home / "runs" / str(keep))) as inspector:
            inspector.inspect(strange)
        left.append(n_rows(inspector.run) > 0)

    assert left == [False, True]


async def test_one_that_waits_for_a_person_keeps_them_until_it_has_its_answer(
    home: Path, strange: Path
) -> None:
    settings = Settings(home=home, human_review=True)
    async with Inspector(settings, reviewer=lambda question: "review") as inspector:
        waiting = await inspector.pursue(strange)
        assert isinstance(waiting, Waiting)
        while_it_waits = n_rows(inspector.run)
        refused = await inspector.decide(waiting, "perhaps", path=strange, product=None)
        after_nonsense = n_rows(inspector.run)
        decided = await inspector.decide(waiting, "anomalous", path=strange, product=None)

    assert isinstance(refused, Waiting)
    assert isinstance(decided, Inspection)
    assert while_it_waits > 0
    assert after_nonsense > 0
    assert n_rows(inspector.run) == 0


async def test_who_takes_up_what_was_recorded_as_its_process_died_gets_the_record(
    home: Path, strange: Path
) -> None:
    settings = Settings(home=home, human_review=True)
    async with Inspector(settings, reviewer=lambda question: "review") as before:
        waiting = await before.pursue(strange)
        assert isinstance(waiting, Waiting)
        decided = await before.decide(waiting, "anomalous", path=strange, product=None)

    async with Inspector(settings, reviewer=lambda question: "review") as after:
        run = RunFolder(before.run.root, resumed=True)
        found = await after.pursue(strange, run=run, answer="anomalous")

    assert found == decided


async def test_a_record_is_no_answer_to_who_asked_again_before_a_process_died(
    home: Path, strange: Path
) -> None:
    settings = Settings(home=home, human_review=True)
    async with Inspector(settings, reviewer=lambda question: "review") as inspector:
        waiting = await inspector.pursue(strange)
        assert isinstance(waiting, Waiting)
        await inspector.decide(waiting, "anomalous", path=strange, product=None)
        assert isinstance(await inspector.pursue(strange), Waiting)

        found = await inspector.pursue(strange, run=inspector.run)

    assert isinstance(found, Waiting)
