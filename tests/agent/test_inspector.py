from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from agent.beginning import Questions
from agent.commands.demo import Samples
from agent.home import open_home
from agent.inspector import Inspector
from agent.run_folder import RunFolder, asset_id
from agent.settings import Settings
from graphs.records import Inspection
from tools.errors import AssetError, KnowledgeError, SettingsError


async def collect(inspector: Inspector, *paths: Path) -> list[Inspection]:
    async with inspector:
        return [one async for one in inspector.inspect_many(paths)]


def test_what_no_reference_resembles_goes_to_review_without_a_product(
    home: Path, strange: Path
) -> None:
    with Inspector(Settings(home=home)) as inspector:
        inspection = inspector.inspect(strange)

    assert (inspection.product, inspection.verdict.decision) == (None, "review")
    assert inspection.verdict.findings == []
    assert "no product" in " ".join(inspection.degraded)


def test_the_sync_face_writes_what_it_returns(home: Path, strange: Path) -> None:
    inspector = Inspector(Settings(home=home))
    inspection = inspector.inspect(strange)
    inspector.close()

    written = inspector.run.inspection_path(asset_id(strange)).read_bytes()
    assert Inspection.model_validate_json(written) == inspection


async def test_the_async_face_raises_for_a_file_that_cannot_be_read(
    home: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"not a picture")

    async with Inspector(Settings(home=home)) as inspector:
        with pytest.raises(AssetError, match=r"bad\.png"):
            await inspector.ainspect(bad)


async def test_rows_that_cannot_be_read_are_failed_and_never_normal(
    home: Path, strange: Path, tmp_path: Path
) -> None:
    missing = tmp_path / "missing.png"

    rows = await collect(Inspector(Settings(home=home)), missing, strange)

    by_path = {row.asset.path: row.verdict for row in rows}
    assert by_path[str(strange)].status == "decided"
    assert (by_path[str(missing)].status, by_path[str(missing)].decision) == ("failed", None)
    assert "missing.png" in by_path[str(missing)].reason


async def test_an_unknown_product_stops_before_any_row(home: Path, strange: Path) -> None:
    async with Inspector(Settings(home=home)) as inspector:
        with pytest.raises(KnowledgeError, match="no product 'gizmo'"):
            async for _ in inspector.inspect_many([strange], "gizmo"):
                pass

    assert not inspector.run.root.exists()


async def test_no_more_rows_run_at_once_than_the_settings_allow(
    home: Path, strange: Path, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(6)]
    for path in paths:
        shutil.copyfile(strange, path)
    taken = 0

    def named() -> Any:
        nonlocal taken
        for path in paths:
            taken += 1
            yield path

    async with Inspector(Settings(home=home, concurrency=2)) as inspector:
        rows = inspector.inspect_many(named())
        first = await anext(rows)
        assert taken <= 4
        rest = [row async for row in rows]

    assert {row.asset.path for row in [first, *rest]} == {str(path) for path in paths}


def test_human_review_needs_somebody_to_ask(home: Path) -> None:
    with pytest.raises(SettingsError, match="nobody to ask"):
        Inspector(Settings(home=home, human_review=True))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("anomaly_ov",), "experts must hold anomaly_ov, which the setting experts asks for"),
        ((), "experts must hold patch_memory, registered_difference"),
    ],
)
def test_experts_that_are_given_must_be_those_that_are_asked_for(
    asked: tuple[str, ...], told: str, home: Path
) -> None:
    with pytest.raises(SettingsError, match=f"{told}.*got none"):
        Inspector(Settings(home=home, experts=asked), experts={})


async def test_a_person_decides_what_is_unclear(home: Path, strange: Path) -> None:
    asked: list[dict[str, Any]] = []

    def answer(question: dict[str, Any]) -> str:
        asked.append(question)
        return "anomalous"

    settings = Settings(home=home, human_review=True)
    (row,) = await collect(Inspector(settings, reviewer=answer), strange)

    assert row.verdict.decision == "anomalous"
    assert [question["path"] for question in asked] == [str(strange)]


