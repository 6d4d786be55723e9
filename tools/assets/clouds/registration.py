"""Lays one cloud over another: candidates of a global search, refined by ICP. Knows no asset.

Candidates are: as it lies; fast global registration on FPFH features (Zhou, Park and Koltun 2016;
Rusu, Blodow and Beetz 2009) at two scales; and the principal axes in their four senses. Each is
refined coarsely by point-to-plane ICP with a robust kernel, the best of them finely. What counts is
how much of the moving cloud comes to lie on the fixed one: the fixed one may show more (a side that
the moving one lacks), not less.
"""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

import numpy as np

from tools.assets.clouds.extents import diameter_of
from tools.assets.clouds.geometry import Float64Array, Shape
from tools.assets.clouds.open3d_library import open3d
from tools.assets.clouds.surface import Surface, surface_of
from tools.ports import NotApplicable

MIN_POINTS = 50
COARSE_POINTS, FINE_POINTS = 2_000, 12_000
MAX_RATIO = 3.0
"""Of the two diameters; a part that lacks a side is not so much smaller."""
MIN_SHARE = 0.6
"""Of the moving cloud that must come to lie on the fixed one."""
REACHES = (8.0, 4.0, 2.0)
"""Of coarse ICP, in units of the coarse spacing."""
FEATURE_REACHES = (5.0, 9.0)
"""Radius of the features, in units of the coarse spacing."""
ON_SURFACE = 2.5
"""In units of the finer stage's spacing: so near a point lies on the surface."""
AS_GOOD = 1.05
"""A cost within this factor of the best keeps an earlier candidate: a symmetric part stays."""

_SEEDING = threading.Lock()
"""Open3D's draws have one state for the process."""


class Registration(NamedTuple):
    """How one cloud lies over another."""

    pose_44: Float64Array
    """Moves the moving cloud."""
    share: float
    """Of the moving cloud that lies on the fixed one."""
    rms: float
    """Distance of those points from the fixed surface, root mean square."""


class _Pair(NamedTuple):
    """Both clouds as Open3D's, at one fineness."""

    moving: Any
    fixed: Any
    spacing: float


def register(moving: Shape, fixed: Shape) -> Registration:
    """Find the rigid motion that lays a cloud over another.

    Args:
        moving: may lack a side.
        fixed: shows the whole, or at least what `moving` shows.

    Raises:
        NotApplicable: where they cannot be laid over each other; says why.
    """
    _check_sizes(moving, fixed)
    middle = fixed.points_n3.mean(axis=0)
    coarse = _pair(moving, fixed, COARSE_POINTS, middle)
    best, lowest = np.eye(4), np.inf
    for candidate in _candidates(coarse):
        pose = _icp(coarse, candidate, REACHES)
        cost = _cost(coarse, pose)
        if cost * AS_GOOD < lowest:
            best, lowest = pose, cost
    fine = _pair(moving, fixed, FINE_POINTS, middle)
    pose = _icp(fine, best, (2 * coarse.spacing / fine.spacing, 4.0, 3.0))
    result = _evaluated(fine, pose)
    if result.share < MIN_SHARE:
        raise NotApplicable(
            f"only {100 * result.share:.0f} % of it comes to lie on the reference "
            f"({100 * MIN_SHARE:.0f} % must): another part, or too little of it was scanned"
        )
    return result._replace(pose_44=_about(result.pose_44, middle))


def _check_sizes(moving: Shape, fixed: Shape) -> None:
    for shape, which in ((moving, "it"), (fixed, "the reference")):
        if not shape.is_mesh and len(shape.points_n3) < MIN_POINTS:
            raise NotApplicable(
                f"{which} has {len(shape.points_n3)} points, {MIN_POINTS} are needed to register"
            )
    ours, theirs = diameter_of(moving.points_n3), diameter_of(fixed.points_n3)
    if not 1 / MAX_RATIO <= ours / theirs <= MAX_RATIO:
        raise NotApplicable(
            f"its diameter is {ours:.4g}, the reference's {theirs:.4g}: are both in one unit?"
        )


def _about(pose_44: Float64Array, middle: Float64Array) -> Float64Array:
    """A pose that was found with the middle as origin."""
    there, back = np.eye(4), np.eye(4)
    there[:3, 3], back[:3, 3] = -middle, middle
    return np.asarray(back @ pose_44 @ there)


