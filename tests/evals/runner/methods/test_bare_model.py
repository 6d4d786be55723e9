"""A model asked in a suite's own words, over HTTP on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.loopback import Loopback, Reply, Scripted, loopback_endpoint
from agent.settings import load_settings
from evals.benchmarks.spots import SeesSpots, write_spots
from evals.datasets.records import DataSet, Question
from evals.results.records import Results
from evals.results.rescoring import rescore
from evals.runner.row_making import load_map
from evals.runner.running import RunEnd, RunOptions, run_suite
from evals.suites.records import Suite

USD = 1000.0
"""For a million tokens, so that a call costs about a dollar."""
Run = Callable[..., RunEnd]


def _suite(**more: Any) -> Suite:
    given = {
        "name": "asked",
        "version": 1,
        "title": "Asked",
        "source": "me",
        "by": "bare_model",
        "data": ["spots"],
        "references": 1,
        "asking": {"prompt": "Is there a spot? Reply yes or no.", "attempts": 1},
        "conditions": [{"name": "plain"}],
        "measures": ["auroc"],
        **more,
    }
    return Suite.model_validate(given)


@pytest.fixture
def spots(tmp_path: Path) -> DataSet:
    """Four normal plates and three with a spot; one of the normal ones is the reference."""
    return write_spots(tmp_path / "data", n_normal=4, n_spotted=3)


@pytest.fixture
def run(tmp_path: Path, spots: DataSet) -> Run:
    """Runs a suite against an endpoint into a folder below the test's own."""

    def go(
        suite: Suite,
        endpoint: Loopback,
        *,
        name: str = "run",
        data: DataSet | None = None,
        **more: Any,
    ) -> RunEnd:
        settings = load_settings(
            home=tmp_path / "home",
            model=endpoint.model,
            base_url=endpoint.base_url,
            input_usd=USD,
            output_usd=USD,
            concurrency=3,
        )
        options = RunOptions(
            out=tmp_path / name,
            settings=settings,
            load_set=lambda _: data or spots,
            place="loopback",
            **more,
        )
        return asyncio.run(run_suite(suite, options, teller=lambda _: None))

    return go


@contextmanager
def saying(*lines: Any) -> Iterator[Loopback]:
    """An endpoint that says the same, again and again."""
    with loopback_endpoint(Scripted(list(lines), at_end="repeat")) as endpoint:
        yield endpoint


def test_a_model_that_sees_is_right_and_is_asked_once_for_each_sample(run: Run) -> None:
    with loopback_endpoint(SeesSpots()) as endpoint:
        end = run(_suite(), endpoint)
        assert endpoint.record.n_requests == 6
        body = endpoint.record.requests[0].body
    assert [row.decision for row in end.rows] == [
        "anomalous" if row.gt_label else "normal" for row in end.rows
    ]
    assert {row.spent.calls for row in end.rows} == {1}
    assert all(row.spent.cost_usd > 0 for row in end.rows)
    assert end.n_asked == 6
    assert body is not None
    content = body["messages"][0]["content"]
    assert [part["type"] for part in content] == ["text", "text", "image_url"]
    assert content[0]["text"] == "Is there a spot? Reply yes or no."


def test_answers_are_kept_for_other_runs(run: Run, tmp_path: Path) -> None:
    answers = tmp_path / "answers.sqlite"
    with loopback_endpoint(SeesSpots()) as endpoint:
        first = run(_suite(), endpoint, answers=answers)
        second = run(_suite(), endpoint, name="other", answers=answers)
        assert endpoint.record.n_requests == 6
    assert [row.outcome() | {"record": ""} for row in second.rows] == [
        row.outcome() | {"record": ""} for row in first.rows
    ]
    assert (second.n_asked, {row.spent.cost_usd for row in second.rows}) == (0, {0.0})


def test_each_repeat_asks_anew(run: Run) -> None:
    with loopback_endpoint(SeesSpots()) as endpoint:
        run(_suite(repeats=2), endpoint)
        assert endpoint.record.n_requests == 12


def test_the_budget_of_the_suite_ends_it_and_more_money_goes_on(run: Run) -> None:
    with loopback_endpoint(SeesSpots()) as endpoint:
        price = run(_suite(), endpoint, name="price").rows[0].spent.cost_usd
        poor = run(_suite(), endpoint, max_usd=2.5 * price)
        spent = sum(row.spent.cost_usd for row in poor.rows)
        assert 0 < len(poor.rows) < 6
        assert spent <= 2.5 * price
        assert len(poor.rows) + len(poor.undone) == 6
        before = endpoint.record.n_requests
        rich = run(_suite(), endpoint, max_usd=100 * price)
        assert (len(rich.rows), rich.undone) == (6, [])
        assert endpoint.record.n_requests - before == 6 - len(poor.rows)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (Reply(refusal="I cannot judge parts."), "refused"),
        ("I'm sorry, I can't help with that.", "refused"),
        ("It is a plate.", "unparsable"),
        ("empty", "unparsable"),
        ("server_error", "instrument_failed"),
    ],
)
def test_no_answer_is_a_failure_with_its_reason_and_never_normal(
    run: Run, line: Any, reason: str
) -> None:
    with saying(line) as endpoint:
        end = run(_suite(limit=2), endpoint)
    assert [(row.status, row.reason) for row in end.rows] == [("failed", reason)] * 2
    said = {(row.decision, row.raw_score, row.score) for row in end.rows}
    assert said == {(None, None, None)}
    assert all(row.detail for row in end.rows)


