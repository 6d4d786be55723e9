"""From an anomaly map to regions: connected areas above a level. Knows nothing of who made it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tools.arrays import BoolMask, Float32Map

_GROW_SHARE = 0.5
_MIN_AREA_PX = 8


class MapRegion(NamedTuple):
    """A connected suspicious area, in the frame of the map."""

    box_xyxy: tuple[int, int, int, int]
    """Far corner exclusive."""
    mask: BoolMask
    """(H, W) of the whole map."""
    score: float
    """The highest value of the map inside."""


def regions_from_map(
    anomaly_map: Float32Map,
    *,
    level: float,
    min_area_px: int = _MIN_AREA_PX,
    gap_px: int = 6,
    max_regions: int | None = None,
) -> list[MapRegion]:
    """Areas that hold a pixel above the level, grown to half of it (hysteresis), worst first.

    Areas nearer than the gap are one region: the pieces of one defect.

    Args:
        anomaly_map: (H, W), higher is worse.
        level: value that a pixel of a normal part does not exceed; calibrated on references.
        min_area_px: smaller areas are specks.
        gap_px: distance up to which areas belong together; 0 keeps them apart.
        max_regions: only so many of the worst, or None for all.
    """
    from scipy.ndimage import find_objects, label

    grown = _grown(anomaly_map, level=level)
    groups, _ = label(_closed(grown, gap_px), structure=np.ones((3, 3)))
    regions = []
    for number, window in enumerate(find_objects(groups), start=1):
        inside = (groups[window] == number) & grown[window]
        if inside.sum() < min_area_px:
            continue
        regions.append(_region(anomaly_map, inside, corner=(window[0].start, window[1].start)))
    return sorted(regions, key=lambda region: -region.score)[:max_regions]


def _region(anomaly_map: Float32Map, inside: BoolMask, *, corner: tuple[int, int]) -> MapRegion:
    ys, xs = np.nonzero(inside)
    ys, xs = ys + corner[0], xs + corner[1]
    mask = np.zeros(anomaly_map.shape, dtype=np.bool_)
    mask[ys, xs] = True
    box = (int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)
    return MapRegion(box, mask, float(anomaly_map[mask].max()))


def _grown(anomaly_map: Float32Map, *, level: float) -> BoolMask:
    """Connected pixels above half of the level, where one of them is above the level."""
    from scipy.ndimage import label

    groups, n_groups = label(anomaly_map > level * _GROW_SHARE, structure=np.ones((3, 3)))
    keep = np.zeros(n_groups + 1, dtype=np.bool_)
    keep[groups[anomaly_map > level]] = True
    keep[0] = False
    return np.asarray(keep[groups])


def _closed(mask: BoolMask, gap_px: int) -> BoolMask:
    if gap_px == 0:
        return mask
    from scipy.ndimage import distance_transform_edt

    return np.asarray(distance_transform_edt(~mask) <= gap_px / 2)
