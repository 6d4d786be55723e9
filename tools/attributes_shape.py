"""Numbers of a mask's outline: length, width, solidity. Knows nothing of pixels' values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tools.arrays import BoolMask

_BORDER_PX = 4


class Shape(NamedTuple):
    """Outline of a region, taken over all of its pieces."""

    area_px: int
    length_px: float
    """Longest side of the upright or turned bounding box, along the main axis."""
    width_px: float
    """Thickness: four times the mean distance to the outline, which a ribbon has exactly."""
    elongation: float
    """Area over the square of the thickness, at least 1: a winding line counts whole."""
    solidity: float
    """Area over the area of the convex hull, in (0, 1]."""
    n_pieces: int
    touches_border: bool
    """Comes within 4 px of the border of the picture that was given."""
    contact: float
    """How much of the border it lies along, in its own lengths, at most 1: near 0 where it only
    ends there, 1 for what lies along the border or across a corner; 0 away from the border."""


def measure_shape(mask: BoolMask) -> Shape:
    """Measure a mask that is not empty.

    Raises:
        ValueError: an empty mask.
    """
    from scipy.ndimage import label

    if not mask.any():
        raise ValueError("mask must hold at least one pixel, got none")
    ys, xs = np.nonzero(mask)
    length = _extent_along_main_axis(xs.astype(np.float64), ys.astype(np.float64))
    area = len(xs)
    width = _thickness(mask)
    _, n_pieces = label(mask, structure=np.ones((3, 3)))
    height, width_of_picture = mask.shape
    to_border = min(ys.min(), xs.min(), height - 1 - ys.max(), width_of_picture - 1 - xs.max())
    return Shape(
        area_px=area,
        length_px=length,
        width_px=width,
        elongation=max(1.0, area / width**2),
        solidity=min(1.0, area / _hull_area(xs, ys)),
        n_pieces=int(n_pieces),
        touches_border=bool(to_border < _BORDER_PX),
        contact=min(1.0, _contact_px(mask) / length),
    )


def _thickness(mask: BoolMask) -> float:
    """Over the area, since the ridge of a ragged outline is mostly its teeth."""
    from scipy.ndimage import distance_transform_edt

    distance = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    # To the outline and not to the next pixel's centre, which lies half a pixel beyond it.
    return max(1.0, 4 * float(distance[mask].mean() - 0.5))


def _contact_px(mask: BoolMask) -> int:
    """Length of the border, all sides together, that the mask comes within 4 px of."""
    across = (mask[:_BORDER_PX].any(axis=0), mask[-_BORDER_PX:].any(axis=0))
    down = (mask[:, :_BORDER_PX].any(axis=1), mask[:, -_BORDER_PX:].any(axis=1))
    return sum(int(np.count_nonzero(side)) for side in (*across, *down))


def _extent_along_main_axis(
    xs: np.ndarray[tuple[int], np.dtype[np.float64]],
    ys: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> float:
    points = np.stack([xs - xs.mean(), ys - ys.mean()])
    if points.shape[1] < 2:
        return 1.0
    _, axes = np.linalg.eigh(points @ points.T)
    along = axes[:, -1] @ points
    return float(along.max() - along.min()) + 1.0


def _hull_area(
    xs: np.ndarray[tuple[int], np.dtype[np.int64]], ys: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> float:
    """Area of the convex hull of the pixels' squares."""
    from scipy.spatial import ConvexHull

    corners = np.concatenate(
        [np.stack([xs + dx, ys + dy], axis=1) for dx in (0, 1) for dy in (0, 1)]
    )
    return float(ConvexHull(corners).volume)
