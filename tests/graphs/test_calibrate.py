from __future__ import annotations

import math

import numpy as np
import pytest

from graphs.calibrate import (
    DEFAULT_HIGH,
    DEFAULT_LOW,
    FUSED,
    calibrated_score,
    conformal_p_value,
    decide,
    fit_calibration,
    posterior,
    raw_at,
    thresholds_of,
)
from graphs.records import Thresholds
from knowledge.records import Calibration


def calibrated_on(n_references: int, *, copies: int = 1) -> Calibration:
    scores = [[float(n + 1)] * copies for n in range(n_references)]
    return fit_calibration(
        product="p",
        product_digest="d",
        mind="embedded",
        key="k",
        scores={"a": scores},
        map_maxima={"a": scores},
    )


def test_the_p_value_counts_the_new_part_among_the_normal_ones() -> None:
    assert conformal_p_value([1.0, 2.0, 3.0, 4.0], 3.0) == 3 / 5
    assert conformal_p_value([1.0, 2.0, 3.0, 4.0], 9.0) == 1 / 5
    assert conformal_p_value([], 9.0) == 1.0


def test_copies_of_one_reference_count_as_one() -> None:
    eight_copies_of_four = [1.0, 2.0, 3.0, 4.0] * 8

    assert conformal_p_value(eight_copies_of_four, 9.0, n_references=4) == 1 / 5


def test_nineteen_references_allow_a_rate_of_one_in_twenty_and_eighteen_do_not() -> None:
    assert calibrated_on(19).calibrated
    assert not calibrated_on(18, copies=10).calibrated


def test_too_few_references_leave_the_documented_default_and_say_so() -> None:
    thresholds = thresholds_of(calibrated_on(8))

    assert (thresholds.low, thresholds.high) == (DEFAULT_LOW, DEFAULT_HIGH)
    assert thresholds.basis.startswith("uncalibrated: 8 references allow no overkill rate below")


def test_a_calibrated_threshold_passes_the_target_share_of_normal_scores() -> None:
    calibration = calibrated_on(99)
    thresholds = thresholds_of(calibration)

    scores = [calibrated_score(calibration, raw) for raw in calibration.normal_scores[FUSED]]

    assert sum(decide(score, thresholds) == "anomalous" for score in scores) / 99 <= 0.05
    assert sum(decide(score, thresholds) == "review" for score in scores) / 99 <= 0.11
    assert thresholds.basis == "calibrated on 99 references for an overkill rate of 0.05"


def test_fresh_normal_parts_are_called_anomalous_at_about_the_stated_rate() -> None:
    rng = np.random.default_rng(0)
    rejected = []
    for _ in range(200):
        draws = rng.normal(size=(60,))
        calibration = fit_calibration(
            product="p",
            product_digest="d",
            mind="m",
            key="k",
            scores={"a": [[float(one)] for one in draws]},
            map_maxima={},
        )
        normal = calibration.normal_scores["a"]
        fresh = rng.normal(size=(20,))
        ranks = [np.interp(one, normal, calibration.normal_scores[FUSED]) for one in fresh]
        scores = [calibrated_score(calibration, float(one)) for one in ranks]
        rejected += [score >= calibration.high for score in scores]

    assert np.mean(rejected) == pytest.approx(0.05, abs=0.015)


def test_the_score_rises_with_every_step_beyond_the_largest_normal_score() -> None:
    calibration = calibrated_on(8)

    scores = [calibrated_score(calibration, raw) for raw in np.linspace(1.0, 6.0, 51)]

    assert np.all(np.diff(scores) > 0)
    assert 0 < scores[0] < scores[-1] < 1


def test_a_product_without_normal_scores_has_a_raw_score_for_its_thresholds() -> None:
    assert raw_at(calibrated_on(0), DEFAULT_HIGH) > raw_at(calibrated_on(0), DEFAULT_LOW)


def test_the_tail_beyond_two_normal_scores_is_the_prediction_interval_of_a_third() -> None:
    calibration = calibrated_on(2)
    highest = max(calibration.normal_scores[FUSED])
    # One degree of freedom, the Cauchy distribution: its tail is 1/3 at tan(pi / 6).
    deviate = math.tan(math.pi / 6) + 1 / math.sqrt(1.5)

    score = calibrated_score(calibration, highest + math.log(2.0))

    assert calibrated_score(calibration, highest) == pytest.approx(posterior(1 / 3))
    assert score == pytest.approx(posterior(0.5 - math.atan(deviate) / math.pi))


def test_the_tail_of_many_references_is_no_lighter_than_that_of_eight() -> None:
    few, many = calibrated_on(8), calibrated_on(400)

    steps = [calibrated_score(one, 30.0) - calibrated_score(one, 6.0) for one in (few, many)]

    assert min(steps) > 0


def test_even_odds_turn_a_p_value_into_a_probability() -> None:
    assert posterior(1.0) == pytest.approx(0.2 / 1.2)
    assert posterior(0.05) == pytest.approx(1 / (1 + 5 * 0.05**0.8))


def test_the_raw_score_of_a_threshold_reaches_it() -> None:
    calibration = calibrated_on(8)

    for score in (0.6, 0.7, 0.75, 0.99):
        assert calibrated_score(calibration, raw_at(calibration, score)) == pytest.approx(score)


def test_a_picture_that_one_expert_left_out_is_fused_from_the_others() -> None:
    calibration = fit_calibration(
        product="p",
        product_digest="d",
        mind="m",
        key="k",
        scores={"a": [[1.0, 2.0], [3.0, 4.0]], "b": [[None, 5.0], [6.0, 7.0]]},
        map_maxima={"a": [[9.0, 8.0], [7.0, 6.0]], "b": [[None, None], [None, None]]},
    )

    assert calibration.normal_scores["b"] == [5.0, 6.0, 7.0]
    assert calibration.normal_scores[FUSED] == pytest.approx([0.0, 1 / 6, 7 / 12, 1.0])
    assert calibration.pixel_levels == {"a": pytest.approx(8.85)}
    assert calibration.n_references == 2


def test_decisions_change_at_the_thresholds_themselves() -> None:
    thresholds = Thresholds(low=0.4, high=0.75, basis="b")

    assert [decide(score, thresholds) for score in (0.39, 0.4, 0.74, 0.75)] == [
        "normal",
        "review",
        "review",
        "anomalous",
    ]
