"""What of an organised cloud is the object: the plane that it lies on is told from its border.

The practice of the field on MVTec 3D-AD (Horwitz and Hoshen, "Back to the Feature", 2023): a plane
by RANSAC through the border's points, and of what lies off it the largest connected cluster. The
distances are in units of the border's own noise, where the published code has metres. Knows no
file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tools.arrays import BoolMask
from tools.assets.clouds.geometry import Float64Array

BORDER_PX = 10
MIN_BORDER_POINTS = 50
MIN_PLANE_SHARE = 0.5
"""Of the border's points; where fewer lie on one plane, there is no background."""
N_DRAWS = 300
OFF_PLANE = 4.0
"""In standard deviations of the border's points around the plane."""
MIN_OFF_SHARE = 2e-3
"""Of the cloud's diagonal: at least so far off the plane, where the border has no noise."""
GAP_PX = 2
"""Clusters nearer than this are one."""


class Foreground(NamedTuple):
    """The object's pixels."""

    mask_hw: BoolMask
    notes: Sequence[str]


class _Plane(NamedTuple):
    normal: Float64Array
    offset: float

    def distances(self, points_n3: Float64Array) -> Float64Array:
        return np.asarray(np.abs(points_n3 @ self.normal - self.offset))


def foreground(grid_hw3: Float64Array, seen_hw: BoolMask) -> Foreground:
    """The largest cluster off the border's plane; all that was seen where there is no plane.

    Args:
        grid_hw3: (H, W, 3) coordinates.
        seen_hw: (H, W) where they are some.
    """
    border = seen_hw.copy()
    border[BORDER_PX:-BORDER_PX, BORDER_PX:-BORDER_PX] = False
    points = grid_hw3[border]
    if len(points) < MIN_BORDER_POINTS:
        return Foreground(seen_hw, ())
    span = float(np.linalg.norm(np.ptp(grid_hw3[seen_hw], axis=0)))
    plane, share, noise = _border_plane(points, span)
    if share < MIN_PLANE_SHARE:
        return Foreground(seen_hw, ())
    least = max(OFF_PLANE * noise, MIN_OFF_SHARE * span)
    safe = np.where(seen_hw[..., None], grid_hw3, 0.0)
    off = seen_hw & (plane.distances(safe.reshape(-1, 3)).reshape(seen_hw.shape) > least)
    largest = _largest_cluster(off)
    if not largest.any():
        return Foreground(seen_hw, ())
    n_plane, n_strays = int((seen_hw & ~off).sum()), int((off & ~largest).sum())
    return Foreground(
        largest,
        (
            f"{n_plane} points on the background's plane and {n_strays} apart from the largest "
            "cluster are not looked at",
        ),
    )


def _border_plane(points_n3: Float64Array, span: float) -> tuple[_Plane, float, float]:
    """The plane of most border points (RANSAC), their share, and their spread around it."""
    rng = np.random.default_rng(0)
    within = MIN_OFF_SHARE * span
    best, n_best = _Plane(np.array([0.0, 0.0, 1.0]), 0.0), -1
    for _ in range(N_DRAWS):
        corners = points_n3[rng.choice(len(points_n3), 3, replace=False)]
        normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        length = float(np.linalg.norm(normal))
        if length == 0:
            continue
        plane = _Plane(normal / length, float(corners[0] @ normal / length))
        n_on = int((plane.distances(points_n3) <= within).sum())
        if n_on > n_best:
            best, n_best = plane, n_on
    fitted = _fit(points_n3[best.distances(points_n3) <= within])
    on = fitted.distances(points_n3) <= within
    noise = float(np.sqrt(np.mean(fitted.distances(points_n3[on]) ** 2))) if on.any() else 0.0
    return fitted, float(on.mean()), noise


def _fit(points_n3: Float64Array) -> _Plane:
    centre = points_n3.mean(axis=0)
    _, _, axes = np.linalg.svd(points_n3 - centre, full_matrices=False)
    return _Plane(axes[2], float(centre @ axes[2]))


def _largest_cluster(mask_hw: BoolMask) -> BoolMask:
    from scipy.ndimage import binary_dilation, label

    joined = binary_dilation(mask_hw, iterations=GAP_PX)
    labels, n = label(joined, structure=np.ones((3, 3)))
    if not n:
        return mask_hw
    sizes = np.bincount(labels[mask_hw], minlength=n + 1)
    return np.asarray(mask_hw & (labels == sizes.argmax()))
