"""AUROC over repeated draws of references, with intervals over draws and pictures together.

Knows nothing of data sets or methods.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evals.metrics.intervals import Interval

FloatMatrix = npt.NDArray[np.float64]


class DrawScores(NamedTuple):
    """Scores of one method on one set: each draw scores the pictures that are no references."""

    gt_labels: npt.NDArray[np.int64]  # (N,) 1 = anomalous
    scores_dn: FloatMatrix  # (D, N), higher is worse, NaN where the picture is a reference


class _Wins(NamedTuple):
    """Who beats whom: 1 where the anomalous picture scores higher, 0.5 where equal."""

    wins_dan: FloatMatrix  # (D, A, N0), 0 where the normal picture is a reference
    tested_dn: FloatMatrix  # (D, N0), 1 where the normal picture is tested


def mean_auroc(draws: DrawScores) -> float:
    """Mean over draws of the AUROC on that draw's tested pictures.

    Raises:
        ValueError: shapes differ, an anomalous picture is not scored, or a draw tests no normal.
    """
    wins = _wins(draws)
    n_anomalous, n_normal = wins.wins_dan.shape[1:]
    return _weighted_mean(
        wins, np.ones(len(wins.tested_dn)), (np.ones(n_anomalous), np.ones(n_normal))
    )


def macro_mean_interval(
    sets: Sequence[DrawScores],
    *,
    baseline: Sequence[DrawScores] | None = None,
    n: int = 1000,
    seed: int = 0,
) -> Interval:
    """Mean over sets of ``mean_auroc``, with a 95 % percentile bootstrap interval.

    Each resample draws, within each set, the draws and (within each class) the pictures with
    replacement, so the interval speaks of other references and other parts. With a baseline, the
    value is the difference to it, on the same resamples (paired).

    Args:
        sets: one entry per set; one entry gives the interval of that set alone.
        baseline: the same sets in the same order, on identical splits.
        n: number of resamples.
        seed: of the resampling.

    Raises:
        ValueError: as ``mean_auroc``; no set; or the baseline's splits differ.
    """
    _check_pairing(sets, baseline)
    rng = np.random.default_rng(seed)
    ours = [_wins(draws) for draws in sets]
    theirs = None if baseline is None else [_wins(draws) for draws in baseline]
    value = float(np.mean([mean_auroc(draws) for draws in sets]))
    if baseline is not None:
        value -= float(np.mean([mean_auroc(draws) for draws in baseline]))
    resampled = [_resampled_macro_mean(ours, theirs, rng) for _ in range(n)]
    low, high = np.percentile(resampled, (2.5, 97.5))
    return Interval(value, float(low), float(high))


def _resampled_macro_mean(
    ours: Sequence[_Wins], theirs: Sequence[_Wins] | None, rng: np.random.Generator
) -> float:
    values = []
    for index, wins in enumerate(ours):
        n_draws, n_anomalous, n_normal = wins.wins_dan.shape
        draw_weights = _counts(rng, n_draws)
        weights = _counts(rng, n_anomalous), _counts(rng, n_normal)
        value = _weighted_mean(wins, draw_weights, weights)
        if theirs is not None:
            value -= _weighted_mean(theirs[index], draw_weights, weights)
        values.append(value)
    return float(np.mean(values))


def _weighted_mean(
    wins: _Wins, draw_weights: npt.NDArray[np.float64], weights: tuple[FloatMatrix, FloatMatrix]
) -> float:
    anomalous, normal = weights
    won = anomalous @ (wins.wins_dan @ normal).T
    pairs = anomalous.sum() * (wins.tested_dn @ normal)
    # A resample may leave a draw without a tested normal picture; that draw then says nothing.
    kept = np.where(pairs > 0, draw_weights, 0.0)
    aurocs = np.divide(won, pairs, out=np.zeros_like(pairs), where=pairs > 0)
    return float(kept @ aurocs / kept.sum())


def _counts(rng: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
    return np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)


def _wins(draws: DrawScores) -> _Wins:
    labels, scores = draws
    if scores.ndim != 2 or labels.shape != scores.shape[1:]:
        raise ValueError(f"got {labels.shape} labels and scores of shape {scores.shape}")
    anomalous, normal = scores[:, labels == 1], scores[:, labels == 0]
    tested = ~np.isnan(normal)
    if np.isnan(anomalous).any() or not anomalous.size or not tested.any(axis=1).all():
        raise ValueError("every draw must score all anomalous pictures and at least one normal one")
    higher = anomalous[:, :, None] > normal[:, None, :]
    equal = anomalous[:, :, None] == normal[:, None, :]
    return _Wins(higher + 0.5 * equal, tested.astype(np.float64))


def _check_pairing(sets: Sequence[DrawScores], baseline: Sequence[DrawScores] | None) -> None:
    if not sets:
        raise ValueError("needs at least one set")
    for ours, theirs in zip(sets, baseline or sets, strict=True):
        same = ours.scores_dn.shape == theirs.scores_dn.shape and np.array_equal(
            np.isnan(ours.scores_dn), np.isnan(theirs.scores_dn)
        )
        if not same or not np.array_equal(ours.gt_labels, theirs.gt_labels):
            raise ValueError("a method and its baseline must be scored on identical splits")
