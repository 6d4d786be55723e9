"""Calibration error and risk-coverage by hand counts."""

import numpy as np
import pytest

from evals.metrics import bootstrap_interval
from evals.metrics.calibration import calibration_bins, expected_calibration_error
from evals.metrics.selective import (
    area_under_risk_coverage,
    excess_area_under_risk_coverage,
    risk_coverage,
)


def test_the_error_weighs_bins_by_their_samples() -> None:
    # Bin 0-0.5: three at 0.25 of which one is anomalous, gap 1/12. Bin 0.5-1: one at 1.0, right.
    error = expected_calibration_error([1, 0, 0, 1], [0.25, 0.25, 0.25, 1.0], n_bins=2)
    assert error == pytest.approx(3 / 4 * (1 / 3 - 0.25))


def test_bins_tell_their_share_and_leave_empty_ones_out() -> None:
    bins = calibration_bins([0, 1, 1], [0.05, 0.95, 1.0], n_bins=10)
    assert [(one.low, one.high, one.n) for one in bins] == [(0.0, 0.1, 1), (0.9, 1.0, 2)]
    assert [one.share_anomalous.value for one in bins] == [0.0, 1.0]
    assert bins[1].mean_probability == pytest.approx(0.975)


def test_a_perfect_probability_has_no_error_and_one_class_is_enough() -> None:
    assert expected_calibration_error([0, 0], [0.0, 0.0]) == 0.0
    assert expected_calibration_error([0, 0], [1.0, 1.0]) == 1.0


def test_the_error_takes_an_interval() -> None:
    labels, probabilities = [0, 1] * 20, [0.2, 0.9] * 20
    low, high = bootstrap_interval(expected_calibration_error, labels, probabilities, n=50)
    assert low <= expected_calibration_error(labels, probabilities) <= high


@pytest.mark.parametrize(
    ("labels", "probabilities", "n_bins", "message"),
    [
        ([], [], 5, "needs samples"),
        ([1], [0.5], 0, "n_bins >= 1"),
        ([1], [1.5], 5, r"must be in \[0, 1\], got 1.5"),
        ([1, 0], [0.5], 5, "equal length"),
    ],
)
def test_probabilities_without_an_error_are_refused(
    labels: list[int], probabilities: list[float], n_bins: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        expected_calibration_error(labels, probabilities, n_bins)


def test_risk_is_the_share_of_wrong_among_the_surest() -> None:
    curve = risk_coverage([1, 1, 0, 0], [1, 0, 0, 1], [0.9, 0.8, 0.7, 0.6])
    assert curve.coverages.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert curve.risks.tolist() == [0.0, 1 / 2, 1 / 3, 2 / 4]
    area = area_under_risk_coverage([1, 1, 0, 0], [1, 0, 0, 1], [0.9, 0.8, 0.7, 0.6])
    assert area == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_equally_sure_samples_count_with_the_share_that_fits() -> None:
    forward = risk_coverage([1, 1], [1, 0], [0.5, 0.5])
    backward = risk_coverage([1, 1], [0, 1], [0.5, 0.5])
    assert forward.risks.tolist() == backward.risks.tolist() == [0.5, 0.5]


@pytest.mark.parametrize("seed", range(2))
def test_ties_give_the_mean_over_all_orders(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wrong = rng.integers(0, 2, 7)
    confidences = rng.integers(0, 3, 7).astype(float)
    sampled = [
        area_under_risk_coverage(np.zeros(7), wrong, confidences + rng.permutation(7) * 1e-6)
        for _ in range(2000)
    ]
    exact = area_under_risk_coverage(np.zeros(7), wrong, confidences)
    assert exact == pytest.approx(float(np.mean(sampled)), abs=0.015)


def test_the_best_confidence_has_no_excess() -> None:
    labels, predicted = [1, 1, 0, 0], [1, 0, 0, 1]
    assert excess_area_under_risk_coverage(labels, predicted, [1.0, 0.0, 1.0, 0.0]) == 0.0
    assert excess_area_under_risk_coverage(labels, predicted, [0.0, 1.0, 0.0, 1.0]) > 0.4


@pytest.mark.parametrize(
    ("labels", "predicted", "confidences", "message"),
    [
        ([], [], [], "at least one"),
        ([1], [1, 0], [0.5], r"got \(1,\), \(2,\) and \(1,\)"),
        ([1], [1], [np.nan], "NaN at index 0"),
    ],
)
def test_decisions_without_a_curve_are_refused(
    labels: list[int], predicted: list[int], confidences: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        risk_coverage(labels, predicted, confidences)
