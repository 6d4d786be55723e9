"""Intervals against published values, degenerate cases and their stated coverage."""

import inspect

import numpy as np
import numpy.typing as npt
import pytest

from evals.metrics import (
    bootstrap_interval,
    image_auroc,
    mean_interval,
    paired_bootstrap,
    paired_bootstrap_difference,
    wilson_interval,
)


def _n_anomalous(gt_labels: npt.ArrayLike, pred_scores: npt.ArrayLike) -> float:
    return float(np.sum(gt_labels))


def _ordered_pairs(gt_labels: npt.ArrayLike, pred_scores: npt.ArrayLike) -> float:
    """The AUROC by counting pairs; of few samples without ties far cheaper than by ranks."""
    labels, scores = np.asarray(gt_labels, dtype=np.bool_), np.asarray(pred_scores)
    return float((scores[labels][:, None] > scores[~labels]).mean())


def test_the_signature_is_the_agreed_one() -> None:
    parameters = inspect.signature(bootstrap_interval).parameters
    assert list(parameters) == ["metric", "gt_labels", "pred_scores", "n", "seed", "stratified"]
    assert [p.default for p in parameters.values()][3:] == [1000, 0, True]


def test_a_perfect_score_has_no_width() -> None:
    assert bootstrap_interval(image_auroc, [0, 0, 1, 1], [0, 1, 2, 3], n=50) == (1.0, 1.0)


def test_the_same_seed_gives_the_same_interval_and_another_does_not() -> None:
    labels, scores = [0, 1] * 20, np.random.default_rng(0).normal(size=40)
    first = bootstrap_interval(image_auroc, labels, scores, n=100, seed=1)
    assert first == bootstrap_interval(image_auroc, labels, scores, n=100, seed=1)
    assert first != bootstrap_interval(image_auroc, labels, scores, n=100, seed=2)


def test_strata_keep_the_class_sizes() -> None:
    assert bootstrap_interval(_n_anomalous, [1, 1, 1, 0], [0.0] * 4, n=100) == (3.0, 3.0)


def test_without_strata_the_class_sizes_vary_but_no_class_is_lost() -> None:
    low, high = bootstrap_interval(_n_anomalous, [1, 1, 1, 0], [0.0] * 4, n=500, stratified=False)
    assert (low, high) == (1.0, 3.0)


def test_a_metric_of_one_class_can_be_bootstrapped() -> None:
    assert bootstrap_interval(_n_anomalous, [1, 1], [0.0, 1.0], n=5, stratified=False) == (2.0, 2.0)


def test_auroc_of_one_class_stays_an_error() -> None:
    with pytest.raises(ValueError, match="both classes are needed"):
        bootstrap_interval(image_auroc, [1, 1], [0.1, 0.2])


def test_nothing_to_resample_is_refused() -> None:
    with pytest.raises(ValueError, match="n >= 1"):
        bootstrap_interval(image_auroc, [0, 1], [0.1, 0.2], n=0)
    with pytest.raises(ValueError, match="got 0 samples"):
        bootstrap_interval(image_auroc, [], [])


def test_the_bootstrap_covers_the_true_auroc_about_as_often_as_it_says() -> None:
    # Normal scores N(0, 1) and N(1, 1): the true AUROC is Phi(1 / sqrt 2) = 0.7602.
    # Drawn twice, a score ties with no other class's: pairs and ranks agree.
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 40)
    covered = 0
    for trial in range(100):
        scores = rng.normal(size=80) + labels
        low, high = bootstrap_interval(_ordered_pairs, labels, scores, n=200, seed=trial)
        covered += low <= 0.7602 <= high
    assert 88 <= covered <= 100


def test_equal_methods_differ_by_nothing() -> None:
    scores = [0.3, 0.1, 0.2, 0.9]
    difference = paired_bootstrap_difference(image_auroc, [0, 0, 1, 1], scores, scores, n=50)
    assert difference == (0.0, 0.0, 0.0)


def test_a_perfect_method_beats_a_reversed_one_by_one() -> None:
    difference = paired_bootstrap_difference(image_auroc, [0, 1], [0, 1], [1, 0], n=20)
    assert difference == (1.0, 1.0, 1.0)


def test_paired_units_of_constant_difference_have_no_width() -> None:
    interval = paired_bootstrap(lambda d: float(d.mean()), np.full((20, 6), 0.25), n=30)
    assert interval == (0.25, 0.25, 0.25)


def test_paired_bootstrap_without_units_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one unit"):
        mean_interval([])


def test_the_interval_of_a_mean_is_about_two_standard_errors_wide() -> None:
    values = np.random.default_rng(0).normal(size=400)
    mean, low, high = mean_interval(values)
    assert mean == pytest.approx(values.mean())
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_wilson_agrees_with_a_published_example() -> None:
    # Newcombe, Statistics in Medicine 1998, table I: 81 of 263 by the score method.
    share, low, high = wilson_interval(81, 263)
    assert (round(share, 4), round(low, 4), round(high, 4)) == (0.308, 0.2553, 0.3662)


def test_wilson_of_none_and_of_all_stays_within_zero_and_one() -> None:
    assert wilson_interval(0, 20)[:2] == (0.0, 0.0)
    assert wilson_interval(0, 20).high == pytest.approx(0.1611, abs=1e-4)
    assert [wilson_interval(n, n).high for n in (1, 20, 84)] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(("n_hits", "n_total"), [(0, 0), (-1, 3), (4, 3)])
def test_impossible_counts_are_refused(n_hits: int, n_total: int) -> None:
    with pytest.raises(ValueError, match="0 <= n_hits <= n_total"):
        wilson_interval(n_hits, n_total)
