"""Means over products with their intervals, alone and paired. Knows nothing of what is measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from evals.metrics import Interval, wilson_interval
from evals.runner.rows import Row

N_RESAMPLES = 1000
PERCENTILES = (2.5, 97.5)
Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]


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
    gains = [_wins(rows) for rows in cells]
    if baseline is not None:
        gains = [ours - _wins(rows) for ours, rows in zip(gains, baseline, strict=True)]
    rng = np.random.default_rng(seed)
    drawn = np.mean([_resampled_aurocs(gain, rng) for gain in gains], axis=0)
    low, high = np.percentile(drawn, PERCENTILES)
    return Interval(float(np.mean([gain.mean() for gain in gains])), float(low), float(high))


def _wins(rows: Sequence[Row]) -> Matrix:
    """(A, N): 1 where the anomalous sample scores higher than the normal one, 0.5 where equal.

    Its mean is the AUROC (Mann-Whitney), and that of resampled rows and columns a resampled one.
    """
    raw = np.array([row.raw_score for row in rows], dtype=np.float64)
    is_anomalous = np.array([row.gt_label for row in rows], dtype=np.bool_)
    higher = raw[is_anomalous][:, None] > raw[~is_anomalous][None, :]
    equal = raw[is_anomalous][:, None] == raw[~is_anomalous][None, :]
    return np.asarray(higher + 0.5 * equal, dtype=np.float64)


def _resampled_aurocs(gain: Matrix, rng: np.random.Generator) -> Vector:
    n_anomalous, n_normal = gain.shape
    counts = [
        rng.multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES).astype(np.float64)
        for n in (n_anomalous, n_normal)
    ]
    won = ((counts[0] @ gain) * counts[1]).sum(axis=1)
    return np.asarray(won / (n_anomalous * n_normal))


def rate_interval(hits: Sequence[bool]) -> Interval | None:
    """A share with its Wilson interval; None where there is nothing."""
    return wilson_interval(sum(hits), len(hits)) if hits else None


def mean_share_interval(cells: Sequence[Sequence[bool]], *, seed: int) -> Interval | None:
    """The mean over cells of each one's share, with an interval that is sound at 0 and 1.

    Each share is drawn from its posterior under Jeffreys' prior, Beta(hits + 1/2, misses + 1/2),
    as resampling a cell of hits alone would never miss. Where no cell has a hit (or a miss) the
    bound is 0 (or 1).

    Args:
        cells: of each sample, whether it is a hit; cells without any are left out.
        seed: of the draws.
    """
    filled = [one for one in cells if len(one)]
    if not filled:
        return None
    rng = np.random.default_rng(seed)
    hits = [sum(one) for one in filled]
    drawn = np.mean(
        [
            rng.beta(n + 0.5, len(one) - n + 0.5, N_RESAMPLES)
            for one, n in zip(filled, hits, strict=True)
        ],
        axis=0,
    )
    low, high = np.percentile(drawn, PERCENTILES)
    value = float(np.mean([n / len(one) for one, n in zip(filled, hits, strict=True)]))
    none, all_ = not any(hits), hits == [len(one) for one in filled]
    return Interval(value, 0.0 if none else float(low), 1.0 if all_ else float(high))


def hard_label_intervals(
    n_normal: int, n_right_normal: int, n_anomalous: int, n_right_anomalous: int, *, seed: int
) -> tuple[tuple[float, float], ...]:
    """95 % intervals of accuracy, AUROC and AUPR of 0/1 answers, with normal as the positive class.

    The share of right answers of each class is drawn from its posterior under Jeffreys' prior, as
    in ``mean_share_interval``; the three figures are functions of both
    (``evals.metrics.variants.customizable_vlm``).

    Args:
        n_normal: normal samples that are answered.
        n_right_normal: of these, called normal.
        n_anomalous: anomalous samples that are answered.
        n_right_anomalous: of these, called anomalous.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    recall = rng.beta(n_right_normal + 0.5, n_normal - n_right_normal + 0.5, N_RESAMPLES)
    true = rng.beta(n_right_anomalous + 0.5, n_anomalous - n_right_anomalous + 0.5, N_RESAMPLES)
    n = n_normal + n_anomalous
    precision = n_normal * recall / (n_normal * recall + n_anomalous * (1 - true))
    drawn = (
        (n_normal * recall + n_anomalous * true) / n,
        (recall + true) / 2,
        precision * recall + n_normal / n * (1 - recall),
    )
    lows, highs = np.percentile(np.array(drawn), PERCENTILES, axis=1)
    return tuple((float(low), float(high)) for low, high in zip(lows, highs, strict=True))


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
