"""What a tower is: square crops in, features of several depths out. Knows no implementation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tools.arrays import UInt8Image

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class TowerFeatures(NamedTuple):
    """Of B crops: N patches each, row by row."""

    final_bnd: Tensor
    """(B, N, D): v^o in Anomaly-OV's equations."""
    taps: tuple[Tensor, ...]
    """Of each level (B, N, its width)."""


class Tower(Protocol):
    """A frozen network that Anomaly-OV's expert looks through."""

    @property
    def digest(self) -> str:
        """Of weights and of where it is tapped."""
        ...

    @property
    def device(self) -> str: ...

    @property
    def dtype(self) -> torch.dtype: ...

    @property
    def side_px(self) -> int:
        """Of a crop."""
        ...

    @property
    def patch_px(self) -> int:
        """Side of a patch on a crop; what a crop has beyond its patches is not seen."""
        ...

    @property
    def grid_side(self) -> int:
        """Patches along a side of a crop."""
        ...

    @property
    def hidden(self) -> int:
        """Width of the final features."""
        ...

    @property
    def tap_widths(self) -> tuple[int, ...]: ...

    def features(self, crops_hwc: Sequence[UInt8Image]) -> TowerFeatures:
        """Look at crops, a bounded number at a time.

        Args:
            crops_hwc: each (side, side, 3).
        """
        ...
