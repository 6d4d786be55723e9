"""One-to-one matching of regions to true boxes. Knows nothing of images, labels or scores."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

BoolMatrix = npt.NDArray[np.bool_]
FloatMatrix = npt.NDArray[np.float64]

MIN_IOU = 0.3
"""Overlap from which a region is a hit whatever its centre and size."""

MAX_AREA_RATIO = 4.0
"""A region whose centre lies in the box is a hit up to this multiple of the box's area."""


class BoxMatch(NamedTuple):
    """Which region answers which true box, each used once at most."""

    pairs: list[tuple[int, int]]  # (index of the box, index of the region), by box
    n_boxes: int
    n_regions: int

    @property
    def n_hits(self) -> int:
        """True boxes that a region hit."""
        return len(self.pairs)

    @property
    def n_false_regions(self) -> int:
        """Regions that hit no box."""
        return self.n_regions - len(self.pairs)


def match_boxes(gt_boxes_xyxy: npt.ArrayLike, pred_boxes_xyxy: npt.ArrayLike) -> BoxMatch:
    """Match regions to boxes one to one, with as many hits as possible, then the largest IoU.

    A region may hit a box where its centre lies in the box and its area is at most
    ``MAX_AREA_RATIO`` times the box's, or where their IoU is at least ``MIN_IOU``.

    Args:
        gt_boxes_xyxy: (G, 4) pixels, far corner exclusive; empty is allowed.
        pred_boxes_xyxy: (R, 4) in the same frame; empty is allowed.

    Raises:
        ValueError: not (n, 4), or a box without area.
    """
    from scipy.optimize import linear_sum_assignment

    gt_boxes = _checked_boxes(gt_boxes_xyxy, name="gt_boxes_xyxy")
    pred_boxes = _checked_boxes(pred_boxes_xyxy, name="pred_boxes_xyxy")
    iou = box_iou(gt_boxes, pred_boxes)
    may_hit = (iou >= MIN_IOU) | _centre_hits(gt_boxes, pred_boxes)
    # One hit outweighs all overlaps together, so overlap only decides between equal hit counts.
    gain = np.where(may_hit, 1.0 + iou / (min(iou.shape) + 1.0), 0.0)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    pairs = [
        (int(row), int(column))
        for row, column in zip(rows, columns, strict=True)
        if may_hit[row, column]
    ]
    return BoxMatch(pairs=pairs, n_boxes=len(gt_boxes), n_regions=len(pred_boxes))


def box_iou(boxes_xyxy: FloatMatrix, others_xyxy: FloatMatrix) -> FloatMatrix:
    """Intersection over union of every box with every other: (G, 4), (R, 4) to (G, R)."""
    top_left = np.maximum(boxes_xyxy[:, None, :2], others_xyxy[None, :, :2])
    bottom_right = np.minimum(boxes_xyxy[:, None, 2:], others_xyxy[None, :, 2:])
    overlap = np.prod(np.clip(bottom_right - top_left, 0, None), axis=2)
    union = _areas(boxes_xyxy)[:, None] + _areas(others_xyxy)[None, :] - overlap
    return np.asarray(overlap / union, dtype=np.float64)


def _centre_hits(gt_boxes: FloatMatrix, pred_boxes: FloatMatrix) -> BoolMatrix:
    centres = (pred_boxes[:, :2] + pred_boxes[:, 2:]) / 2
    inside = (centres[None] >= gt_boxes[:, None, :2]) & (centres[None] < gt_boxes[:, None, 2:])
    small = _areas(pred_boxes)[None, :] <= MAX_AREA_RATIO * _areas(gt_boxes)[:, None]
    return np.asarray(inside.all(axis=2) & small, dtype=np.bool_)


def _areas(boxes_xyxy: FloatMatrix) -> npt.NDArray[np.float64]:
    return np.asarray(np.prod(boxes_xyxy[:, 2:] - boxes_xyxy[:, :2], axis=1), dtype=np.float64)


def _checked_boxes(boxes_xyxy: npt.ArrayLike, *, name: str) -> FloatMatrix:
    boxes = np.asarray(boxes_xyxy, dtype=np.float64)
    if boxes.size == 0:
        return np.zeros((0, 4))
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"{name} must have shape (n, 4), got {boxes.shape}")
    flat = ~(boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    if flat.any():
        raise ValueError(f"{name}: box {boxes[flat][0].tolist()} has no area; order is x1 y1 x2 y2")
    return boxes
