"""Ranking metrics against hand counts and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from evals.metrics import average_precision, best_f1, f1_max, image_auroc


def test_auroc_counts_the_pairs_that_are_ordered_rightly() -> None:
    # Pairs (anomalous, normal): 0.8 > 0.1, 0.8 > 0.5, 0.3 > 0.1, 0.3 < 0.5.
    assert image_auroc([1, 1, 0, 0], [0.8, 0.3, 0.1, 0.5]) == 0.75


def test_a_tie_counts_one_half() -> None:
    assert image_auroc([1, 0, 0], [0.5, 0.5, 0.1]) == 0.75


def test_equal_scores_say_nothing() -> None:
    assert image_auroc([1, 0, 1, 0, 0], [2.0] * 5) == 0.5


def test_infinite_scores_are_ordered_like_others() -> None:
    assert image_auroc([1, 0], [np.inf, -np.inf]) == 1.0


def test_auroc_ignores_a_monotone_change_of_scale() -> None:
    labels, scores = [1, 0, 1, 0, 1], np.array([3.0, 1.0, 2.0, 2.5, 9.0])
    assert image_auroc(labels, scores) == image_auroc(labels, np.exp(scores))


def test_average_precision_of_a_hand_made_order() -> None:
    # Order by score: 1, 0, 1. Precision 1 at recall 1/2, then 2/3 at recall 1.
    assert average_precision([1, 0, 1], [0.9, 0.8, 0.7]) == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_average_precision_of_ties_does_not_depend_on_their_order() -> None:
    assert average_precision([1, 0], [0.5, 0.5]) == average_precision([0, 1], [0.5, 0.5]) == 0.5


@pytest.mark.parametrize("seed", range(20))
def test_all_agree_with_scikit_learn_with_and_without_ties(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.permutation([0, 1, *rng.integers(0, 2, 60).tolist()])
    scores = rng.normal(size=labels.size).round(seed % 3)
    assert image_auroc(labels, scores) == pytest.approx(roc_auc_score(labels, scores))
    assert average_precision(labels, scores) == pytest.approx(
        average_precision_score(labels, scores)
    )
    precision, recall, _ = precision_recall_curve(labels, scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    assert f1_max(labels, scores) == pytest.approx(f1.max())


def test_f1_max_names_the_highest_threshold_that_reaches_it() -> None:
    # At 3: 1 of 2 found, F1 2/3. At 2: both found and one wrong, F1 4/5. At 1: F1 2/3.
    best = best_f1([1, 0, 1, 0], [3.0, 2.0, 2.0, 1.0])
    assert best == (0.8, 2.0, 2 / 3, 1.0)


def test_equal_scores_are_decided_alike() -> None:
    assert f1_max([1, 0, 0, 0], [5.0, 5.0, 5.0, 5.0]) == 0.4
    assert average_precision([1, 0], [np.inf, np.inf]) == 0.5


@pytest.mark.parametrize(
    ("labels", "scores", "message"),
    [
        ([1, 1], [0.1, 0.2], "both classes are needed, got 2 anomalous and 0 normal"),
        ([0], [0.1], "both classes are needed, got 0 anomalous and 1 normal"),
        ([], [], "both classes are needed"),
        ([1, 0], [0.1], "equal length"),
        ([[1, 0]], [[0.1, 0.2]], "one-dimensional"),
        ([1, 2], [0.1, 0.2], "got 2"),
        ([1, 0], [0.1, np.nan], "NaN at index 1"),
    ],
)
def test_input_without_an_answer_is_refused(
    labels: list[int], scores: list[float], message: str
) -> None:
    for metric in (image_auroc, average_precision, f1_max):
        with pytest.raises(ValueError, match=message):
            metric(labels, scores)
