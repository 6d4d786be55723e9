"""Pixel metrics from one small table: the distinct scores of anomalous pixels and what beats them.

AUROC, average precision, F1-max and AU-PRO all depend on the normal pixels only through how many
score above, and how many equal, each anomalous pixel. Knows nothing of maps, masks or memory.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

DEFAULT_FPR_LIMIT = 0.3

IntVector = npt.NDArray[np.int64]
FloatVector = npt.NDArray[np.float64]


class PixelTally(NamedTuple):
    """One row for each of the K distinct scores that an anomalous pixel has, highest first."""

    scores: FloatVector  # (K,) descending
    n_anomalous: IntVector  # (K,) anomalous pixels of this score
    overlap: FloatVector  # (K,) sum over them of 1 / (area of the pixel's region)
    n_above: IntVector  # (K,) normal pixels that score higher
    n_equal: IntVector  # (K,) normal pixels of this score
    n_normal: int  # normal pixels in all
    n_regions: int  # connected anomalous regions in all


class PixelScores(NamedTuple):
    """The four pixel metrics of one set of maps."""

    auroc: float
    average_precision: float
    f1_max: float
    f1_threshold: float  # the pixel is anomalous where its score is at least this
    aupro: float
    n_anomalous: int
    n_normal: int
    n_regions: int


def scores_of(tally: PixelTally, *, fpr_limit: float = DEFAULT_FPR_LIMIT) -> PixelScores:
    """All metrics at once.

    Raises:
        ValueError: no normal or no anomalous pixel, or fpr_limit outside (0, 1].
    """
    best, threshold = f1_max_of(tally)
    return PixelScores(
        auroc=auroc_of(tally),
        average_precision=average_precision_of(tally),
        f1_max=best,
        f1_threshold=threshold,
        aupro=aupro_of(tally, fpr_limit=fpr_limit),
        n_anomalous=int(tally.n_anomalous.sum()),
        n_normal=tally.n_normal,
        n_regions=tally.n_regions,
    )


def auroc_of(tally: PixelTally) -> float:
    """P(anomalous pixel scores higher than a normal one) + P(equal) / 2."""
    n_anomalous = _checked(tally)
    lost = tally.n_above + tally.n_equal / 2
    pairs = float(n_anomalous) * tally.n_normal
    return float(1 - np.sum(tally.n_anomalous * lost) / pairs)


def average_precision_of(tally: PixelTally) -> float:
    """Sum over thresholds of (recall step) * precision; equal scores form one threshold."""
    n_anomalous = _checked(tally)
    found = np.cumsum(tally.n_anomalous)
    precision = found / (found + tally.n_above + tally.n_equal)
    return float(np.sum(tally.n_anomalous * precision) / n_anomalous)


def f1_max_of(tally: PixelTally) -> tuple[float, float]:
    """The largest F1 over thresholds, and the highest threshold that reaches it.

    A threshold between two scores of anomalous pixels only adds normal pixels, so none is missed.
    """
    n_anomalous = _checked(tally)
    found = np.cumsum(tally.n_anomalous)
    f1 = 2 * found / (n_anomalous + found + tally.n_above + tally.n_equal)
    best = int(np.argmax(f1))
    return float(f1[best]), float(tally.scores[best])


def aupro_of(tally: PixelTally, *, fpr_limit: float = DEFAULT_FPR_LIMIT) -> float:
    """Area under mean region overlap against the false positive rate, up to a limit.

    Bergmann et al. (IJCV 2021): at each threshold the overlap of every connected region, averaged
    over all regions of all pictures, against the FPR over all normal pixels; trapezoids between
    distinct thresholds, interpolated at the limit, and divided by the limit. Each anomalous pixel
    adds 1 / (area * regions) from its own FPR on, so the area is a sum over pixels and no curve is
    made.

    Raises:
        ValueError: no normal or no anomalous pixel, or fpr_limit outside (0, 1].
    """
    if not 0 < fpr_limit <= 1:
        raise ValueError(f"fpr_limit must be in (0, 1], got {fpr_limit!r}")
    _checked(tally)
    start = tally.n_above / tally.n_normal
    width = tally.n_equal / tally.n_normal
    inside = np.clip(fpr_limit - start, 0, width)  # of the tie's own ramp
    # A ramp of width w that is cut after x has risen to x / w: area x * x / (2 w).
    risen = np.divide(inside, width, out=np.ones_like(inside), where=width > 0)
    after = np.clip(fpr_limit - start - width, 0, None)
    reached = inside * risen / 2 + after
    return float(np.sum(tally.overlap * reached) / (tally.n_regions * fpr_limit))


def _checked(tally: PixelTally) -> int:
    n_anomalous = int(tally.n_anomalous.sum())
    if n_anomalous == 0 or tally.n_normal == 0:
        raise ValueError(
            f"both kinds of pixels are needed, got {n_anomalous} anomalous and "
            f"{tally.n_normal} normal ones"
        )
    return n_anomalous
