"""AUROC over draws against the plain AUROC of each draw."""

import numpy as np
import pytest

from evals.metrics import image_auroc
from evals.metrics.draws import DrawScores, macro_mean_interval, mean_auroc


def _draws(seed: int, gap: float) -> DrawScores:
    """Five draws of 4 references out of 12 normal pictures, 15 anomalous ones."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1], [12, 15])
    scores = np.random.default_rng(seed + 1).normal(size=(5, 27)).round(1) + gap * labels
    for row in scores:
        row[rng.choice(12, 4, replace=False)] = np.nan
    return DrawScores(labels, scores)


def test_the_mean_is_the_mean_of_the_aurocs_of_the_tested_pictures() -> None:
    draws = _draws(0, gap=0.5)
    aurocs = [
        image_auroc(draws.gt_labels[~np.isnan(row)], row[~np.isnan(row)]) for row in draws.scores_dn
    ]
    assert mean_auroc(draws) == pytest.approx(np.mean(aurocs))


def test_the_macro_mean_weighs_sets_alike_and_lies_in_its_interval() -> None:
    sets = [_draws(0, gap=0.5), _draws(7, gap=2.0)]
    value, low, high = macro_mean_interval(sets, n=300)
    assert value == pytest.approx((mean_auroc(sets[0]) + mean_auroc(sets[1])) / 2)
    assert low < value < high


def test_a_method_differs_from_itself_by_nothing() -> None:
    sets = [_draws(0, gap=0.5)]
    assert macro_mean_interval(sets, baseline=sets, n=50) == (0.0, 0.0, 0.0)


def test_pairing_narrows_the_interval_of_a_difference() -> None:
    better = _draws(0, gap=1.0)
    worse = better._replace(scores_dn=better.scores_dn - 0.3 * better.gt_labels)
    gain = macro_mean_interval([better], baseline=[worse], n=300)
    alone = macro_mean_interval([better], n=300)
    assert gain.value == pytest.approx(mean_auroc(better) - mean_auroc(worse))
    assert gain.low > 0
    assert gain.high - gain.low < alone.high - alone.low


def test_other_splits_are_no_baseline() -> None:
    with pytest.raises(ValueError, match="identical splits"):
        macro_mean_interval([_draws(0, gap=1.0)], baseline=[_draws(3, gap=1.0)])


def test_an_anomalous_picture_without_a_score_is_refused() -> None:
    scores = np.array([[0.0, np.nan]])
    with pytest.raises(ValueError, match="all anomalous pictures"):
        mean_auroc(DrawScores(np.array([0, 1]), scores))
    with pytest.raises(ValueError, match="at least one set"):
        macro_mean_interval([])
