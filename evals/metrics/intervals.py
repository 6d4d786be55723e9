"""Intervals for metrics and proportions. Knows nothing of what a metric measures."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evals.metrics.ranking import BoolVector, FloatVector, checked_pair

Metric = Callable[[npt.ArrayLike, npt.ArrayLike], float]

_Z_95 = 1.959963984540054
_PERCENTILES_95 = (2.5, 97.5)


class Interval(NamedTuple):
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float


def bootstrap_interval(
    metric: Metric,
    gt_labels: npt.ArrayLike,
    pred_scores: npt.ArrayLike,
    n: int = 1000,
    seed: int = 0,
    stratified: bool = True,
) -> tuple[float, float]:
    """95 % percentile bootstrap interval of a metric over samples (Efron, 1979).

    Args:
        metric: called with (labels, scores) of each resample.
        gt_labels: (N,) 1 = anomalous, 0 = normal.
        pred_scores: (N,) higher is worse.
        n: number of resamples.
        seed: of the resampling; the same seed gives the same interval.
        stratified: resample within each class, so that every resample has both class sizes. When
            false, a resample that lost a class is drawn again.

    Raises:
        ValueError: as ``image_auroc`` save for one class only (what the metric makes of that is
            the metric's own), no sample, or n below 1.
    """
    is_anomalous, scores = checked_pair(gt_labels, pred_scores)
    labels = is_anomalous.astype(np.int64)
    values = [
        metric(labels[index], scores[index])
        for index in _resamples(is_anomalous, n, seed=seed, stratified=stratified)
    ]
    low, high = np.percentile(values, _PERCENTILES_95)
    return float(low), float(high)


def paired_bootstrap(
    statistic: Callable[[FloatVector], float],
    differences: npt.ArrayLike,
    *,
    n: int = 10_000,
    seed: int = 0,
) -> Interval:
    """A statistic of paired differences (method minus baseline, same unit), with its interval.

    Units (draws, splits) are resampled with replacement; the pairing is kept because each unit
    carries its own difference.

    Args:
        statistic: (U, ...) differences to one number, usually the mean.
        differences: (U, ...) one entry per unit; further axes (data sets) stay together.
        n: number of resamples.
        seed: of the resampling.

    Raises:
        ValueError: no unit, or n below 1.
    """
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim < 1 or values.shape[0] == 0 or n < 1:
        raise ValueError(f"needs at least one unit and n >= 1, got {values.shape} and n={n}")
    rng = np.random.default_rng(seed)
    n_units = values.shape[0]
    resampled = [statistic(values[rng.integers(0, n_units, n_units)]) for _ in range(n)]
    low, high = np.percentile(resampled, _PERCENTILES_95)
    return Interval(float(statistic(values)), float(low), float(high))


def paired_bootstrap_difference(
    metric: Metric,
    gt_labels: npt.ArrayLike,
    pred_scores: npt.ArrayLike,
    baseline_scores: npt.ArrayLike,
    *,
    n: int = 1000,
    seed: int = 0,
) -> Interval:
    """metric(pred) - metric(baseline) on the same samples, resampled together within each class.

    Args and errors as in ``bootstrap_interval``; ``baseline_scores`` is (N,).
    """
    is_anomalous, scores = checked_pair(gt_labels, pred_scores)
    _, baseline = checked_pair(gt_labels, baseline_scores)
    labels = is_anomalous.astype(np.int64)
    values = [
        metric(labels[index], scores[index]) - metric(labels[index], baseline[index])
        for index in _resamples(is_anomalous, n, seed=seed, stratified=True)
    ]
    low, high = np.percentile(values, _PERCENTILES_95)
    return Interval(metric(labels, scores) - metric(labels, baseline), float(low), float(high))


def wilson_interval(n_hits: int, n_total: int) -> Interval:
    """A proportion with its 95 % score interval (Wilson, JASA 1927).

    Stays within [0, 1] and is sound for proportions of 0 and 1, where the normal one is not.

    Raises:
        ValueError: n_total below 1, or n_hits outside [0, n_total].
    """
    if n_total < 1 or not 0 <= n_hits <= n_total:
        raise ValueError(f"needs 0 <= n_hits <= n_total and n_total >= 1, got {n_hits}/{n_total}")
    share = n_hits / n_total
    scale = 1 + _Z_95**2 / n_total
    centre = (share + _Z_95**2 / (2 * n_total)) / scale
    half = _Z_95 / scale * np.sqrt(share * (1 - share) / n_total + (_Z_95 / (2 * n_total)) ** 2)
    # At the ends the bound is exact; rounding would leave it a hair inside.
    low = 0.0 if n_hits == 0 else float(centre - half)
    high = 1.0 if n_hits == n_total else float(centre + half)
    return Interval(share, low, high)


def mean_interval(values: npt.ArrayLike, *, n: int = 10_000, seed: int = 0) -> Interval:
    """The mean of values of independent units (pictures) with its percentile bootstrap interval.

    Raises:
        ValueError: no value.
    """
    return paired_bootstrap(lambda resampled: float(np.mean(resampled)), values, n=n, seed=seed)


def _resamples(
    is_anomalous: BoolVector, n: int, *, seed: int, stratified: bool
) -> Iterator[npt.NDArray[np.int64]]:
    if is_anomalous.size == 0 or n < 1:
        raise ValueError(f"needs samples and n >= 1, got {is_anomalous.size} samples and n={n}")
    rng = np.random.default_rng(seed)
    classes = [np.flatnonzero(is_anomalous == value) for value in (False, True)]
    strata = [members for members in classes if members.size]
    if not stratified:
        strata = [np.arange(is_anomalous.size)]
    for _ in range(n):
        index = _draw(rng, strata)
        while np.unique(is_anomalous[index]).size < np.unique(is_anomalous).size:
            index = _draw(rng, strata)
        yield index


def _draw(rng: np.random.Generator, strata: list[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    return np.concatenate([rng.choice(members, members.size) for members in strata])