def test_an_answer_that_cannot_be_read_is_asked_for_again(run: Run) -> None:
    asking = {"prompt": "Is there a spot? Reply yes or no.", "attempts": 2}
    with loopback_endpoint(Scripted(["It is a plate.", "No."], at_end="restart")) as endpoint:
        end = run(_suite(limit=1, anomalous_only=True, asking=asking), endpoint)
    (row,) = end.rows
    assert (row.status, row.decision, row.spent.calls) == ("decided", "normal", 2)


def test_what_is_said_of_numbered_regions_becomes_a_map(run: Run, tmp_path: Path) -> None:
    asking = {
        "prompt": "Rate the regions of the {cls}.",
        "shows": ["marked"],
        "reads": "region_scores",
        "division": "grid",
    }
    with saying("image anomaly score: 0.7; region 1: 0.4; region 256: 0.7; region 999: 1.") as said:
        end = run(_suite(limit=1, anomalous_only=True, asking=asking), said)
    (row,) = end.rows
    assert (row.raw_score, row.decision, row.values["n_regions"]) == (0.7, "anomalous", 256)
    anomaly_map, truth = load_map(tmp_path / "run" / row.anomaly_map)
    assert anomaly_map.shape == truth.shape == (768, 768)
    # Cells of 48 x 48: the first at the top left, the last at the bottom right.
    assert (anomaly_map[:48, :48] == pytest.approx(0.4), (anomaly_map > 0).sum()) == (
        True,
        2 * 48 * 48,
    )
    assert truth.mean() == pytest.approx(14 * 14 / 96**2, rel=0.02)


def _asked_of(spots: DataSet, *questions: Question) -> DataSet:
    return replace(spots, samples=tuple(replace(s, questions=questions) for s in spots.samples))


def test_each_question_of_a_set_is_a_row_of_its_own(run: Run, spots: DataSet) -> None:
    options = {"A": "Yes.", "B": "No."}
    asked = _asked_of(
        spots,
        Question(text="Any defect?", answer="A", options=options, kind="Anomaly Detection"),
        Question(text="Which one?", answer="B", options=options, kind="Defect Classification"),
    )
    asking = {"prompt": "{question}\n{options}", "reads": "choice"}
    with saying("I think it is **A**.") as endpoint:
        end = run(_suite(limit=1, anomalous_only=True, asking=asking), endpoint, data=asked)
        bodies = [one.body for one in endpoint.record.requests if one.body]
    sent = {body["messages"][0]["content"][0]["text"] for body in bodies}
    assert [(row.answer, row.expected) for row in end.rows] == [("A", "A"), ("A", "B")]
    assert sent == {"Any defect?\nA: Yes.\nB: No.", "Which one?\nA: Yes.\nB: No."}


def test_questions_of_one_kind_are_turns_of_one_conversation(run: Run, spots: DataSet) -> None:
    asked = _asked_of(
        spots,
        Question(text="Any defect?", answer="Yes", kind="detection"),
        Question(text="What is it?", answer="A dark spot.", kind="reasoning"),
        Question(text="And why?", answer="Dirt.", kind="reasoning"),
    )
    asking = {
        "prompt": "{question}",
        "reads": "text",
        "question_kind": "reasoning",
        "conversation": True,
    }
    with loopback_endpoint(Scripted(["A spot.", "Dirt."], at_end="restart")) as endpoint:
        end = run(_suite(limit=1, anomalous_only=True, asking=asking), endpoint, data=asked)
        messages = [one.body["messages"] for one in endpoint.record.requests if one.body]
    (row,) = end.rows
    assert row.answer.split("\n\x1e\n") == ["A spot.", "Dirt."]
    assert row.expected.split("\n\x1e\n") == ["A dark spot.", "Dirt."]
    assert [[one["role"] for one in turn] for turn in messages] == [
        ["user"],
        ["user", "assistant", "user"],
    ]


def test_rows_made_again_from_traces_are_the_same_without_any_call(
    run: Run, tmp_path: Path
) -> None:
    lines: list[Reply | str] = [Reply(refusal="No."), "Yes.", "It is a plate.", "No."]
    with loopback_endpoint(Scripted([*lines], at_end="restart")) as endpoint:
        end = run(_suite(), endpoint)
    # The endpoint is gone: whoever asked it now would fail.
    again = rescore(Results(tmp_path / "run", end.manifest, tuple(end.rows)))
    assert (again.n_read, again.changed) == (6, [])
    assert [row.outcome() for row in again.results.rows] == [row.outcome() for row in end.rows]
    # The trace, not the row, is what is read.
    spoilt = [row.model_copy(update={"decision": None, "answer": ""}) for row in end.rows]
    mended = rescore(Results(tmp_path / "run", end.manifest, tuple(spoilt)))
    assert [row.outcome() for row in mended.results.rows] == [row.outcome() for row in end.rows]
