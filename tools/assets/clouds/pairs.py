"""Two clouds at one fineness: ICP, and how far one lies from the other. Knows no candidate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tools.assets.clouds.geometry import Float64Array, Shape
from tools.assets.clouds.open3d_library import open3d
from tools.assets.clouds.surface import Surface, in_order, surface_of

ON_SURFACE = 2.5
"""In units of the spacing: so near a point lies on the surface."""


class Pair(NamedTuple):
    """Both clouds as Open3D's, at one fineness."""

    moving: Any
    fixed: Any
    spacing: float
    tree: Any
    """scipy's cKDTree of the fixed points."""


def pair_of(moving: Shape, fixed: Shape, n: int, middle: Float64Array) -> Pair:
    """Both clouds thinned to so many points, the middle as origin."""
    from scipy.spatial import cKDTree

    ours, theirs = (in_order(surface_of(one, max_points=n)) for one in (moving, fixed))
    spacing = max(ours.spacing, theirs.spacing)
    tree = cKDTree(theirs.points_n3 - middle)
    return Pair(_as_open3d(ours, middle), _as_open3d(theirs, middle), spacing, tree)


def sparser(pair: Pair, n: int) -> Pair:
    """A pair with about so many moving points and all fixed ones: cheaper, and as fine."""
    step = max(1, len(pair.moving.points) // n)
    return pair._replace(
        moving=pair.moving.select_by_index(range(0, len(pair.moving.points), step))
    )


def _as_open3d(surface: Surface, middle: Float64Array) -> Any:
    library = open3d()
    cloud = library.geometry.PointCloud()
    cloud.points = library.utility.Vector3dVector(surface.points_n3 - middle)
    cloud.normals = library.utility.Vector3dVector(surface.normals_n3.astype(np.float64))
    return cloud


def icp(
    pair: Pair, start: Float64Array, reaches: Sequence[float], *, n_steps: int = 25
) -> Float64Array:
    """A pose refined by point-to-plane ICP with Tukey's robust kernel.

    Args:
        pair: what is laid over what.
        start: (4, 4).
        reaches: of the pairing and the kernel, one after the other, in units of the spacing.
        n_steps: at most, for each reach.
    """
    registration = open3d().pipelines.registration
    pose = start
    for reach in reaches:
        kernel = registration.TukeyLoss(k=reach * pair.spacing)
        pose = registration.registration_icp(
            pair.moving,
            pair.fixed,
            reach * pair.spacing,
            pose,
            registration.TransformationEstimationPointToPlane(kernel),
            registration.ICPConvergenceCriteria(max_iteration=n_steps),
        ).transformation
    # On a plane there is nothing to hold on to, and the equations have no one solution.
    refined = np.asarray(pose)
    better = np.isfinite(refined).all() and cost_of(pair, refined) <= cost_of(pair, start)
    return refined if better else start


def distances(pair: Pair, pose_44: Float64Array) -> Float64Array:
    """Of each moving point from the plane through its nearest fixed point, or from that point."""
    points = np.asarray(pair.moving.points) @ pose_44[:3, :3].T + pose_44[:3, 3]
    fixed = np.asarray(pair.fixed.points)
    apart, nearest = pair.tree.query(points)
    off = np.einsum("nx,nx->n", points - fixed[nearest], np.asarray(pair.fixed.normals)[nearest])
    return np.asarray(np.where(apart <= ON_SURFACE * pair.spacing, np.abs(off), apart))


def cost_of(pair: Pair, pose_44: Float64Array) -> float:
    """Mean squared distance, cut off beyond the surface; the units of the cloud, squared."""
    cut = ON_SURFACE * pair.spacing
    return float(np.mean(np.minimum(distances(pair, pose_44), cut) ** 2))


def principal_axes(cloud: Any) -> tuple[Float64Array, Float64Array]:
    """Principal axes as rows of a rotation, and the middle."""
    points = np.asarray(cloud.points)
    middle = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - middle, full_matrices=False)
    axes[2] *= np.sign(np.linalg.det(axes))
    return np.asarray(axes), np.asarray(middle)
