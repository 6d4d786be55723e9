"""Which points can be seen from a direction, by a coarse z-buffer. Knows no camera and no asset."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tools.arrays import BoolMask
from tools.assets.clouds.geometry import Float64Array

CELL = 2.0
"""Side of a cell, in units of the spacing: of points thrown at random, 1 cell in 50 is empty."""
LEVEL_SLACK = 1.0
"""In units of the spacing: depth by which points of a surface across the direction differ."""
STEEPEST = 3.0
"""Slope up to which a surface does not hide itself: about 72 degrees."""


def in_front(
    points_n3: Float64Array,
    normals_n3: NDArray[np.float32],
    direction: Float64Array,
    *,
    spacing: float,
) -> BoolMask:
    """Which points a viewer far away in a direction sees.

    A point is hidden where another lies nearer to the viewer in its cell or a neighbouring one, by
    more than the slope of its own surface explains.

    Args:
        points_n3: (N, 3).
        normals_n3: (N, 3) unit vectors of either sense.
        direction: (3,) unit vector towards the viewer.
        spacing: of the points.
    """
    from scipy.ndimage import minimum_filter

    flat = points_n3 @ across(direction).T
    cells = np.floor((flat - flat.min(axis=0)) / (CELL * spacing)).astype(np.int64)
    width = int(cells[:, 1].max()) + 1
    at = cells[:, 0] * width + cells[:, 1]
    depth = -(points_n3 @ direction)
    buffer = np.full((int(cells[:, 0].max()) + 1) * width, np.inf)
    np.minimum.at(buffer, at, depth)
    front = minimum_filter(buffer.reshape(-1, width), size=3).ravel()
    cosine = np.abs(normals_n3.astype(np.float64) @ direction)
    slope = np.minimum(np.sqrt(np.maximum(1 - cosine**2, 0)) / np.maximum(cosine, 1e-6), STEEPEST)
    near_own = depth <= buffer[at] + (LEVEL_SLACK + CELL * slope) * spacing
    near_all = depth <= front[at] + (LEVEL_SLACK + 1.5 * CELL * slope) * spacing
    return np.asarray(near_own & near_all)


def across(direction: Float64Array) -> Float64Array:
    """(2, 3) two axes at right angles to a direction."""
    helper = np.eye(3)[np.abs(direction).argmin()]
    right = np.cross(direction, helper)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(direction, right)])
