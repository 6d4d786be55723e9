"""Pixel metrics of a stream in fixed memory: scores rounded to 16 bits, exact from there on.

Two histograms and one of weights: 1.5 MB, however many maps. Knows nothing of data sets.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evals.metrics.pixel_input import checked_map, split_map
from evals.metrics.pixel_tally import (
    DEFAULT_FPR_LIMIT,
    PixelScores,
    PixelTally,
    aupro_of,
    auroc_of,
    average_precision_of,
    f1_max_of,
    scores_of,
)

N_LEVELS = 2**16

Pairs = Iterable[tuple[npt.ArrayLike, npt.ArrayLike]]


class PixelBounds(NamedTuple):
    """The least and the greatest that the unrounded scores can give: (low, high) of each."""

    auroc: tuple[float, float]
    average_precision: tuple[float, float]
    f1_max: tuple[float, float]
    aupro: tuple[float, float]


class QuantisedPixels:
    """Takes maps one by one; keeps how many pixels of each kind have each level."""

    def __init__(self, low: float, high: float) -> None:
        """Set the scale.

        Args:
            low: least score of any map; becomes level 0.
            high: greatest score of any map; becomes level 65,535.

        Raises:
            ValueError: not low < high, or not finite.
        """
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise ValueError(f"needs finite low < high, got {low!r} and {high!r}")
        self._low, self._step = low, (high - low) / (N_LEVELS - 1)
        self._normal = np.zeros(N_LEVELS, dtype=np.int64)
        self._anomalous = np.zeros(N_LEVELS, dtype=np.int64)
        self._overlap = np.zeros(N_LEVELS)
        self._n_regions = 0

    @property
    def step(self) -> float:
        """Scores closer than this may become equal; those further apart keep their order."""
        return self._step

    def add(self, gt_mask: npt.ArrayLike, anomaly_map: npt.ArrayLike) -> None:
        """Take one map; arguments and errors as ``split_map``.

        Raises:
            ValueError: also where a score lies outside the scale.
        """
        split = split_map(gt_mask, anomaly_map)
        self._normal += np.bincount(self._levels(split.normal), minlength=N_LEVELS)
        if split.areas.size:
            levels = self._levels(split.anomalous)
            weights = (1.0 / split.areas)[split.region_of]
            self._anomalous += np.bincount(levels, minlength=N_LEVELS)
            self._overlap += np.bincount(levels, weights=weights, minlength=N_LEVELS)
            self._n_regions += split.areas.size

    def tally(self) -> PixelTally:
        """The table of what was taken so far; scores are those of the levels."""
        levels = np.flatnonzero(self._anomalous)[::-1]
        at_or_above = np.cumsum(self._normal[::-1])[::-1]
        return PixelTally(
            scores=np.asarray(self._low + levels * self._step, dtype=np.float64),
            n_anomalous=self._anomalous[levels],
            overlap=self._overlap[levels],
            n_above=at_or_above[levels] - self._normal[levels],
            n_equal=self._normal[levels],
            n_normal=int(self._normal.sum()),
            n_regions=self._n_regions,
        )

    def _levels(self, scores: npt.NDArray[np.floating]) -> npt.NDArray[np.uint16]:
        levels = np.rint(np.subtract(scores, self._low, dtype=np.float64) / self._step)
        if levels.size and not (levels.min() >= 0 and levels.max() < N_LEVELS):
            high = self._low + self._step * (N_LEVELS - 1)
            raise ValueError(
                f"scores must lie in [{self._low}, {high}], got {float(scores.min())} to "
                f"{float(scores.max())}; give the range of all maps"
            )
        return np.asarray(levels, dtype=np.uint16)


def quantised_pixel_scores(
    pairs: Callable[[], Pairs],
    *,
    fpr_limit: float = DEFAULT_FPR_LIMIT,
    score_range: tuple[float, float] | None = None,
) -> tuple[PixelScores, PixelBounds]:
    """All pixel metrics of a stream and the error that rounding to 16 bits can have caused.

    Args:
        pairs: gives the stream of (mask, map); it is read twice where the range is not given.
        fpr_limit: of AU-PRO.
        score_range: least and greatest score of all maps.

    Raises:
        ValueError: as ``QuantisedPixels`` and ``scores_of``.
    """
    low, high = score_range or range_of(scores for _, scores in pairs())
    pixels = QuantisedPixels(low, high)
    for gt_mask, anomaly_map in pairs():
        pixels.add(gt_mask, anomaly_map)
    tally = pixels.tally()
    return scores_of(tally, fpr_limit=fpr_limit), bounds_of(tally, fpr_limit=fpr_limit)


def range_of(anomaly_maps: Iterable[npt.ArrayLike]) -> tuple[float, float]:
    """Least and greatest score of all maps.

    Raises:
        ValueError: no map, NaN, or all scores are equal.
    """
    low, high = np.inf, -np.inf
    for anomaly_map in anomaly_maps:
        scores = checked_map(anomaly_map)
        low, high = min(low, float(scores.min())), max(high, float(scores.max()))
    if not low < high:
        raise ValueError(f"needs maps with scores that differ, got {low!r} to {high!r}")
    return low, high


def bounds_of(tally: PixelTally, *, fpr_limit: float = DEFAULT_FPR_LIMIT) -> PixelBounds:
    """What the metrics are at least and at most, whatever the order within each level.

    Rounding only merges scores: pixels of different levels keep their order. So the truth lies
    between all normal pixels of a level scoring above its anomalous ones, and all below.
    """
    best = tally._replace(n_equal=np.zeros_like(tally.n_equal))
    worst = best._replace(n_above=tally.n_above + tally.n_equal)
    split = _split_within_levels(worst)
    return PixelBounds(
        auroc=(auroc_of(worst), auroc_of(best)),
        average_precision=(average_precision_of(split), average_precision_of(best)),
        f1_max=(f1_max_of(worst)[0], f1_max_of(best)[0]),
        aupro=(aupro_of(worst, fpr_limit=fpr_limit), aupro_of(best, fpr_limit=fpr_limit)),
    )


def _split_within_levels(worst: PixelTally) -> PixelTally:
    """Of each level one anomalous pixel alone, then the rest of them with the next level's first.

    Precision within a level grows with each anomalous pixel found, so the first one's bounds it.
    """
    found_before = np.cumsum(worst.n_anomalous) - worst.n_anomalous
    first_precision = (found_before + 1) / (found_before + 1 + worst.n_above)
    # As many normal pixels above as give every pixel of the level the first one's precision.
    found = np.cumsum(worst.n_anomalous)
    n_above = np.ceil(found / first_precision - found).astype(np.int64)
    return worst._replace(n_above=np.maximum(n_above, worst.n_above))
