"""Several runs of one suite, in the order of what they reach."""

from __future__ import annotations

from typing import Any

from evals.results.measures.choices import MEAN, PART
from evals.results.standings import standings_of


def _document(mind: str, *values: tuple[str, str, float], **more: Any) -> dict[str, Any]:
    measures = [
        {
            "part": part,
            "subject": "macro mean",
            "method": condition,
            "value": value,
            "low": value - 0.1,
            "high": value + 0.1,
            "n": 9,
        }
        for part, condition, value in values
    ]
    told = {"data": ["casting"], "limit": 4, "seed": 0, "n_rows": 9, "n_planned": 9}
    return {"mind": mind, "measures": measures, **told, **more}


def test_the_highest_auroc_stands_first_whichever_run_it_is_of() -> None:
    weak = _document("embedded", ("AUROC", "plain", 0.6), ("accuracy", "plain", 0.9))
    strong = _document("vlm", ("AUROC", "plain", 0.8), ("AUROC", "turned", 0.5))

    found = standings_of({"weak": weak, "strong": strong})

    assert found is not None
    assert found.warnings == []
    assert [row[:2] for row in found.grid.rows] == [
        ["strong: plain", "vlm"],
        ["weak: plain", "embedded"],
        ["strong: turned", "vlm"],
    ]
    assert found.grid.rows[1][2:] == ["0.600 [0.500, 0.700] n = 9", "0.900 [0.800, 1.000] n = 9"]


def test_runs_on_other_data_or_unfinished_carry_a_warning() -> None:
    one = _document("a", ("AUROC", "plain", 0.6))
    other = _document("b", ("AUROC", "plain", 0.6), data=["leather"], n_rows=3)

    found = standings_of({"one": one, "other": other})

    assert found is not None
    assert found.warnings == ["Other data: casting / leather.", "Some runs are not at their end."]


def test_one_run_has_no_order() -> None:
    assert standings_of({"one": _document("a", ("AUROC", "plain", 0.6))}) is None


def test_runs_of_questions_are_ordered_by_their_choices_and_an_unread_prompt_is_told() -> None:
    def document(mind: str, value: float, **more: Any) -> dict[str, Any]:
        found = _document(mind, (PART, "one-shot", value), **more)
        found["measures"][0]["subject"] = MEAN
        kind = {**found["measures"][0], "subject": "Anomaly Detection", "value": 1 - value}
        return {**found, "measures": [kind, *found["measures"]]}

    found = standings_of(
        {"vlm": document("vlm", 0.7), "own": document("embedded", 0.9, reads_prompts=False)}
    )

    assert found is not None
    assert [row[:1] + row[2:] for row in found.grid.rows] == [
        ["own: one-shot", "0.900 [0.800, 1.000] n = 9"],
        ["vlm: one-shot", "0.700 [0.600, 0.800] n = 9"],
    ]
    assert found.warnings == ["Other ways of answering: by verdicts, unread / prompts were read."]
