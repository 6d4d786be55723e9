"""How scores of experts and mind become one judged score."""

from __future__ import annotations

import pytest

from graphs.calibrate import DEFAULT_HIGH, DEFAULT_LOW, decide, thresholds_of
from graphs.fusion import Weights
from graphs.inspection.scoring import judge_scores
from knowledge.records import Calibration


@pytest.mark.parametrize(
    ("score", "decision"),
    [(DEFAULT_LOW - 0.01, "normal"), (DEFAULT_HIGH + 0.01, "anomalous"), (0.6, "review")],
)
def test_an_uncalibrated_mind_is_read_by_the_documented_band(
    score: float, decision: str, calibration: Calibration
) -> None:
    at_the_same_rank = {"direct": score, "rounds": score}

    judged = judge_scores({"difference": 1.9, **at_the_same_rank}, calibration)

    alone = judge_scores(at_the_same_rank, calibration)
    assert alone.decision == decision
    assert not judged.calibrated
    assert "direct and rounds by the documented band" in judged.basis


def test_a_mind_with_normal_scores_is_read_by_their_ranks(calibration: Calibration) -> None:
    normal = {**calibration.normal_scores, "rounds": [0.0, 0.1, 0.2]}
    known = calibration.model_copy(update={"normal_scores": normal})

    judged = judge_scores({"difference": 0.5, "rounds": 0.2}, known)

    # The lowest of the experts' normal scores has rank 0, the highest of the mind's rank 1.
    assert judged.raw_score == pytest.approx(0.5)
    assert "documented band" not in judged.basis


def test_fitted_weights_count_and_are_named(calibration: Calibration) -> None:
    normal = {**calibration.normal_scores, "rounds": [0.0, 0.1, 0.2]}
    known = calibration.model_copy(update={"normal_scores": normal})
    weights = Weights("bolts", {"rounds": 3.0})

    judged = judge_scores({"difference": 0.5, "rounds": 0.2}, known, weights=weights)

    assert judged.raw_score == pytest.approx(0.75)
    assert "fitted on bolts" in judged.basis


def test_the_thresholds_stay_those_of_the_calibration(calibration: Calibration) -> None:
    judged = judge_scores({"difference": 0.5, "direct": 0.1}, calibration)

    assert judged.thresholds == thresholds_of(calibration)
    assert judged.score is not None
    assert judged.decision == decide(judged.score, thresholds_of(calibration))
