"""Pictures to the tensors that backbones take. Knows no backbone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tools.arrays import UInt8Image
from tools.experts.backbones.contract import Backbone, InputSize

if TYPE_CHECKING:
    from torch import Tensor

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def size_of_equal_area(
    height_px: int, width_px: int, *, side_px: int, multiple_px: int
) -> InputSize:
    """Size of the picture's aspect with the area of a square of `side_px`.

    Both sides are multiples of `multiple_px`, eight of them at least, so that a sliver still
    gives a grid of patches.
    """
    scale = side_px / math.sqrt(height_px * width_px)

    def rounded(length_px: int) -> int:
        return max(8, round(length_px * scale / multiple_px)) * multiple_px

    return InputSize(rounded(height_px), rounded(width_px))


def batch_of(images_hwc: Sequence[UInt8Image], size: InputSize) -> Tensor:
    """Resize pictures (bilinear, antialiased) to one (B, 3, H, W) float32 tensor in 0 to 1."""
    import torch

    target = (size.width_px, size.height_px)
    resized = [
        np.array(Image.fromarray(image).resize(target, Image.Resampling.BILINEAR))
        for image in images_hwc
    ]
    return torch.from_numpy(np.stack(resized)).permute(0, 3, 1, 2).float() / 255


def shared_size(backbone: Backbone, images_hwc: Sequence[UInt8Image]) -> InputSize:
    """The one input size of all pictures.

    Raises:
        ValueError: where there are none, or several.
    """
    sizes = {backbone.input_size(image.shape[0], image.shape[1]) for image in images_hwc}
    if len(sizes) != 1:
        raise ValueError(f"a batch must share one input size, got {sorted(sizes)}")
    return sizes.pop()
