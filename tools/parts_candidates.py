"""Compact areas of one colour, or islands in one, that may be parts. Knows no references."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tools.arrays import BoolMask, UInt8Image
from tools.parts_colour import weighted_lab

_CLUSTERS = (4, 6, 8)
_MIN_SIDE_PX = 7
_MAX_SIDE_SHARE = 0.45
_MAX_AREA_SHARE = 0.1
_MIN_FILL = 0.5
_GROUND_DISTANCE = 15.0
"""In the weighted Lab; a shadow on the ground is nearer than this, another material is not."""
_MIN_OFF_GROUND = 0.5
SAME_IOU = 0.7
WELL_SUPPORTED = 4
"""Segmentations that must agree on a box before size alone decides: whole parts, then details."""

Boxes = npt.NDArray[np.float64]


class Candidates(NamedTuple):
    """Areas that may be parts, each told how often it was found."""

    boxes_xyxy: Boxes
    """(N, 4), the well supported first, among them the larger first."""
    support: npt.NDArray[np.int64]
    """(N,), how many segmentations found about the same box."""


def find_candidates(image_hwc: UInt8Image) -> Candidates:
    """Segment by k-means in CIE Lab for several k; keep the compact components.

    Both a cluster and what it leaves over are looked at: parts on a board are islands in the
    board's colour. An area that several segmentations agree on is well supported (the idea of
    maximally stable regions, Matas et al. 2002).

    Args:
        image_hwc: (H, W, 3) RGB.
    """
    lab = weighted_lab(image_hwc)
    boxes: list[tuple[int, int, int, int]] = []
    for n_clusters in _CLUSTERS:
        labels = _clustered(lab, n_clusters)
        for cluster in range(n_clusters):
            inside = labels == cluster
            boxes += _compact_boxes(inside) + _compact_boxes(~inside)
    found = _off_ground(np.asarray(boxes, np.int64).reshape(-1, 4), lab)
    support = np.asarray((box_ious(found, found) > SAME_IOU).sum(axis=1), np.int64)
    area = (found[:, 2] - found[:, 0]) * (found[:, 3] - found[:, 1])
    order = np.lexsort((-area, -np.minimum(support, WELL_SUPPORTED)))
    return Candidates(found[order], support[order])


def _off_ground(boxes: npt.NDArray[np.int64], lab: npt.NDArray[np.float32]) -> Boxes:
    """Drop the boxes that show mostly the colour that dominates: gaps between parts."""
    labels = _clustered(lab, _CLUSTERS[0])
    ground = np.bincount(labels.ravel()).argmax()
    colour = np.median(lab[labels == ground], axis=0)
    off = np.square(lab - colour).sum(axis=2) > _GROUND_DISTANCE**2
    table = np.pad(off.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    x1, y1, x2, y2 = boxes.T
    count = table[y2, x2] - table[y1, x2] - table[y2, x1] + table[y1, x1]
    keep = count >= _MIN_OFF_GROUND * (x2 - x1) * (y2 - y1)
    return np.asarray(boxes[keep], np.float64)


def box_ious(first: Boxes, second: Boxes) -> Boxes:
    """(N, M) intersection over union of (N, 4) and (M, 4) boxes."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    overlap = np.clip(high - low, 0, None).prod(axis=2)
    area = [(b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]) for b in (first, second)]
    return np.asarray(overlap / np.maximum(area[0][:, None] + area[1][None] - overlap, 1e-9))


def _clustered(lab: npt.NDArray[np.float32], n_clusters: int) -> npt.NDArray[np.int64]:
    from scipy.cluster.vq import kmeans2

    sample = lab[::6, ::6].reshape(-1, 3)
    centres, _ = kmeans2(sample, n_clusters, minit="++", iter=20, rng=0, missing="warn")
    # Argmin of the squared distance, less the term that all clusters share.
    closeness = lab @ (2 * centres.T) - (centres**2).sum(axis=1)
    return np.asarray(closeness.argmax(axis=2))


def _compact_boxes(inside: BoolMask) -> list[tuple[int, int, int, int]]:
    from scipy import ndimage as ndi

    opened = ndi.binary_opening(inside, iterations=2)
    labels, _ = ndi.label(opened)
    sizes = np.bincount(labels.ravel())
    boxes = []
    for number, window in enumerate(ndi.find_objects(labels), start=1):
        box = (window[1].start, window[0].start, window[1].stop, window[0].stop)
        if _may_be_part(box, inside.shape) and (
            sizes[number] >= _MIN_FILL * (box[2] - box[0]) * (box[3] - box[1])
            or _filled_share(labels[window] == number) >= _MIN_FILL
        ):
            boxes.append(box)
    return boxes


def _filled_share(component: BoolMask) -> float:
    from scipy.ndimage import binary_fill_holes

    return float(binary_fill_holes(component).mean())


def _may_be_part(box: tuple[int, int, int, int], shape: tuple[int, ...]) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    if min(width, height) < _MIN_SIDE_PX or max(width, height) > _MAX_SIDE_SHARE * max(shape):
        return False
    if width * height > _MAX_AREA_SHARE * shape[0] * shape[1]:
        return False
    return box[0] > 2 and box[1] > 2 and box[2] < shape[1] - 2 and box[3] < shape[0] - 2
