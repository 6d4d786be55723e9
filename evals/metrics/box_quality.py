"""Boxes of many pictures: hits, false regions and overlap. Knows nothing of images or labels."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evals.metrics.boxes import box_iou, match_boxes
from evals.metrics.intervals import Interval, mean_interval, wilson_interval

BoxPair = tuple[npt.ArrayLike, npt.ArrayLike]
"""(G, 4) true boxes and (R, 4) predicted ones of one picture, xyxy pixels."""


class BoxQuality(NamedTuple):
    """How well regions answer labelled boxes."""

    hit_rate: Interval | None
    """Share of true boxes that a region hits, by ``match_boxes``; None where there is no box."""
    mean_iou: Interval | None
    """Over true boxes, the IoU of the region that hit it, 0 where none did."""
    false_per_picture: Interval
    """Regions that hit nothing."""
    n_boxes: int
    n_pictures: int


def box_quality(pictures: Sequence[BoxPair], *, seed: int = 0) -> BoxQuality:
    """Match each picture's boxes one to one and count over all pictures.

    Args:
        pictures: true and predicted boxes, far corner exclusive; either may be empty.
        seed: of the bootstrap over boxes and over pictures.

    Raises:
        ValueError: no picture, or as ``match_boxes``.
    """
    if not pictures:
        raise ValueError("needs at least one picture")
    ious: list[float] = []
    n_hits, false_regions = 0, []
    for gt_boxes, pred_boxes in pictures:
        match = match_boxes(gt_boxes, pred_boxes)
        n_hits += match.n_hits
        false_regions.append(match.n_false_regions)
        ious += _ious(gt_boxes, pred_boxes, dict(match.pairs), match.n_boxes)
    return BoxQuality(
        hit_rate=wilson_interval(n_hits, len(ious)) if ious else None,
        mean_iou=mean_interval(ious, seed=seed) if ious else None,
        false_per_picture=mean_interval(false_regions, seed=seed),
        n_boxes=len(ious),
        n_pictures=len(pictures),
    )


def _ious(
    gt_boxes: npt.ArrayLike, pred_boxes: npt.ArrayLike, hits: dict[int, int], n_boxes: int
) -> list[float]:
    if not hits:
        return [0.0] * n_boxes
    gt, pred = (np.asarray(boxes, dtype=np.float64) for boxes in (gt_boxes, pred_boxes))
    overlap = box_iou(gt, pred)
    return [float(overlap[box, hits[box]]) if box in hits else 0.0 for box in range(n_boxes)]
