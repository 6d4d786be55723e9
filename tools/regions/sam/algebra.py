"""Algebra of masks and boxes for automatic segmentation. Knows no model.

Boxes are `xyxy` of whole pixels, far corner inclusive here: SAM's own thresholds count so.
"""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import BoolMask, Int64Array

if TYPE_CHECKING:
    from torch import Tensor

EDGE_PX = 20.0
"""A mask that ends so near to a crop's edge goes on beyond it."""
EIGHT = np.ones((3, 3), dtype=np.bool_)


class Crop(NamedTuple):
    """A part of the picture that is segmented by itself."""

    x1: int
    y1: int
    x2: int
    y2: int
    layer: int


def point_grid(n_per_side: int) -> NDArray[np.float64]:
    """(n * n, 2) points, x and y in [0, 1], row by row: the centres of n x n cells."""
    centres = (np.arange(n_per_side) + 0.5) / n_per_side
    columns, rows = np.meshgrid(centres, centres)
    return np.stack((columns.ravel(), rows.ravel()), axis=1)


def crops_of(height_px: int, width_px: int, *, n_layers: int, overlap_ratio: float) -> list[Crop]:
    """The picture, then for each layer n >= 1 its (2 ** n) ** 2 overlapping parts, by column."""
    crops = [Crop(0, 0, width_px, height_px, 0)]
    for layer in range(1, n_layers + 1):
        n_side = 2**layer
        overlap = int(overlap_ratio * min(height_px, width_px) * (2 / n_side))
        crop_w = math.ceil((overlap * (n_side - 1) + width_px) / n_side)
        crop_h = math.ceil((overlap * (n_side - 1) + height_px) / n_side)
        for i, j in product(range(n_side), repeat=2):
            x1, y1 = (crop_w - overlap) * i, (crop_h - overlap) * j
            crops.append(
                Crop(x1, y1, min(x1 + crop_w, width_px), min(y1 + crop_h, height_px), layer)
            )
    return crops


def stability(logits_nhw: Tensor, *, offset: float) -> Tensor:
    """(N,) overlap of each mask cut at `offset` above and below 0; NaN where both are empty."""
    inner = (logits_nhw > offset).sum(dim=(1, 2))
    outer = (logits_nhw > -offset).sum(dim=(1, 2))
    return inner / outer


def boxes_of(masks_nhw: Tensor) -> Tensor:
    """(N, 4) int64 boxes around masks, far corner inclusive; zeros where a mask is empty."""
    import torch

    sides = []
    for axis in (1, 2):
        hit = masks_nhw.any(dim=axis)
        first = hit.int().argmax(dim=1)
        last = hit.shape[1] - 1 - hit.flip(1).int().argmax(dim=1)
        sides.append((first, torch.where(hit.any(dim=1), last, 0)))
    (left, right), (top, bottom) = sides
    return torch.stack((left, top, right, bottom), dim=1)


def near_crop_edge(boxes_xyxy: Tensor, crop: Crop, *, height_px: int, width_px: int) -> Tensor:
    """(N,) whether a box ends at an edge of its crop that is none of the picture's.

    Args:
        boxes_xyxy: (N, 4) in pixels of the crop.
        crop: the crop.
        height_px: of the picture.
        width_px: of the picture.
    """
    import torch

    shift = torch.tensor((crop.x1, crop.y1, crop.x1, crop.y1), device=boxes_xyxy.device)
    boxes = (boxes_xyxy + shift).double()
    edges = torch.tensor(crop[:4], device=boxes.device)
    picture = torch.tensor((0, 0, width_px, height_px), device=boxes.device)
    inside = (boxes - edges).abs() <= EDGE_PX
    outside = (boxes - picture).abs() <= EDGE_PX
    return (inside & ~outside).any(dim=1)


def suppressed(
    boxes_xyxy: NDArray[np.float64], scores: NDArray[np.float64], *, iou_thresh: float
) -> Int64Array:
    """Non-maximum suppression: indices of the boxes that stay, the best score first.

    Args:
        boxes_xyxy: (N, 4); areas are taken between the corners.
        scores: (N,); of equal ones the first counts as better.
        iou_thresh: a box stays unless one that stays overlaps it by more.
    """
    order = np.argsort(-scores, kind="stable")
    x1, y1, x2, y2 = boxes_xyxy[order].T
    areas = (x2 - x1) * (y2 - y1)
    stays = np.ones(len(order), dtype=np.bool_)
    for place in range(len(order)):
        if not stays[place]:
            continue
        width = np.minimum(x2[place], x2) - np.maximum(x1[place], x1)
        height = np.minimum(y2[place], y2) - np.maximum(y1[place], y1)
        shared = width.clip(min=0) * height.clip(min=0)
        # Multiplied out: boxes without area have no quotient, and overlap nothing.
        beaten = shared > iou_thresh * (areas[place] + areas - shared)
        beaten[: place + 1] = False
        stays &= ~beaten
    return order[stays].astype(np.int64)


def without_small_parts(mask: BoolMask, *, min_px: int) -> BoolMask:
    """Fill holes and remove islands below `min_px`, 8-connected; the largest island stays."""
    from scipy.ndimage import label

    holes, _ = label(~mask, structure=EIGHT)
    sizes = np.bincount(holes.ravel())
    filled = mask | ((sizes < min_px) & (np.arange(len(sizes)) > 0))[holes]
    islands, n_islands = label(filled, structure=EIGHT)
    sizes = np.bincount(islands.ravel())
    sizes[0] = 0
    large = sizes >= min_px
    large[0] = False
    if n_islands and not large.any():
        large[int(sizes.argmax())] = True
    return np.asarray(large[islands], dtype=np.bool_)
