"""How a part is scanned: noise, a side that is not seen, a pose of its own. Knows no defect."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from tools.arrays import Int64Array
from tools.assets.clouds.extents import half_sphere
from tools.assets.clouds.geometry import Float64Array
from tools.assets.clouds.shapes import spacing_of

NOISE_SHARE = 0.001
"""Standard deviation of the noise, of the diagonal."""
N_SENSORS = 60
BLIND_DEGREES = 100
"""Sensors stand in all directions at least so far from that of the missing side."""
CROP_SHARE = 0.15
"""Of the points of a scan from one side: cropped off at one edge."""
SHADOW = 2.0
"""In units of the spacing: a point so much behind the foremost one is hidden."""


def seen_points(
    points_n3: Float64Array, missing_side: Float64Array, *, one_sided: bool
) -> NDArray[np.bool_]:
    """Which points a scan has that lacks a side.

    Args:
        points_n3: (N, 3).
        missing_side: (3,) unit vector from the middle towards the side.
        one_sided: of a scan from one side, an edge is cropped; else what no sensor sees is
            missing, which includes the hollows that none looks into.
    """
    if one_sided:
        along = points_n3 @ missing_side
        return np.asarray(along <= np.quantile(along, 1 - CROP_SHARE))
    upper = half_sphere(N_SENSORS // 2)
    seen = np.zeros(len(points_n3), dtype=np.bool_)
    spacing = spacing_of(points_n3)
    for direction in np.concatenate([upper, -upper]):
        if direction @ missing_side < np.cos(np.radians(BLIND_DEGREES)):
            seen |= in_front(points_n3, direction, spacing=spacing)
    return seen


def in_front(
    points_n3: Float64Array, direction: Float64Array, *, spacing: float
) -> NDArray[np.bool_]:
    """Which points can be seen from a direction, by a coarse z-buffer.

    Args:
        points_n3: (N, 3).
        direction: (3,) unit vector towards the viewer.
        spacing: of the points; a cell of the buffer is twice as wide.
    """
    from scipy.ndimage import minimum_filter

    helper = np.eye(3)[np.abs(direction).argmin()]
    right = np.cross(direction, helper)
    right /= np.linalg.norm(right)
    flat = np.stack([points_n3 @ right, points_n3 @ np.cross(direction, right)], axis=1)
    cells: Int64Array = np.floor((flat - flat.min(axis=0)) / (2 * spacing)).astype(np.int64)
    depth = -(points_n3 @ direction)
    buffer = np.full(cells.max(axis=0) + 1, np.inf)
    np.minimum.at(buffer, (cells[:, 0], cells[:, 1]), depth)
    front = minimum_filter(buffer, size=3)[cells[:, 0], cells[:, 1]]
    own = buffer[cells[:, 0], cells[:, 1]]
    # Steep surfaces fall away within a cell and its neighbours; what matters is another surface.
    return np.asarray(
        (depth <= front + 4 * SHADOW * spacing) & (depth <= own + 2 * SHADOW * spacing)
    )


def noisy(points_n3: Float64Array, sigma: float, rng: np.random.Generator) -> Float64Array:
    """Points with Gaussian noise of this standard deviation along each axis."""
    return np.asarray(points_n3 + rng.normal(0, sigma, points_n3.shape))


def random_pose(diagonal: float, rng: np.random.Generator) -> Float64Array:
    """(4, 4) a turn drawn evenly from all, and a shift of up to the diagonal."""
    pose = np.eye(4)
    pose[:3, :3] = Rotation.random(random_state=rng).as_matrix()
    pose[:3, 3] = rng.uniform(-diagonal, diagonal, 3)
    return pose
