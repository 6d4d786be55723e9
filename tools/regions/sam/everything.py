"""Automatic mask generation over a model that answers prompts. Knows no architecture.

Method: SAM's automatic mask generator (Kirillov et al. 2023, appendix B): a grid of points,
masks kept by predicted and by measured quality, duplicates suppressed by box.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from tools.arrays import BoolMask, UInt8Image
from tools.masks import decode_rle, encode_rle
from tools.regions.sam.algebra import (
    Crop,
    boxes_of,
    crops_of,
    near_crop_edge,
    point_grid,
    stability,
    suppressed,
    without_small_parts,
)
from tools.regions.sam.contract import EverythingSettings, SegmentedMask

if TYPE_CHECKING:
    from torch import Tensor


class Embedded(NamedTuple):
    """A picture as the model sees it."""

    features: Tensor
    """(1, C, grid, grid)."""
    input_px: tuple[int, int]
    """Height and width of the picture in the model's square input, before its padding."""
    size_px: tuple[int, int]
    """Height and width of the picture."""


class PromptedModel(Protocol):
    """A SAM that answers many prompts of one picture at once."""

    def embed(self, image_hwc: UInt8Image) -> Embedded:
        """Look at a picture once."""
        ...

    def points(self, seen: Embedded, points_xy: NDArray[np.float64]) -> tuple[Tensor, Tensor]:
        """Masks of single points: low logits (N, 3, h, w) and predicted IoU (N, 3)."""
        ...

    def upscaled(self, seen: Embedded, low_nhw: Tensor) -> Tensor:
        """(N, H, W) logits in the frame of the picture."""
        ...


class _Found(NamedTuple):
    """One mask before duplicates are suppressed."""

    counts: str
    """Run lengths in the frame of the whole picture."""
    box_xyxy: tuple[int, int, int, int]
    predicted_iou: float
    crop: Crop


def segment_everything(
    model: PromptedModel, image_hwc: UInt8Image, settings: EverythingSettings
) -> list[SegmentedMask]:
    """Masks of everything in a picture.

    Args:
        model: answers prompts.
        image_hwc: (H, W, 3) RGB.
        settings: as the original generator's, by the same names.

    Returns:
        By predicted IoU, the best first; where crops were looked at, those of the smallest first.
    """
    height_px, width_px = image_hwc.shape[:2]
    crops = crops_of(
        height_px,
        width_px,
        n_layers=settings.crop_n_layers,
        overlap_ratio=settings.crop_overlap_ratio,
    )
    found = [one for crop in crops for one in _in_crop(model, image_hwc, crop, settings)]
    if len(crops) > 1:
        found = _distinct(
            found,
            [1 / ((one.crop.x2 - one.crop.x1) * (one.crop.y2 - one.crop.y1)) for one in found],
            iou_thresh=settings.crop_nms_thresh,
        )
    masks = [
        SegmentedMask(
            decode_rle(one.counts, height_px=height_px, width_px=width_px), one.predicted_iou
        )
        for one in found
    ]
    return tidied(masks, settings)


def tidied(masks: list[SegmentedMask], settings: EverythingSettings) -> list[SegmentedMask]:
    """Remove small islands and holes, then what became a duplicate; untouched masks win.

    Args:
        masks: of one picture.
        settings: `min_mask_region_area_px` 0 leaves all as they are.
    """
    import torch

    if not masks or settings.min_mask_region_area_px <= 0:
        return masks
    cleaned = [
        without_small_parts(one.mask, min_px=settings.min_mask_region_area_px) for one in masks
    ]
    untouched = [
        float(np.array_equal(before.mask, after))
        for before, after in zip(masks, cleaned, strict=True)
    ]
    kept = suppressed(
        boxes_of(torch.from_numpy(np.stack(cleaned))).numpy().astype(np.float64),
        np.array(untouched),
        iou_thresh=max(settings.box_nms_thresh, settings.crop_nms_thresh),
    )
    return [SegmentedMask(cleaned[one], masks[one].predicted_iou) for one in kept]


def _in_crop(
    model: PromptedModel, image_hwc: UInt8Image, crop: Crop, settings: EverythingSettings
) -> list[_Found]:
    part = np.ascontiguousarray(image_hwc[crop.y1 : crop.y2, crop.x1 : crop.x2])
    n_side = int(settings.points_per_side / settings.crop_n_points_downscale_factor**crop.layer)
    points = point_grid(n_side) * (part.shape[1], part.shape[0])
    seen = model.embed(part)
    found: list[_Found] = []
    for first in range(0, len(points), settings.points_per_batch):
        batch = points[first : first + settings.points_per_batch]
        found += _of_points(model, seen, batch, crop, image_hwc, settings)
    scores = [one.predicted_iou for one in found]
    return _distinct(found, scores, iou_thresh=settings.box_nms_thresh)


def _of_points(
    model: PromptedModel,
    seen: Embedded,
    points_xy: NDArray[np.float64],
    crop: Crop,
    image_hwc: UInt8Image,
    settings: EverythingSettings,
) -> list[_Found]:
    height_px, width_px = image_hwc.shape[:2]
    low, predicted = (found.flatten(0, 1) for found in model.points(seen, points_xy))
    if settings.pred_iou_thresh > 0:
        sure = predicted > settings.pred_iou_thresh
        # Before they are upscaled: most masks end here, and the large pictures are what costs.
        low, predicted = low[sure], predicted[sure]
    logits = model.upscaled(seen, low)
    if settings.stability_score_thresh > 0:
        steady = stability(logits, offset=settings.stability_score_offset)
        kept = steady >= settings.stability_score_thresh
        logits, predicted = logits[kept], predicted[kept]
    masks = logits > 0
    boxes = boxes_of(masks)
    whole = ~near_crop_edge(boxes, crop, height_px=height_px, width_px=width_px)
    found = zip(
        masks[whole].cpu().numpy(), boxes[whole].tolist(), predicted[whole].tolist(), strict=True
    )
    return [
        _Found(
            _uncropped(mask, crop, height_px=height_px, width_px=width_px),
            (x1 + crop.x1, y1 + crop.y1, x2 + crop.x1, y2 + crop.y1),
            score,
            crop,
        )
        for mask, (x1, y1, x2, y2), score in found
    ]


def _uncropped(mask: BoolMask, crop: Crop, *, height_px: int, width_px: int) -> str:
    whole = np.zeros((height_px, width_px), dtype=np.bool_)
    whole[crop.y1 : crop.y2, crop.x1 : crop.x2] = mask
    return encode_rle(whole)


def _distinct(found: list[_Found], scores: list[float], *, iou_thresh: float) -> list[_Found]:
    boxes = np.array([one.box_xyxy for one in found], dtype=np.float64).reshape(-1, 4)
    kept = suppressed(boxes, np.array(scores, dtype=np.float64), iou_thresh=iou_thresh)
    return [found[one] for one in kept]
