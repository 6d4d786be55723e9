"""Poses in which one cloud may lie on another, before they are refined. Knows no fineness."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from tools.assets.clouds.geometry import Float64Array
from tools.assets.clouds.open3d_library import open3d
from tools.assets.clouds.pairs import Pair, principal_axes
from tools.assets.clouds.turns import turn_about

FEATURE_REACHES = (5.0, 9.0)
"""Radius of the features, in units of the spacing."""
TURN_DEGREES = 30
"""Between the turns about a principal axis that are tried."""

_SEEDING = threading.Lock()
"""Open3D's draws have one state for the process."""


def first_poses(pair: Pair) -> list[Float64Array]:
    """As it lies, by features, by principal axes."""
    return [np.eye(4), *_by_features(pair), *_by_principal_axes(pair)]


def turned_poses(pair: Pair, pose_44: Float64Array) -> list[Float64Array]:
    """A pose turned about the moving cloud's principal axes: a nearly round part fits in many."""
    axes, middle = principal_axes(pair.moving)
    return [
        pose_44 @ turn_about(axis, degrees, middle)
        for axis in axes
        for degrees in range(TURN_DEGREES, 360, TURN_DEGREES)
    ]


def _by_features(pair: Pair) -> list[Float64Array]:
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


def _by_principal_axes(pair: Pair) -> list[Float64Array]:
    ours, theirs = principal_axes(pair.moving), principal_axes(pair.fixed)
    poses = []
    for signs in ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)):
        pose = np.eye(4)
        pose[:3, :3] = theirs[0].T @ np.diag(signs) @ ours[0]
        pose[:3, 3] = theirs[1] - pose[:3, :3] @ ours[1]
        poses.append(pose)
    return poses
