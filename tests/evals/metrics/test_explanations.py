"""Causes and remediation against an FMEA of two rows; boxes of many pictures; several right ids."""

import pytest

from evals.metrics.box_quality import box_quality
from evals.metrics.explanations import Case, Told, cites, explanation_quality
from evals.metrics.retrieval import recall_of_several_at_k
from knowledge.records import FailureMode


def row(id: str, cause: str, remediation: str = "") -> FailureMode:
    return FailureMode(
        id=id,
        mode=id.title(),
        appearance="a mark",
        cause=cause,
        remediation=remediation,
        severity=5,
        occurrence=5,
        detection=5,
        source=f"fmea.csv:{len(id)}",
    )


SCRATCH = row("scratch", "Burred fixture edge.", "Deburr the fixture.")
DENT = row("dent", "Dropped part.")


def test_the_right_row_is_cited_by_its_id_or_its_line() -> None:
    assert cites("scratch: Scratch (fmea.csv:7)", SCRATCH)
    assert cites("see fmea.csv:7", SCRATCH)
    assert not cites("dent: Dent (fmea.csv:4)", SCRATCH)
    assert not cites("", SCRATCH)


def test_cause_and_remediation_are_judged_apart_and_silence_is_wrong() -> None:
    right = Case(
        SCRATCH,
        [Told("burred fixture edge", "scratch: Scratch (fmea.csv:7)")],
        [Told("Deburr the fixture.", "scratch: Scratch (fmea.csv:7)")],
    )
    wrong_row = Case(SCRATCH, [Told("Dropped part.", "dent: Dent (fmea.csv:4)")], [])
    own_words = Case(DENT, [Told("The part was dropped.", "dent: Dent (fmea.csv:4)")], [])
    quality = explanation_quality([right, wrong_row, own_words], [SCRATCH, DENT])
    shares = {
        name: None if interval is None else interval.value
        for name, interval in quality._asdict().items()
    }
    assert shares["cause_source"] == 2 / 3
    assert shares["cause_text"] == 1 / 3
    assert shares["remediation_source"] == shares["remediation_text"] == 1 / 2
    # ROUGE-L: 1, then 0, then "dropped part" against "the part was dropped": one of 2 and 4.
    assert shares["cause_rouge_l"] == pytest.approx((1 + 0 + 2 / 6) / 3)
    # Of four texts told, "The part was dropped." stands in no row.
    assert shares["unsupported"] == 1 / 4


def test_rows_without_a_cause_ask_for_none() -> None:
    quality = explanation_quality([Case(row("stain", ""), [], [])], [])
    assert quality == (None,) * 7
    with pytest.raises(ValueError, match="at least one case"):
        explanation_quality([], [])


def test_boxes_of_all_pictures_count_together() -> None:
    quality = box_quality(
        [
            ([[0, 0, 10, 10], [20, 20, 30, 30]], [[0, 0, 10, 5], [50, 50, 60, 60]]),
            ([], [[1, 1, 2, 2]]),
        ]
    )
    assert quality.hit_rate is not None
    assert quality.mean_iou is not None
    assert (quality.hit_rate.value, quality.mean_iou.value) == (1 / 2, 0.25)
    assert quality.false_per_picture.value == 1.0
    assert (quality.n_boxes, quality.n_pictures) == (2, 2)


def test_pictures_without_boxes_have_only_false_regions() -> None:
    quality = box_quality([([], [])])
    assert (quality.hit_rate, quality.mean_iou, quality.false_per_picture.value) == (None, None, 0)
    with pytest.raises(ValueError, match="at least one picture"):
        box_quality([])


def test_recall_of_several_is_the_share_found() -> None:
    found = recall_of_several_at_k([{"a", "b"}, {"c"}], [["a", "x", "b"], ["c"]], k=2)
    assert found.value == (1 / 2 + 1) / 2
    with pytest.raises(ValueError, match="an expected id for each"):
        recall_of_several_at_k([set()], [["a"]], k=1)
