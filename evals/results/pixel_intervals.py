"""Intervals of pixel metrics: pictures are resampled, not pixels, which hang together.

The resamples work on counts by level of each picture, so that no map is scored a second time. Knows
no row and no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evals.metrics.intervals import Interval
from evals.metrics.pixel_input import split_map
from evals.metrics.pixel_tally import (
    PixelTally,
    aupro_of,
    auroc_of,
    average_precision_of,
    f1_max_of,
)
from tools.arrays import BoolMask, Float32Map

MAX_LEVELS = 512
"""Levels that scores are rounded to for the resamples; values themselves are not rounded."""
N_RESAMPLES = 500
PERCENTILES = (2.5, 97.5)
Matrix = npt.NDArray[np.float64]
Vector = npt.NDArray[np.float64]
FIGURES: dict[str, Callable[[PixelTally], float]] = {
    "pixel AUROC": auroc_of,
    "pixel AP": average_precision_of,
    "pixel F1-max": lambda tally: f1_max_of(tally)[0],
    "AU-PRO 0.3": aupro_of,
}


class LevelCounts(NamedTuple):
    """Pixels of each picture at each level, highest level first."""

    levels: npt.NDArray[np.float64]  # (L,)
    anomalous: Matrix  # (P, L)
    overlap: Matrix  # (P, L), each anomalous pixel as 1 / the area of its region
    normal: Matrix  # (P, L)
    n_regions: Matrix  # (P,)


def pixel_draws(
    pairs: Callable[[], Iterable[tuple[BoolMask, Float32Map]]], *, seed: int | Sequence[int]
) -> dict[str, Vector]:
    """Every figure of 500 resamples of pictures.

    Args:
        pairs: gives (mask, map) of each picture; is asked twice.
        seed: of the resampling. A resample without an anomalous pixel is drawn again.

    Returns:
        (500,) of each figure. Those of several products, drawn apart, average to draws of the mean
        over products.
    """
    counts = level_counts(pairs)
    rng = np.random.default_rng(seed)
    n_pictures = counts.anomalous.shape[0]
    found: dict[str, list[float]] = {name: [] for name in FIGURES}
    while len(found["pixel AUROC"]) < N_RESAMPLES:
        weights = np.bincount(rng.integers(0, n_pictures, n_pictures), minlength=n_pictures)
        tally = tally_of(counts, weights.astype(np.float64))
        if tally.n_anomalous.sum() == 0 or tally.n_normal == 0:
            continue
        for name, figure in FIGURES.items():
            found[name].append(figure(tally))
    return {name: np.array(values) for name, values in found.items()}


def interval_of(draws: Vector, *, value: float) -> Interval:
    """A value with the 95 % interval of its draws, which always holds it.

    The draws' scores are rounded to levels, and the value's are not.
    """
    low, high = np.percentile(draws, PERCENTILES)
    return Interval(value, min(float(low), value), max(float(high), value))


def level_counts(pairs: Callable[[], Iterable[tuple[BoolMask, Float32Map]]]) -> LevelCounts:
    """Counts of every picture at the levels that all of them share."""
    levels = _levels(pairs())
    rows = [_counted(mask, anomaly_map, levels) for mask, anomaly_map in pairs()]
    anomalous, overlap, normal, n_regions = (np.array(column) for column in zip(*rows, strict=True))
    return LevelCounts(levels[::-1], anomalous, overlap, normal, n_regions)


def _levels(pairs: Iterable[tuple[BoolMask, Float32Map]]) -> npt.NDArray[np.float64]:
    """Ascending: every score where there are few, else quantiles of anomalous and normal pixels."""
    distinct: npt.NDArray[np.float64] = np.zeros(0)
    for mask, anomaly_map in pairs:
        own = np.unique(anomaly_map)
        if own.size > MAX_LEVELS:
            parts = [anomaly_map[mask], anomaly_map[~mask]]
            cuts = np.linspace(0, 1, MAX_LEVELS // 2)
            own = np.concatenate([np.quantile(part, cuts) for part in parts if part.size])
        distinct = np.unique(np.concatenate([distinct, own.astype(np.float64)]))
    if distinct.size <= MAX_LEVELS:
        return distinct
    return np.unique(np.quantile(distinct, np.linspace(0, 1, MAX_LEVELS)))


def _counted(
    mask: BoolMask, anomaly_map: Float32Map, levels: npt.NDArray[np.float64]
) -> tuple[Matrix, Matrix, Matrix, float]:
    """Counts of one picture, highest level first; a score counts at the level at or below it."""
    split = split_map(mask, anomaly_map)
    n_levels = levels.size

    def places(scores: npt.NDArray[np.floating]) -> npt.NDArray[np.int64]:
        return np.clip(np.searchsorted(levels, scores, side="right") - 1, 0, n_levels - 1)

    weights = 1.0 / split.areas[split.region_of] if split.areas.size else None
    at = places(split.anomalous)
    anomalous = np.bincount(at, minlength=n_levels).astype(np.float64)
    overlap = np.bincount(at, weights=weights, minlength=n_levels).astype(np.float64)
    normal = np.bincount(places(split.normal), minlength=n_levels).astype(np.float64)
    return anomalous[::-1], overlap[::-1], normal[::-1], float(split.areas.size)


def tally_of(counts: LevelCounts, weights: Matrix) -> PixelTally:
    """The tally of pictures taken so many times each, (P,)."""
    anomalous, overlap, normal = (weights @ one for one in counts[1:4])
    above = np.cumsum(normal) - normal
    taken = anomalous > 0
    return PixelTally(
        scores=counts.levels[taken],
        n_anomalous=anomalous[taken].astype(np.int64),
        overlap=overlap[taken],
        n_above=above[taken].astype(np.int64),
        n_equal=normal[taken].astype(np.int64),
        n_normal=int(normal.sum()),
        n_regions=int(weights @ counts.n_regions),
    )
