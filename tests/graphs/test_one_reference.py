"""One reference shows no difference between normal parts, so experts alone condemn nothing."""

from __future__ import annotations

import numpy as np
import pytest

from graphs.calibrate import DEFAULT_HIGH, DEFAULT_LOW, fit_calibration, rank_ceiling
from graphs.fusion import fuse
from graphs.inspection.scoring import judge_scores
from knowledge.records import Calibration

COPIES = [0.10, 0.11]
"""Scores of two copies of one part: they differ by the camera alone."""


def of_references(n_references: int) -> Calibration:
    scores = [COPIES] * n_references
    return fit_calibration(
        product="p",
        product_digest="d",
        mind="embedded",
        key="k",
        scores={"a": scores, "b": scores},
        map_maxima={},
    )


@pytest.mark.parametrize("raw", [0.2, 5.0, 1e6])
def test_whatever_lies_beyond_the_copies_of_one_reference_is_left_to_a_person(raw: float) -> None:
    judged = judge_scores({"a": raw, "b": raw}, of_references(1))

    assert judged.decision == "review"
    assert judged.score is not None
    # 1 / (1 + 0.5 ** 0.8): what is beyond has a p-value of one half or less, and no more is known.
    assert DEFAULT_LOW < judged.score < 1 / (1 + 0.5**0.8) < DEFAULT_HIGH
    assert judged.thresholds is not None
    assert "whatever differs from the one reference" in judged.thresholds.basis


def test_a_part_like_the_one_reference_is_normal() -> None:
    assert judge_scores({"a": 0.105, "b": 0.10}, of_references(1)).decision == "normal"


def test_two_references_may_condemn() -> None:
    judged = judge_scores({"a": 5.0, "b": 5.0}, of_references(2))

    assert rank_ceiling(of_references(2)) is None
    assert judged.decision == "anomalous"
    assert judged.thresholds is not None
    assert "person" not in judged.thresholds.basis


def test_worse_parts_still_rank_higher() -> None:
    scores = [judge_scores({"a": raw}, of_references(1)) for raw in np.geomspace(0.12, 1e4, 40)]

    assert np.all(np.diff([one.raw_score for one in scores]) > 0)
    assert np.all(np.diff([one.score for one in scores]) > 0)


@pytest.mark.parametrize("source", ["rules", "parts"])
def test_a_violation_decides_with_one_reference_too(source: str) -> None:
    judged = judge_scores({"a": 0.105, source: 1.0}, of_references(1))

    assert judged.decision == "anomalous"


def test_a_mind_is_not_overruled_by_how_far_a_part_is_from_one_reference() -> None:
    sure = {
        score: judge_scores({"a": 1e6, "direct": score, "rounds": score}, of_references(1))
        for score in (0.02, 0.98)
    }

    assert sure[0.02].decision == "normal"
    assert sure[0.98].decision == "anomalous"


def test_ranks_within_the_normal_scores_are_as_without_a_ceiling() -> None:
    normal = {"a": [0.0, 1.0, 2.0]}

    for raw in (-1.0, 0.0, 0.5, 2.0):
        assert fuse({"a": raw}, normal, ceiling=3.0) == fuse({"a": raw}, normal)
    far = fuse({"a": 1e9}, normal, ceiling=3.0)
    assert far is not None
    assert 2.5 < far.raw_score < 3.0
