"""What an expert can say that needs no references. Knows no implementation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from tools.arrays import UInt8Image
from tools.ports import ExpertScore, Memory

MODERATELY = 0.3
HIGHLY = 0.7
"""Scores from which on Anomaly-OV says `moderately` and `highly suspicious features`."""


@runtime_checkable
class ZeroShotMemory(Memory, Protocol):
    """A memory that judges pictures, and any window of one, without references."""

    @property
    def version(self) -> str:
        """See `Expert.version`."""
        ...

    def score_views(self, images_hwc: Sequence[UInt8Image]) -> list[ExpertScore]:
        """Judge the pictures of one asset that has several, such as its rendered views.

        Args:
            images_hwc: each (H, W, 3); sizes may differ. A single one is judged as `score` does.

        Returns:
            Of each picture, in their order; the map is in the picture's frame.
        """
        ...

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


def score_views(memory: Memory, images_hwc: Sequence[UInt8Image]) -> list[ExpertScore]:
    """Score the pictures of one asset with any expert; the asset is as bad as its worst picture.

    An expert that reads several pictures otherwise than one does so; the others score each alone.

    Args:
        memory: what an expert learnt.
        images_hwc: each (H, W, 3) RGB; sizes may differ.

    Raises:
        NotApplicable: where the expert has nothing to say of one of them.
    """
    if isinstance(memory, ZeroShotMemory):
        return memory.score_views(images_hwc)
    return memory.score(images_hwc)


def suspicion_word(score: float) -> str:
    """How suspicious a score in [0, 1] is, as Anomaly-OV tells its language model."""
    if score < MODERATELY:
        return "slightly"
    return "moderately" if score < HIGHLY else "highly"