async def test_a_person_is_asked_about_one_part_at_a_time(
    home: Path, strange: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.png"
    shutil.copyfile(strange, other)
    at_once, most = 0, 0

    def answer(question: dict[str, Any]) -> str:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        time.sleep(0.3)
        at_once -= 1
        return "review"

    settings = Settings(home=home, human_review=True, concurrency=2)
    rows = await collect(Inspector(settings, reviewer=answer), strange, other)

    assert [row.verdict.decision for row in rows] == ["review", "review"]
    assert most == 1


async def test_a_crash_is_recorded_with_its_traceback_and_resumes_where_it_stopped(
    home: Path, strange: Path
) -> None:
    settings = Settings(home=home, human_review=True)
    run = RunFolder(home / "runs" / "one")

    def crash(question: dict[str, Any]) -> str:
        raise ZeroDivisionError("the terminal went away")

    (crashed,) = await collect(Inspector(settings, run=run, reviewer=crash), strange)
    again = RunFolder.existing(home / "runs", "one")
    (resumed,) = await collect(
        Inspector(settings, run=again, reviewer=lambda question: "normal"), strange
    )

    assert (crashed.verdict.status, crashed.verdict.decision) == ("failed", None)
    assert crashed.verdict.reason == "ZeroDivisionError: the terminal went away"
    assert "Traceback" in crashed.degraded[1]
    assert (resumed.verdict.status, resumed.verdict.decision) == ("decided", "normal")
    # What ran before the crash is taken from the checkpoint: every node but `ask` ran once.
    assert [event.node for event in resumed.trace].count("load") == 1


async def test_a_run_that_goes_on_keeps_what_is_finished(home: Path, strange: Path) -> None:
    run = RunFolder(home / "runs" / "one")
    (first,) = await collect(Inspector(Settings(home=home), run=run), strange)

    again = RunFolder.existing(home / "runs", "one")
    (second,) = await collect(Inspector(Settings(home=home), run=again), strange)

    assert second == first


async def test_a_record_that_was_lost_comes_from_the_checkpoint(home: Path, strange: Path) -> None:
    run, kept = RunFolder(home / "runs" / "one"), Settings(home=home, keep_checkpoints=True)
    (first,) = await collect(Inspector(kept, run=run), strange)
    shutil.rmtree(run.root / "inspections")

    again = RunFolder.existing(home / "runs", "one")
    (second,) = await collect(Inspector(Settings(home=home), run=again), strange)

    assert second == first
    assert run.overlay_path(asset_id(strange)).is_file()


async def test_a_run_that_goes_on_with_other_settings_inspects_anew(
    home: Path, strange: Path
) -> None:
    run = RunFolder(home / "runs" / "one")
    (first,) = await collect(Inspector(Settings(home=home), run=run), strange)

    again = RunFolder.existing(home / "runs", "one")
    settings = Settings(home=home, strategy="expert")
    (second,) = await collect(Inspector(settings, run=again), strange)

    assert (first.strategy, second.strategy) == ("rounds", "expert")


async def test_what_is_unfinished_when_the_knowledge_changes_is_inspected_from_its_beginning(
    tmp_path: Path, strange: Path, samples: Samples
) -> None:
    home, other = tmp_path / "new", tmp_path / "other.png"
    shutil.copyfile(strange, other)
    run = RunFolder(home / "runs" / "one")
    settings = Settings(home=home, human_review=True, concurrency=1)

    def answer_first(question: dict[str, Any]) -> str:
        if question["path"] == str(other):
            raise ZeroDivisionError("the terminal went away")
        return "normal"

    finished, _ = await collect(Inspector(settings, run=run, reviewer=answer_first), strange, other)
    with open_home(settings) as store:
        store.add(samples.product)
    told: list[str] = []
    inspector = Inspector(
        settings,
        run=RunFolder.existing(home / "runs", "one"),
        reviewer=lambda question: "anomalous",
        tell=told.append,
    )
    kept, anew = await collect(inspector, strange, other)

    assert kept == finished
    assert (anew.verdict.decision, anew.created > finished.created) == ("anomalous", True)
    # The checkpoint of the old knowledge, which waited at `ask`, was not gone on with.
    trace = [json.loads(line) for line in run.trace_path(anew.id).read_text().splitlines()]
    assert [line["resumed"] for line in trace if line["kind"] == "begin"] == [False]
    assert told == [
        "since this run began control-board is new: what is finished stays, the rest is "
        "inspected with what is known now"
    ]


def test_whoever_asks_again_gets_an_answer_from_what_is_known_now(
    tmp_path: Path, learned_plate: Any
) -> None:
    part = learned_plate.normal
    with Inspector(Settings(home=tmp_path / "new", strategy="expert")) as inspector:
        before = inspector.inspect(part)
        inspector.add_product(learned_plate.product)
        after = inspector.inspect(part)

    assert (before.product, after.product) == (None, "plate")


def test_the_question_holds_the_product_and_what_changes_answers(tmp_path: Path) -> None:
    asked = Questions(Settings(home=tmp_path)).digest("a")

    assert Questions(Settings(home=tmp_path / "b", concurrency=7)).digest("a") == asked
    assert Questions(Settings(home=tmp_path)).digest("b") != asked
    assert Questions(Settings(home=tmp_path, seed=1)).digest("a") != asked


async def test_a_file_named_twice_is_inspected_once(home: Path, strange: Path) -> None:
    rows = await collect(Inspector(Settings(home=home)), strange, Path(strange.name))

    assert [row.asset.path for row in rows] == [str(strange)]
