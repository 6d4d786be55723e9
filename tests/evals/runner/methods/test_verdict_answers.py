"""Prompts that meet the embedded mind: answered by its verdicts, and noted as such."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.settings import load_settings
from evals.benchmarks.spots import write_spots
from evals.datasets.records import DataSet, Question
from evals.results.records import Results
from evals.results.report import write_results
from evals.results.rescoring import rescore
from evals.runner.row_making import load_map
from evals.runner.running import RunEnd, RunOptions, run_suite
from evals.suites.records import Suite

Go = Callable[..., RunEnd]
WHETHER = {"A": "Yes.", "B": "No."}


def _suite(**more: Any) -> Suite:
    given = {
        "name": "asked",
        "version": 1,
        "title": "Asked",
        "source": "me",
        "by": "bare_model",
        "data": ["spots"],
        "limit": 2,
        "references": 3,
        "asking": {"prompt": "Is {cls} spotted?", "shows": ["reference", "query"]},
        "conditions": [{"name": "plain"}],
        "measures": ["auroc", "accuracy"],
        **more,
    }
    return Suite.model_validate(given)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("told")


@pytest.fixture(scope="module")
def spots(folder: Path) -> DataSet:
    """Plates with the questions of a set."""
    plates = write_spots(folder / "data", n_normal=5, n_spotted=2)
    asked = (
        Question(text="Any defect?", answer="A", options=WHETHER, kind="Anomaly Detection"),
        Question(text="Of what?", answer="A", options={"A": "Ink.", "B": "Tar."}, kind="Kind"),
    )
    return replace(plates, samples=tuple(replace(one, questions=asked) for one in plates.samples))


@pytest.fixture(scope="module")
def go(folder: Path, spots: DataSet) -> Go:
    """Runs a suite without a model into a folder below the module's own."""

    def run(suite: Suite, name: str) -> RunEnd:
        settings = load_settings(home=folder / "home", experts=("registered_difference",))
        options = RunOptions(out=folder / name, settings=settings, load_set=lambda _: spots)
        return asyncio.run(run_suite(suite, options, teller=lambda _: None))

    return run


@pytest.fixture(scope="module")
def told(go: Go) -> RunEnd:
    """With a reference, with one and in other words, and with none."""
    conditions = [
        {"name": "plain"},
        {"name": "in other words", "asking": {"prompt": "Well, {cls}?"}},
        {"name": "no reference", "asking": {"shows": ["query"]}},
    ]
    return go(_suite(conditions=conditions), "told")


def test_the_verdict_is_the_answer_and_every_row_says_so(told: RunEnd) -> None:
    rows = [row for row in told.rows if row.condition == "plain"]
    (normal,), (spotted,) = ([r for r in rows if r.gt_label == label] for label in (0, 1))

    assert (spotted.raw_score or 0) > (normal.raw_score or 0)
    assert spotted.answer.split(".")[0] in {"Yes", "Neither yes nor no"}
    assert {row.values["answered_from"] for row in rows} == {"the verdict"}
    assert {Path(row.record).name for row in rows} == {"inspection.json"}
    assert told.manifest.reads_prompts is False


def test_other_words_change_nothing_and_no_reference_leaves_it_to_a_person(told: RunEnd) -> None:
    by_condition = {
        name: [(r.sample, r.decision, r.raw_score) for r in told.rows if r.condition == name]
        for name in ("plain", "in other words", "no reference")
    }

    assert by_condition["plain"] == by_condition["in other words"]
    assert [one[1:] for one in by_condition["no reference"]] == [("review", None)] * 2


def test_the_table_tells_that_no_prompt_was_read(told: RunEnd, folder: Path) -> None:
    write_results(Results(folder / "told", told.manifest, tuple(told.rows)))

    assert "The embedded mind reads no prompt" in (folder / "told" / "table.md").read_text("utf-8")
    assert '"reads_prompts": false' in (folder / "told" / "table.json").read_text("utf-8")


def test_answers_from_verdicts_stay_as_they_are_when_rows_are_made_again(
    told: RunEnd, folder: Path
) -> None:
    again = rescore(Results(folder / "told", told.manifest, tuple(told.rows)))

    assert (again.n_read, again.changed) == (0, [])


def test_of_the_sets_questions_the_one_that_a_verdict_answers_is_answered(go: Go) -> None:
    asking = {
        "prompt": "{question}\n{options}",
        "shows": ["reference", "query"],
        "reads": "choice",
    }
    end = go(_suite(asking=asking, limit=1, anomalous_only=True), "choices")

    whether, kind = sorted(end.rows, key=lambda row: row.asked)
    assert (whether.status, whether.answer, whether.expected) == ("decided", "A", "A")
    assert (kind.status, kind.reason, kind.answer) == ("failed", "refused", "")
    assert "nothing else" in kind.detail
    assert {row.raw_score for row in end.rows} == {None}


def test_a_conversation_gets_the_story_in_every_turn(go: Go) -> None:
    asking = {"prompt": "{question}", "reads": "text", "conversation": True}
    end = go(_suite(asking=asking, limit=1, anomalous_only=True), "talk")

    (row,) = end.rows
    first, second = row.answer.split("\n\x1e\n")
    assert first == second
    assert first.startswith("Neither yes nor no.")


def test_numbered_regions_are_rated_by_the_verdicts_regions(go: Go, folder: Path) -> None:
    asking = {
        "prompt": "Rate the regions.",
        "shows": ["reference", "marked"],
        "reads": "region_scores",
        "division": "grid",
    }
    end = go(_suite(asking=asking, limit=1, anomalous_only=True), "regions")

    (row,) = end.rows
    anomaly_map, truth = load_map(folder / "regions" / row.anomaly_map)
    assert row.answer.startswith(f"image anomaly score: {row.score:.4f}; region ")
    assert row.values["n_regions"] == 256
    assert float(anomaly_map[truth].mean()) > 5 * float(anomaly_map[~truth].mean())


def test_a_truth_that_cannot_be_read_stops_no_other_sample(
    go: Go, folder: Path, spots: DataSet
) -> None:
    truth = folder / "data" / "spot.png"
    hidden = truth.rename(folder / "hidden.png")
    try:
        end = go(_suite(by="inspector", measures=["pixel"]), "no-truth")
    finally:
        hidden.rename(truth)

    assert {(r.gt_label, r.status, r.reason) for r in end.rows} == {
        (0, "decided", None),
        (1, "failed", "instrument_failed"),
    }
