"""Figures of a few rows, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from evals.results.measures import measure
from evals.results.measures.agreement import union_iou
from evals.results.measures.counting import PART as COUNTS
from evals.results.measures.ranking import PART, UNAIDED, WORST
from evals.results.measures.thresholds import BEST
from evals.results.measures.thresholds import PART as THRESHOLDS
from evals.results.measures.tools import tool_table
from evals.results.records import Results
from evals.runner.rows import Row
from evals.tables.records import Measure
from tools.errors import SettingsError

MakeRow = Callable[..., Row]
MakeResults = Callable[..., Results]


def _value(found: Sequence[Measure], part: str, subject: str, method: str = "plain") -> float:
    (one,) = [m for m in found if (m.part, m.subject, m.method) == (part, subject, method)]
    return one.value


def _four(row: MakeRow, scores: Sequence[float], **more: object) -> list[Row]:
    """Two normal samples, then two anomalous ones."""
    return [
        row(f"s{n}", raw_score=score, gt_label=int(n >= 2), **more)
        for n, score in enumerate(scores)
    ]


def test_auroc_counts_pairs(row: MakeRow, results: MakeResults) -> None:
    found = measure(results(_four(row, [1, 3, 2, 4])))
    # 2 beats 1, 4 beats both, 2 does not beat 3.
    assert _value(found, PART, "casting") == 0.75


def test_the_difference_to_the_baseline_is_paired(row: MakeRow, results: MakeResults) -> None:
    rows = [
        *_four(row, [1, 2, 3, 4]),
        *_four(row, [1, 3, 2, 4], condition="turned"),
        # Without its counterpart under the baseline it takes no part in the difference.
        row("s9", condition="turned", raw_score=9.0, gt_label=0),
    ]
    found = measure(results(rows, baseline="plain"))
    assert _value(found, PART, "minus plain, paired", "turned") == -0.25


def test_the_mean_over_products_weighs_each_the_same(row: MakeRow, results: MakeResults) -> None:
    rows = [
        *_four(row, [1, 3, 2, 4]),
        *_four(row, [1, 2, 3, 4], data_set="leather"),
        row("s9", raw_score=9.0, gt_label=1, data_set="leather"),
    ]
    assert _value(measure(results(rows)), PART, "macro mean") == (0.75 + 1) / 2


def test_a_refusal_is_counted_and_is_as_wrong_as_can_be(row: MakeRow, results: MakeResults) -> None:
    refused = {"status": "failed", "reason": "refused", "decision": None}
    rows = [*_four(row, [1, 2, 3, 4]), row("s9", gt_label=1, **refused)]
    found = measure(results(rows, measures=["auroc", "accuracy", "rates"]))
    assert _value(found, COUNTS, "failed: refused") == 1
    assert _value(found, PART, "casting") == 1.0
    # Of 2 x 3 pairs the refused one loses two.
    assert _value(found, WORST, "casting") == pytest.approx(4 / 6)
    # All are called normal: two of five are right, and the refused one is not.
    assert _value(found, "accuracy", "casting") == 2 / 5
    assert _value(found, "decisions: escape rate", "casting") == 1.0


def test_what_the_instrument_failed_at_is_no_wrong_answer(
    row: MakeRow, results: MakeResults
) -> None:
    failed = {"status": "failed", "reason": "instrument_failed", "decision": None}
    rows = [*_four(row, [1, 2, 3, 4]), row("s9", gt_label=0, **failed)]
    found = measure(results(rows, measures=["auroc", "accuracy"]))
    assert _value(found, COUNTS, "failed: instrument failed") == 1
    assert _value(found, "accuracy", "casting") == 2 / 4
    assert all(one.part != WORST for one in found)


def test_degraded_samples_are_a_column_and_can_be_left_out(
    row: MakeRow, results: MakeResults
) -> None:
    rows = _four(row, [1, 3, 2, 4])
    rows[1] = rows[1].model_copy(update={"status": "degraded", "reason": "refused"})
    found = measure(results(rows))
    assert _value(found, COUNTS, "degraded") == 1
    assert _value(found, PART, "casting") == 0.75
    assert _value(found, UNAIDED, "casting") == 1.0


def test_what_the_budget_did_not_allow_is_counted(row: MakeRow, results: MakeResults) -> None:
    found = measure(results(_four(row, [1, 2, 3, 4]), more_planned=3))
    assert _value(found, COUNTS, "not done: out of budget, or not yet") == 3
    assert {one.n for one in found if one.part == COUNTS} == {7}


def test_a_review_is_read_by_its_score(row: MakeRow, results: MakeResults) -> None:
    rows = [
        row("a", gt_label=1, decision="review", score=0.6),
        row("b", gt_label=1, decision="review", score=0.4),
        row("c", gt_label=1, decision="review"),
        row("d", gt_label=0, decision="normal"),
    ]
    found = measure(results(rows, measures=["accuracy", "rates"]))
    assert _value(found, "accuracy", "casting") == 2 / 4
    assert _value(found, "decisions: review rate", "casting") == 3 / 4


def test_hard_labels_are_the_papers_columns_with_intervals(
    row: MakeRow, results: MakeResults
) -> None:
    said = ["normal", "anomalous", "anomalous", "normal"]
    rows = [row(f"s{n}", gt_label=n // 2, decision=one) for n, one in enumerate(said)]
    found = [one for one in measure(results(rows, measures=["hard_labels"])) if "hard" in one.part]
    # Half of each class is right; AUPR = 1/2 * 1/2 + 1/2 * (1 - 1/2).
    assert [(one.metric, one.value) for one in found] == [
        ("ACC", 0.5),
        ("AUROC", 0.5),
        ("AUPR", 0.5),
    ]
    assert all((one.low or 0) < one.value < (one.high or 0) for one in found)


def test_thresholds_come_from_the_normal_samples_kept_for_them(
    row: MakeRow, results: MakeResults
) -> None:
    normal = [
        row(f"t{n}", raw_score=float(n), role="threshold") for n in (0, 1, 2, 3, 4, 5, 6, 7, 8, 20)
    ]
    rows = [*normal, *_four(row, [1, 8, 9.5, 21])]
    found = measure(results(rows, measures=["thresholds"]))
    # Above 20 the 9.5 is missed; above 8 + 0.1 * 12 = 9.2 all is right; above 7 + 0.2 * 1 = 7.2 the
    # normal 8 is called anomalous.
    assert _value(found, THRESHOLDS, "casting", "maximum of normal scores") == 3 / 4
    assert _value(found, THRESHOLDS, "casting", "90th percentile") == 4 / 4
    assert _value(found, THRESHOLDS, "casting", "80th percentile") == 3 / 4
    assert _value(found, THRESHOLDS, "casting", BEST) == 4 / 4
    assert {one.n for one in found if one.part == THRESHOLDS} == {4}


def test_larger_anomalies_in_later_bins(row: MakeRow, results: MakeResults) -> None:
    rows = [
        row(
            f"s{n:02}",
            gt_label=1,
            gt_share=0.001 * (n + 1),
            decision="anomalous" if n >= 10 else "normal",
        )
        for n in range(20)
    ]
    found = measure(results(rows, measures=["sizes"]))
    shares = [one.value for one in found if one.metric == "share found"]
    assert shares == [0.0, 1.0]
    # Ten unfound below ten found: ranks 1..20 against 5.5 and 15.5.
    (rho,) = [one.value for one in found if one.metric == "rho"]
    assert rho == pytest.approx(0.8671, abs=1e-3)


def test_repeats_agree_as_often_as_their_pairs_do(row: MakeRow, results: MakeResults) -> None:
    rows = [
        row("a", repeat=0, decision="normal", score=0.1),
        row("a", repeat=1, decision="normal", score=0.2),
        row("a", repeat=2, decision="review", score=0.4, boxes_xyxy=[[0, 0, 2, 1]]),
    ]
    found = measure(results(rows, measures=["agreement"], repeats=3))
    part = "repeats of the same"
    assert _value(found, part, "pairs with the same decision") == pytest.approx(1 / 3)
    assert _value(found, part, "mean difference of scores") == pytest.approx(0.6 / 3)
    assert _value(found, part, "IoU of the areas of all regions, where there are any") == 0.0


def test_overlapping_boxes_count_their_area_once() -> None:
    # 2 x 2 and 2 x 2 shifted by one: a union of 7; against the first alone 4 / 7.
    two = [[0, 0, 2, 2], [1, 1, 3, 3]]
    assert union_iou(two, two) == 1.0
    assert union_iou(two, two[:1]) == pytest.approx(4 / 7)
    assert union_iou(two, []) == 0.0


def test_flips_are_counted_against_the_baseline(row: MakeRow, results: MakeResults) -> None:
    rows = [
        row("a"),
        row("b", decision="anomalous"),
        row("a", condition="turned", decision="anomalous"),
        row("b", condition="turned", decision="anomalous"),
    ]
    found = measure(results(rows, measures=["flips"], baseline="plain"))
    part = "labels that differ from the baseline's"
    assert _value(found, part, "pooled", "turned") == 1 / 2


def test_a_tool_that_harms_is_off_for_its_product_alone(row: MakeRow, results: MakeResults) -> None:
    rows = []
    for data_set, helps in (("casting", True), ("leather", False)):
        for n in range(40):
            label = n % 2
            good, bad = float(label), float(1 - label)
            whole, without = (good, bad) if helps else (bad, good)
            for condition, raw in (("all", whole), ("without zoom", without)):
                rows.append(
                    row(
                        f"s{n}",
                        condition=condition,
                        data_set=data_set,
                        gt_label=label,
                        raw_score=raw,
                        decision="anomalous" if raw else "normal",
                    )
                )
    conditions = [{"name": "all"}, {"name": "without zoom", "without_tool": "zoom"}]
    table = tool_table(results(rows, baseline="all", conditions=conditions, measures=["tools"]))
    assert table["off"] == {"leather": ["zoom"]}
    assert [(one["product"], one["auroc"][0]) for one in table["benefits"]] == [
        ("casting", 1.0),
        ("leather", -1.0),
    ]


def test_a_measure_that_is_none_is_named(row: MakeRow, results: MakeResults) -> None:
    with pytest.raises(SettingsError, match="suite mine: no measure 'speed'; use auroc, "):
        measure(results([row()], measures=["speed"]))
