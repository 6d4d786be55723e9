"""Distinct scores of anomalous pixels, ascending, and counting sorted normal pixels against them.

Knows nothing of where the pixels come from.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

BLOCK = 2**24
"""Sorted normal pixels that are counted at a time: 64 MB as float32."""

MIN_CUT = 2**20
"""Fewer scores are sorted whole."""
WORTH_CUTTING = 0.7
"""A larger share is sorted whole."""
N_SAMPLED = 2**16
MARGIN = 1.05
"""How much more than the share the sample's cut keeps: eight standard errors at a share of 0.3."""

_SIGN = np.uint32(0x80000000)
AnyVector = npt.NDArray[Any]
IntVector = npt.NDArray[np.int64]


class Distinct(NamedTuple):
    """The K distinct scores of anomalous pixels."""

    scores: AnyVector  # (K,) ascending
    counts: IntVector  # (K,) pixels
    overlap: npt.NDArray[np.float64]  # (K,) sum of 1 / area of the pixel's region


def distinct_scores(
    scores: AnyVector, region_of: npt.NDArray[np.int32], areas: IntVector
) -> Distinct:
    """Group pixels by score.

    Args:
        scores: (A,) float32 or float64.
        region_of: (A,) index into ``areas``.
        areas: (R,) pixels of each region.
    """
    if scores.size == 0:
        return Distinct(scores, np.zeros(0, dtype=np.int64), np.zeros(0))
    ordered, regions = (
        _order_float32(scores, region_of)
        if scores.dtype == np.float32
        else _order_any(scores, region_of)
    )
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    counts = np.diff(np.append(starts, ordered.size))
    overlap = np.add.reduceat(1.0 / areas[regions], starts)
    return Distinct(ordered[starts], counts, overlap)


class Counts:
    """For each distinct score, the normal pixels above and at it."""

    def __init__(self, scores: AnyVector) -> None:
        """Count nothing yet.

        Args:
            scores: (K,) ascending and distinct.
        """
        self._scores = scores
        self.above = np.zeros(scores.size, dtype=np.int64)
        self.equal = np.zeros(scores.size, dtype=np.int64)

    def add(self, ordered: AnyVector) -> None:
        """Count normal pixels, (N,) ascending; a memory map is read block by block."""
        for start in range(0, ordered.size, BLOCK):
            self._add_block(np.asarray(ordered[start : start + BLOCK]))

    def _add_block(self, block: AnyVector) -> None:
        low, high = (
            np.searchsorted(self._scores, block[0]),
            np.searchsorted(self._scores, block[-1], side="right"),
        )
        self.above[:low] += block.size
        touched = self._scores[low:high]
        first = np.searchsorted(block, touched, side="left")
        last = np.searchsorted(block, touched, side="right")
        self.above[low:high] += block.size - last
        self.equal[low:high] += last - first


def highest(scores: AnyVector, *, share: float) -> AnyVector:
    """The highest scores, at least this share of them: a copy, or all where a cut saves little.

    A sample tells where to cut; what it misjudges costs time, not exactness.

    Args:
        scores: (N,) in any order.
        share: in (0, 1].
    """
    if share > WORTH_CUTTING or scores.size < MIN_CUT:
        return scores
    drawn = np.random.default_rng(0).integers(0, scores.size, N_SAMPLED)
    cut = np.sort(scores[drawn])[int((1 - MARGIN * share) * N_SAMPLED)]
    top = scores[scores >= cut]
    return top if top.size >= share * scores.size else scores


def _order_float32(
    scores: AnyVector, region_of: npt.NDArray[np.int32]
) -> tuple[AnyVector, npt.NDArray[np.int64]]:
    # Sorting score and region as one 64-bit number is many times faster than an argsort.
    bits = (scores + np.float32(0)).view(np.uint32)  # -0.0 becomes 0.0: they are equal
    key = np.where(bits & _SIGN, ~bits, bits | _SIGN).astype(np.uint64)
    packed = (key << np.uint64(32)) | region_of.astype(np.uint64)
    packed.sort()
    regions = (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)
    key32 = (packed >> np.uint64(32)).astype(np.uint32)
    ordered = np.where(key32 & _SIGN, key32 ^ _SIGN, ~key32).view(np.float32)
    return ordered, regions


def _order_any(
    scores: AnyVector, region_of: npt.NDArray[np.int32]
) -> tuple[AnyVector, npt.NDArray[np.int64]]:
    order = np.argsort(scores, kind="stable")
    return scores[order], region_of[order].astype(np.int64)
