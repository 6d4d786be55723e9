"""A ResNet-18 as the tower of Anomaly-OV's expert. Knows no expert."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tools.arrays import UInt8Image
from tools.experts.backbones.resnet18 import ResNet18, load_resnet18
from tools.experts.backbones.tower import TowerFeatures

if TYPE_CHECKING:
    import torch
    from torch import Tensor

TAPS = ("layer2.0", "layer2.1", "layer3.0", "layer3.1")
WIDTHS = (128, 128, 256, 256)
STRIDE_PX = 16
CROPS_AT_ONCE = 16


class ResNet18Tower:
    """Four blocks pooled to one grid; the last one is the final features.

    Each patch of each level is brought to the length sqrt(width): responses of a network of
    rectifiers grow with contrast, which no layer norm takes out here.
    """

    hidden = WIDTHS[-1]
    tap_widths = WIDTHS
    patch_px = STRIDE_PX

    def __init__(self, network: ResNet18, *, side_px: int = 256, device: str = "cpu") -> None:
        """Wrap a network.

        Args:
            network: the feature maps.
            side_px: of a crop, a multiple of 16.
            device: torch's name of the device that computes.

        Raises:
            ValueError: where the side is no multiple of 16.
        """
        if side_px < STRIDE_PX or side_px % STRIDE_PX:
            raise ValueError(f"side_px must be a multiple of {STRIDE_PX}, got {side_px}")
        self._network = network
        self.device, self.side_px = device, side_px
        self.grid_side = side_px // STRIDE_PX
        self.digest = f"resnet18/1-{side_px}-{network.digest[:32]}"

    @property
    def dtype(self) -> torch.dtype:
        """float32 on every device."""
        import torch

        return torch.float32

    def features(self, crops_hwc: Sequence[UInt8Image]) -> TowerFeatures:
        """See `Tower.features`."""
        import torch

        parts = [
            self._look(crops_hwc[start : start + CROPS_AT_ONCE])
            for start in range(0, len(crops_hwc), CROPS_AT_ONCE)
        ]
        taps = tuple(torch.cat(level) for level in zip(*parts, strict=True))
        return TowerFeatures(taps[-1], taps)

    def _look(self, crops_hwc: Sequence[UInt8Image]) -> list[Tensor]:
        import torch
        from torch.nn import functional

        batch = torch.from_numpy(np.stack(crops_hwc)).to(self.device).permute(0, 3, 1, 2)
        blocks = self._network.blocks(batch.float() / 255)
        with torch.inference_mode():
            levels = []
            for name, width in zip(TAPS, WIDTHS, strict=True):
                pooled = functional.adaptive_avg_pool2d(blocks[name], self.grid_side)
                patches = pooled.flatten(2).transpose(1, 2)
                levels.append(functional.normalize(patches, dim=-1) * width**0.5)
            return levels


def load_resnet18_tower(folder: Path, *, device: str = "cpu") -> ResNet18Tower:
    """Load the network from its folder of plain tensors.

    Raises:
        WeightsError: where a file is missing or holds no array of numbers.
    """
    return ResNet18Tower(load_resnet18(folder), device=device)
