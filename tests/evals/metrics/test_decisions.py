"""Decision rates by hand counts."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from evals.metrics import (
    accuracy,
    accuracy_at_coverage,
    decision_rates,
    precision_recall_f1,
)


def test_escape_and_overkill_leave_reviews_out_of_both() -> None:
    rates = decision_rates(
        [1, 1, 1, 1, 0, 0],
        ["normal", "anomalous", "review", "anomalous", "anomalous", "normal"],
    )
    assert rates.escape.value == 1 / 4
    assert rates.overkill.value == 1 / 2
    assert rates.review.value == 1 / 6


@pytest.mark.parametrize(
    ("labels", "decisions", "message"),
    [
        ([1, 1], ["normal", "review"], "2 anomalous and 0 normal"),
        ([1], ["normal", "review"], "1 labels and 2 decisions"),
        ([1, 0], ["normal", "ok"], "got 'ok'"),
    ],
)
def test_decisions_without_a_rate_are_refused(
    labels: list[int], decisions: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        decision_rates(labels, decisions)  # type: ignore[arg-type]


def test_accuracy_counts_the_right_ones() -> None:
    assert accuracy([1, 0, 1, 0], [1, 1, 1, 0]) == 0.75
    with pytest.raises(ValueError, match="at least one"):
        accuracy([], [])


def test_the_surest_half_is_judged_at_half_coverage() -> None:
    covered = accuracy_at_coverage([1, 0, 1, 0], [1, 0, 0, 1], [0.9, 0.8, 0.2, 0.1], coverage=0.5)
    assert covered.value == 1.0
    whole = accuracy_at_coverage([1, 0, 1, 0], [1, 0, 0, 1], [0.9, 0.8, 0.2, 0.1], coverage=1.0)
    assert whole.value == 0.5


def test_coverage_rounds_the_number_of_samples_up() -> None:
    # Eight tenths of 10 are 8, not 9, though 0.8 * 10 is not exact in every product.
    sure = [float(i) for i in range(10)]
    assert accuracy_at_coverage([1] * 10, [0, 0, *[1] * 8], sure, coverage=0.8).value == 1.0
    assert accuracy_at_coverage([1] * 3, [0, 1, 1], [1.0, 2.0, 3.0], coverage=0.5).value == 1.0


def test_samples_equally_sure_at_the_cut_count_by_their_share() -> None:
    # One of two equally sure samples fits, and one of the two is right.
    for labels in ([1, 0], [0, 1]):
        assert accuracy_at_coverage(labels, [1, 1], [0.5, 0.5], coverage=0.5).value == 0.5


def test_impossible_coverage_is_refused() -> None:
    for coverage in (0.0, 1.01):
        with pytest.raises(ValueError, match=r"coverage must be in \(0, 1\]"):
            accuracy_at_coverage([1], [1], [1.0], coverage=coverage)
    with pytest.raises(ValueError, match="confidences"):
        accuracy_at_coverage([1, 0], [1, 0], [1.0], coverage=0.5)


def test_precision_recall_and_f1_by_hand() -> None:
    # Said anomalous: 3, of them right: 2; anomalous in all: 4.
    quality = precision_recall_f1([1, 1, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0])
    assert quality == (2 / 3, 2 / 4, 4 / 7)


def test_the_class_that_is_looked_for_may_be_normal() -> None:
    assert precision_recall_f1([1, 0, 0], [1, 1, 0], positive=0) == (1.0, 1 / 2, 2 / 3)


@pytest.mark.parametrize("seed", range(20))
def test_hard_decisions_score_as_in_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels, predicted = rng.integers(0, 2, (2, 1 + seed % 5))
    expected = precision_recall_fscore_support(
        labels, predicted, average="binary", pos_label=seed % 2, zero_division=0
    )
    assert precision_recall_f1(labels, predicted, positive=seed % 2)[:] == pytest.approx(
        expected[:3]
    )
    assert accuracy(labels, predicted) == accuracy_score(labels, predicted)


def test_predictions_without_a_quality_are_refused() -> None:
    for labels, predicted in (([], []), ([1], [1, 0])):
        with pytest.raises(ValueError, match="one prediction per label"):
            precision_recall_f1(labels, predicted)
