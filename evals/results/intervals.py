"""Means over products with their intervals, alone and paired. Knows nothing of what is measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from evals.metrics import DrawScores, Interval, macro_mean_interval, wilson_interval
from evals.runner.rows import Row

N_RESAMPLES = 1000
PERCENTILES = (2.5, 97.5)
Vector = npt.NDArray[np.float64]


def auroc_interval(
    cells: Sequence[Sequence[Row]], *, seed: int, baseline: Sequence[Sequence[Row]] | None = None
) -> Interval | None:
    """AUROC of the raw scores, the mean over cells; None where a cell has one class only.

    Args:
        cells: rows that all have a raw score.
        seed: of the resampling: samples within each class, 1000 times.
        baseline: the same samples in the same order; the value is then the difference to it.
    """
    if not cells or any(len({row.gt_label for row in rows}) < 2 for rows in cells):
        return None
    against = None if baseline is None else [_scores(rows) for rows in baseline]
    ours = [_scores(rows) for rows in cells]
    return macro_mean_interval(ours, baseline=against, n=N_RESAMPLES, seed=seed)


def _scores(rows: Sequence[Row]) -> DrawScores:
    labels = np.array([row.gt_label for row in rows], dtype=np.int64)
    raw = np.array([[row.raw_score for row in rows]], dtype=np.float64)
    return DrawScores(labels, raw)


def rate_interval(hits: Sequence[bool]) -> Interval | None:
    """A share with its Wilson interval; None where there is nothing."""
    return wilson_interval(sum(hits), len(hits)) if hits else None


def mean_rate_interval(
    cells: Sequence[Sequence[float]],
    *,
    seed: int,
    baseline: Sequence[Sequence[float]] | None = None,
) -> Interval | None:
    """The mean over cells of each one's mean, with a bootstrap interval over samples.

    Args:
        cells: a value for each sample; cells without any are left out.
        seed: of the resampling within each cell, 1000 times.
        baseline: the same samples in the same order; the value is then the difference to it.
    """
    pairs = zip(cells, baseline or [()] * len(cells), strict=True)
    return nested_mean_interval([[_minus(ours, theirs)] for ours, theirs in pairs], seed=seed)


def nested_mean_interval(
    groups: Sequence[Sequence[Sequence[float] | Vector]], *, seed: int
) -> Interval | None:
    """The mean over groups of the mean over their cells, with a bootstrap interval over samples.

    Args:
        groups: each of cells of values; what is empty is left out.
        seed: of the resampling within each cell.
    """
    rng = np.random.default_rng(seed)
    filled = [[np.asarray(c, dtype=np.float64) for c in cells if len(c)] for cells in groups]
    filled = [cells for cells in filled if cells]
    if not filled:
        return None
    drawn = [np.mean([_resampled_means(c, rng) for c in cells], axis=0) for cells in filled]
    low, high = np.percentile(np.mean(drawn, axis=0), PERCENTILES)
    value = float(np.mean([np.mean([c.mean() for c in cells]) for cells in filled]))
    return Interval(value, float(low), float(high))


def _resampled_means(values: Vector, rng: np.random.Generator) -> Vector:
    index = rng.integers(0, values.size, (N_RESAMPLES, values.size))
    return np.asarray(values[index].mean(axis=1))


def _minus(ours: Sequence[float], theirs: Sequence[float]) -> Vector:
    values = np.asarray(ours, dtype=np.float64)
    return values - np.asarray(theirs, dtype=np.float64) if len(theirs) else values
