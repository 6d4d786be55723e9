"""What an expert can say that needs no references. Knows no implementation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from tools.arrays import UInt8Image
from tools.ports import ExpertScore

MODERATELY = 0.3
HIGHLY = 0.7
"""Scores from which on Anomaly-OV says `moderately` and `highly suspicious features`."""


@runtime_checkable
class ZeroShotMemory(Protocol):
    """A memory that judges any window as a picture of its own."""

    def score_window(self, image_hwc: UInt8Image, box_xyxy: Sequence[float]) -> ExpertScore:
        """Cut a window out and judge it alone; the map is in the window's frame.

        Args:
            image_hwc: (H, W, 3), the whole picture.
            box_xyxy: in its pixels, far corner exclusive; rounded outwards.
        """
        ...

    def suspicion(self, raw_score: float) -> str:
        """`slightly`, `moderately` or `highly`."""
        ...


def suspicion_word(score: float) -> str:
    """How suspicious a score in [0, 1] is, as Anomaly-OV tells its language model."""
    if score < MODERATELY:
        return "slightly"
    return "moderately" if score < HIGHLY else "highly"
