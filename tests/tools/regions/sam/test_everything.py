"""Automatic masks by a scripted model whose masks are squares around the points it is asked."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tools.arrays import UInt8Image
from tools.regions.sam import EverythingSettings
from tools.regions.sam.everything import Embedded, segment_everything


class Squares:
    """Answers each point with a square of 10 px, one of 4 px and the whole picture."""

    def __init__(self, qualities: tuple[float, float, float]) -> None:
        self.qualities = qualities
        self.asked: list[int] = []

    def embed(self, image_hwc: UInt8Image) -> Embedded:
        size = (image_hwc.shape[0], image_hwc.shape[1])
        return Embedded(torch.zeros(1, 1, 1, 1), size, size)

    def points(self, seen: Embedded, points_xy: NDArray[np.float64]) -> tuple[Tensor, Tensor]:
        self.asked.append(len(points_xy))
        height_px, width_px = seen.size_px
        rows, columns = np.mgrid[:height_px, :width_px]
        logits = np.full((len(points_xy), 3, height_px, width_px), -5.0, dtype=np.float32)
        for n, (x, y) in enumerate(points_xy):
            away = np.maximum(abs(rows + 0.5 - y), abs(columns + 0.5 - x))
            logits[n, 0][away < 5] = 5.0
            logits[n, 1][away < 2] = 5.0
            logits[n, 2] = 5.0
        return torch.from_numpy(logits), torch.tensor([self.qualities] * len(points_xy))

    def upscaled(self, seen: Embedded, low_nhw: Tensor) -> Tensor:
        return low_nhw


def areas(model: Squares, settings: EverythingSettings, side_px: int = 60) -> list[int]:
    image = np.zeros((side_px, side_px, 3), dtype=np.uint8)
    return [int(one.mask.sum()) for one in segment_everything(model, image, settings)]


def test_each_point_gives_its_masks_and_the_whole_is_found_once() -> None:
    # 2 x 2 points: four squares of 100 px, four of 16, the whole picture once.
    settings = EverythingSettings(points_per_side=2, pred_iou_thresh=0.5)
    assert areas(Squares((0.9, 0.8, 0.7)), settings) == [100] * 4 + [16] * 4 + [3600]


def test_masks_below_the_asked_quality_go() -> None:
    settings = EverythingSettings(points_per_side=2, pred_iou_thresh=0.5)
    assert areas(Squares((0.9, 0.4, 0.5)), settings) == [100] * 4


def test_points_are_asked_in_batches() -> None:
    model = Squares((0.9, 0.4, 0.4))
    areas(model, EverythingSettings(points_per_side=3, points_per_batch=4, pred_iou_thresh=0.5))
    assert model.asked == [4, 4, 1]


def test_duplicates_of_near_points_are_suppressed() -> None:
    # Points 6 px apart along a side of 24: two neighbours inside share 3 of 9 px along one axis,
    # corner to corner, so 27 of 81 + 81 - 27.
    loose = EverythingSettings(points_per_side=4, box_nms_thresh=0.6, pred_iou_thresh=0.5)
    strict = EverythingSettings(points_per_side=4, box_nms_thresh=0.19, pred_iou_thresh=0.5)
    assert len(areas(Squares((0.9, 0.4, 0.4)), loose, side_px=24)) == 16
    assert 4 <= len(areas(Squares((0.9, 0.4, 0.4)), strict, side_px=24)) < 16


def test_masks_that_a_crop_cuts_are_left_to_the_larger_picture() -> None:
    settings = EverythingSettings(
        points_per_side=2, crop_n_layers=1, crop_n_points_downscale_factor=2, pred_iou_thresh=0.5
    )
    # Each of the 4 crops asks one point; the crop's own whole touches its edges and goes.
    model = Squares((0.9, 0.4, 0.4))
    found = areas(model, settings, side_px=120)
    assert model.asked == [4, 1, 1, 1, 1]
    # Crops of 80 px at 0 and 40: their points lie at 40 and 80, those of the picture at 30 and 90.
    assert found == [100] * 8


def test_a_picture_without_a_good_mask_has_none() -> None:
    assert areas(Squares((0.1, 0.1, 0.1)), EverythingSettings(points_per_side=2)) == []
