"""Where a surface ends, and axes across its normals. Knows no reference and no sign."""

from __future__ import annotations

import numpy as np

from tools.arrays import BoolMask, Int64Array
from tools.assets.clouds.geometry import Float64Array
from tools.assets.clouds.surface import Surface

EDGE_DEGREES = 150
"""Between the 24 neighbours of a point on an open edge, somewhere around it: of points thrown at
random inside a surface, 1 in 10,000 has such a sector; on a straight edge it is 180."""


def open_edge(surface: Surface, around_nk: Int64Array) -> BoolMask:
    """(N,) points whose neighbours leave a wide sector around them empty.

    Args:
        surface: of the points.
        around_nk: each point's nearest, itself the first of them.
    """
    points = surface.points_n3
    near = around_nk[:, 1:]
    right, other = tangents(surface.normals_n3.astype(np.float64))
    from_point = points[near] - points[:, None]
    angles = np.sort(
        np.arctan2(
            np.einsum("nkx,nx->nk", from_point, other), np.einsum("nkx,nx->nk", from_point, right)
        ),
        axis=1,
    )
    round_the_back = angles[:, :1] + 2 * np.pi - angles[:, -1:]
    widest = np.concatenate([np.diff(angles, axis=1), round_the_back], axis=1).max(axis=1)
    return np.asarray(widest > np.radians(EDGE_DEGREES))


def tangents(normals_n3: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Two axes across each normal."""
    helper = np.eye(3)[np.abs(normals_n3).argmin(axis=1)]
    right = np.cross(normals_n3, helper)
    right /= np.maximum(np.linalg.norm(right, axis=1, keepdims=True), 1e-12)
    return right, np.cross(normals_n3, right)