def _pair(moving: Shape, fixed: Shape, n: int, middle: Float64Array) -> _Pair:
    ours, theirs = surface_of(moving, max_points=n), surface_of(fixed, max_points=n)
    spacing = max(ours.spacing, theirs.spacing)
    return _Pair(_as_open3d(ours, middle), _as_open3d(theirs, middle), spacing)


def _as_open3d(surface: Surface, middle: Float64Array) -> Any:
    library = open3d()
    cloud = library.geometry.PointCloud()
    cloud.points = library.utility.Vector3dVector(surface.points_n3 - middle)
    cloud.normals = library.utility.Vector3dVector(surface.normals_n3.astype(np.float64))
    return cloud


def _candidates(pair: _Pair) -> list[Float64Array]:
    return [np.eye(4), *_by_features(pair), *_by_axes(pair)]


def _by_features(pair: _Pair) -> list[Float64Array]:
    library = open3d()
    registration = library.pipelines.registration
    poses = []
    for reach in FEATURE_REACHES:
        search = library.geometry.KDTreeSearchParamHybrid(radius=reach * pair.spacing, max_nn=100)
        ours, theirs = (
            registration.compute_fpfh_feature(_outwards(cloud), search)
            for cloud in (pair.moving, pair.fixed)
        )
        option = registration.FastGlobalRegistrationOption(
            maximum_correspondence_distance=1.5 * pair.spacing, maximum_tuple_count=2_000
        )
        with _SEEDING:
            library.utility.random.seed(0)
            found = registration.registration_fgr_based_on_feature_matching(
                pair.moving, pair.fixed, ours, theirs, option
            )
        poses.append(np.asarray(found.transformation))
    return poses


def _outwards(cloud: Any) -> Any:
    """Features need normals of one sense: away from the middle, which both clouds share roughly."""
    library = open3d()
    points, normals = np.asarray(cloud.points), np.array(cloud.normals)
    away = points - points.mean(axis=0)
    normals[np.einsum("nx,nx->n", away, normals) < 0] *= -1
    turned = library.geometry.PointCloud(cloud)
    turned.normals = library.utility.Vector3dVector(normals)
    return turned


def _by_axes(pair: _Pair) -> list[Float64Array]:
    ours, theirs = _axes(pair.moving), _axes(pair.fixed)
    poses = []
    for signs in ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)):
        pose = np.eye(4)
        pose[:3, :3] = theirs[0].T @ np.diag(signs) @ ours[0]
        pose[:3, 3] = theirs[1] - pose[:3, :3] @ ours[1]
        poses.append(pose)
    return poses


def _axes(cloud: Any) -> tuple[Float64Array, Float64Array]:
    """Principal axes as rows of a rotation, and the middle."""
    points = np.asarray(cloud.points)
    middle = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - middle, full_matrices=False)
    axes[2] *= np.sign(np.linalg.det(axes))
    return np.asarray(axes), np.asarray(middle)


def _icp(pair: _Pair, start: Float64Array, reaches: tuple[float, ...]) -> Float64Array:
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
            registration.ICPConvergenceCriteria(max_iteration=25),
        ).transformation
    return np.asarray(pose)


def _distances(pair: _Pair, pose_44: Float64Array) -> Float64Array:
    """Of each moving point from the plane through its nearest fixed point, or from that point."""
    from scipy.spatial import cKDTree

    points = np.asarray(pair.moving.points) @ pose_44[:3, :3].T + pose_44[:3, 3]
    fixed = np.asarray(pair.fixed.points)
    apart, nearest = cKDTree(fixed).query(points)
    off = np.einsum("nx,nx->n", points - fixed[nearest], np.asarray(pair.fixed.normals)[nearest])
    return np.asarray(np.where(apart <= ON_SURFACE * pair.spacing, np.abs(off), apart))


def _cost(pair: _Pair, pose_44: Float64Array) -> float:
    cut = ON_SURFACE * pair.spacing
    return float(np.mean(np.minimum(_distances(pair, pose_44), cut) ** 2))


def _evaluated(pair: _Pair, pose_44: Float64Array) -> Registration:
    distances = _distances(pair, pose_44)
    on = distances <= ON_SURFACE * pair.spacing
    rms = float(np.sqrt(np.mean(distances[on] ** 2))) if on.any() else float("inf")
    return Registration(pose_44, float(on.mean()), rms)
