"""What a backbone is: pictures in, a grid of patch features out. Knows no implementation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tools.arrays import UInt8Image

if TYPE_CHECKING:
    from torch import Tensor


class InputSize(NamedTuple):
    """Size that a picture is resized to before the features are taken, in pixels."""

    height_px: int
    width_px: int


class Backbone(Protocol):
    """Turns pictures into patch features whose Euclidean distance means unlikeness."""

    @property
    def name(self) -> str:
        """Its entry in the table of backbones."""
        ...

    @property
    def version(self) -> str:
        """Digest of weights and parameters."""
        ...

    def input_size(self, height_px: int, width_px: int) -> InputSize:
        """Size at which a picture of `height_px` x `width_px` is looked at."""
        ...

    def features(self, images_hwc: Sequence[UInt8Image], *, device: str) -> Tensor:
        """Patch features of pictures that share one input size.

        Args:
            images_hwc: each (H, W, 3) RGB.
            device: torch's name of the device that computes, "cpu" or "cuda".

        Returns:
            (B, h, w, D) float32 on `device`; cell (i, j) covers the input's rectangle of
            1/h by 1/w at that place.

        Raises:
            ValueError: where the pictures do not share one input size.
        """
        ...
