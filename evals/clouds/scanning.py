"""How a part is scanned: noise, a side that is not seen, a pose of its own. Knows no defect."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from evals.clouds.stock import Drawn
from tools.assets.clouds.extents import half_sphere
from tools.assets.clouds.geometry import Float64Array
from tools.assets.clouds.shapes import spacing_of
from tools.assets.clouds.visibility import in_front

NOISE_SHARE = 0.001
"""Standard deviation of the noise, of the diagonal."""
N_SENSORS = 60
BLIND_DEGREES = 100
"""Sensors stand in all directions at least so far from that of the missing side."""
GRAZING = float(np.cos(np.radians(70)))
"""Cosine between a normal and the direction to a sensor that still sees the surface."""
CROP_SHARE = 0.15
"""Of the points of a scan from one side: cropped off at one edge."""


def seen_points(drawn: Drawn, missing_side: Float64Array, *, one_sided: bool) -> NDArray[np.bool_]:
    """Which points a scan has that lacks a side.

    Args:
        drawn: a whole scan.
        missing_side: (3,) unit vector from the middle towards the side.
        one_sided: of a scan from one side, an edge is cropped; else what no sensor sees is
            missing, which includes the hollows that none looks into.
    """
    points_n3 = drawn.points_n3
    if one_sided:
        along = points_n3 @ missing_side
        return np.asarray(along <= np.quantile(along, 1 - CROP_SHARE))
    upper = half_sphere(N_SENSORS // 2)
    seen = np.zeros(len(points_n3), dtype=np.bool_)
    spacing = spacing_of(points_n3)
    for direction in np.concatenate([upper, -upper]):
        if direction @ missing_side < np.cos(np.radians(BLIND_DEGREES)):
            facing = np.abs(drawn.normals_n3 @ direction) >= GRAZING
            seen |= facing & in_front(points_n3, drawn.normals_n3, direction, spacing=spacing)
    return seen


def noisy(points_n3: Float64Array, sigma: float, rng: np.random.Generator) -> Float64Array:
    """Points with Gaussian noise of this standard deviation along each axis."""
    return np.asarray(points_n3 + rng.normal(0, sigma, points_n3.shape))


def random_pose(diagonal: float, rng: np.random.Generator) -> Float64Array:
    """(4, 4) a turn drawn evenly from all, and a shift of up to the diagonal."""
    pose = np.eye(4)
    pose[:3, :3] = Rotation.random(random_state=rng).as_matrix()
    pose[:3, 3] = rng.uniform(-diagonal, diagonal, 3)
    return pose
