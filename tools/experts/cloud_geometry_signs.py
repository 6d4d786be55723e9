"""What tells a point of a cloud from the references' surface: displacement, turning, features.

Knows no level of what is normal and no asset.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import BoolMask, Int64Array
from tools.assets.clouds.geometry import Float64Array
from tools.assets.clouds.open3d_library import open3d
from tools.assets.clouds.surface import Surface
from tools.experts.cloud_geometry_edges import open_edge
from tools.experts.cloud_geometry_flanks import flank_normals

SIGNS = ("displacement", "wide displacement", "turning", "features")
"""What there is to tell."""
PLANES = 8
"""Reference points whose planes tell a displacement."""
SAME_FLANK = 0.9
"""Cosine between the normals of one flank (26 degrees)."""
SAME_PLANE = 0.5
"""In units of the spacing: so far apart two planes of one flank pass by a point; those of two
steps of a stair are alike too, and pass it farther apart."""
NEIGHBOURS = 25
"""Around a point, itself among them: of its flank, and over which displacements are averaged."""
NARROW = 7
"""Of these, for what is small."""
FAR = 2.5
"""In units of the spacing: farther from any reference point, the distance itself counts."""
BEYOND = 1.5
"""In units of the spacing: so far along its plane from any point of a reference, there is none of
its surface, or there is a void in it; of points inside a surface 1 in 1,000 is so far from any."""
FEATURE_REACH = 4.0
"""Radius of a feature, in units of the spacing."""
MAX_FEATURE_POINTS = 60
CANDIDATES = 12
"""Reference points around a place that a feature is compared with."""


class Scanned(NamedTuple):
    """A surface, ready to be compared."""

    surface: Surface
    tree: Any
    """scipy's cKDTree of its points."""
    around_nk: Int64Array
    """(N, K) the nearest `NEIGHBOURS` points of each, itself the first of them."""
    features_nd: NDArray[np.float32] | None
    """(N, 33) FPFH (Rusu, Blodow and Beetz 2009), of unit length; None where nobody asks."""
    open_edge_n: BoolMask
    """(N,) points where the surface ends."""


def scanned(surface: Surface, *, like: Scanned | None = None, features: bool) -> Scanned:
    """Make a surface ready.

    Args:
        surface: in the references' pose.
        like: its normals are turned as those of this one are; away from the middle where None.
        features: whether these are needed.
    """
    from scipy.spatial import cKDTree

    points = surface.points_n3
    tree = cKDTree(points)
    around = np.asarray(tree.query(points, k=min(NEIGHBOURS, len(points)))[1])
    normals = flank_normals(points, surface.normals_n3, around)
    if like is None:
        towards = points - points.mean(axis=0)
    else:
        towards = like.surface.normals_n3[like.tree.query(points)[1]]
    normals[np.einsum("nx,nx->n", normals, towards) < 0] *= -1
    turned = surface._replace(normals_n3=normals)
    told = _features(turned) if features else None
    return Scanned(turned, tree, around, told, open_edge(turned, around))


def _features(surface: Surface) -> NDArray[np.float32]:
    library = open3d()
    cloud = library.geometry.PointCloud()
    middle = surface.points_n3.mean(axis=0)
    cloud.points = library.utility.Vector3dVector(surface.points_n3 - middle)
    cloud.normals = library.utility.Vector3dVector(surface.normals_n3.astype(np.float64))
    search = library.geometry.KDTreeSearchParamHybrid(
        radius=FEATURE_REACH * surface.spacing, max_nn=MAX_FEATURE_POINTS
    )
    found = library.pipelines.registration.compute_fpfh_feature(cloud, search)
    features = np.asarray(found.data, dtype=np.float32).T
    lengths = np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-6)
    return np.ascontiguousarray(features / lengths)


def signs_of(
    seen: Scanned, references: Sequence[Scanned], names: Sequence[str]
) -> NDArray[np.float32]:
    """How much each point differs from the reference that explains it best.

    Args:
        seen: what is inspected.
        references: at least one, in the same pose.
        names: of `SIGNS`, at least one.

    Returns:
        (N, C) float32, a column for each name: displacements in the cloud's units, a turning
        (1 - cosine), a distance of features of unit length.
    """
    each = [_against(seen, one, names) for one in references]
    return np.asarray(np.min(np.stack(each), axis=0), dtype=np.float32)


def _against(seen: Scanned, reference: Scanned, names: Sequence[str]) -> NDArray[np.float32]:
    points, around = seen.surface.points_n3, seen.around_nk
    k = min(max(PLANES, CANDIDATES), len(reference.surface.points_n3))
    apart, near = reference.tree.query(points, k=k)
    moved = displacements(points, reference.surface, apart[:, :PLANES], near[:, :PLANES])
    moved[past_its_points(points, reference, near[:, 0])] = 0
    told: dict[str, Callable[[], Float64Array]] = {
        "displacement": lambda: _agreed(moved, around[:, :NARROW]),
        "wide displacement": lambda: _agreed(moved, around),
        "turning": lambda: _turning(seen, reference, near[:, 0], around[:, :NARROW]),
        "features": lambda: _unlike(seen, reference, near),
    }
    return np.stack([told[name]() for name in names], axis=1).astype(np.float32)


def displacements(
    points_n3: Float64Array, surface: Surface, apart_nk: Float64Array, near_nk: Int64Array
) -> Float64Array:
    """(N, 3) from the surface to each point: across it, so that sliding along it counts nothing.

    The implicit surface of weighted planes (Kolluri 2005) through the nearest reference points, of
    one flank: that of the plane which passes nearest to the point, as at an edge the point need
    only lie on one, and of planes that are alike and pass about as near. Where no reference point
    is near, from the nearest one.
    """
    normals = surface.normals_n3[near_nk].astype(np.float64)
    from_each = points_n3[:, None] - surface.points_n3[near_nk]
    heights = np.einsum("nkx,nkx->nk", from_each, normals)
    nearest, rows = np.abs(heights).argmin(axis=1), np.arange(len(heights))
    alike = np.einsum("nkx,nx->nk", normals, normals[rows, nearest])
    weights = np.exp(-((apart_nk / surface.spacing) ** 2)) + 1e-12
    between = np.abs(heights * np.sign(alike) - heights[rows, nearest][:, None])
    same = (np.abs(alike) >= SAME_FLANK) & (between <= SAME_PLANE * surface.spacing)
    weights *= np.where(same, np.sign(alike), 0)
    weights /= np.abs(weights).sum(axis=1, keepdims=True)
    height = np.einsum("nk,nk->n", weights, heights)
    mean = np.einsum("nk,nkx->nx", weights, normals)
    mean /= np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)
    far = apart_nk[:, 0] > FAR * surface.spacing
    return np.asarray(np.where(far[:, None], from_each[:, 0], height[:, None] * mean))


def past_its_points(points_n3: Float64Array, reference: Scanned, nearest_n: Int64Array) -> BoolMask:
    """(N,) points beside which the reference has none, rather than off its surface.

    A plane that is drawn out beyond the last points tells little, and of two scans one ends first.
    What lies far from all of it is told, but for what lies past an open edge.
    """
    surface = reference.surface
    from_nearest = points_n3 - surface.points_n3[nearest_n]
    height = np.abs(np.einsum("nx,nx->n", from_nearest, surface.normals_n3[nearest_n]))
    aside = np.sqrt(np.maximum(np.einsum("nx,nx->n", from_nearest, from_nearest) - height**2, 0))
    ended = (aside > BEYOND * surface.spacing) & (aside > height)
    is_near = aside <= FAR * surface.spacing
    return np.asarray(ended & (is_near | reference.open_edge_n[nearest_n]))


def _agreed(moved_n3: Float64Array, around_nk: Int64Array) -> Float64Array:
    """(N,) how far a point moved in the direction of its neighbours' mean, at most as they did.

    The mean quiets noise; the point's own share keeps it from leaking out of a defect.
    """
    mean = moved_n3[around_nk].mean(axis=1)
    length = np.linalg.norm(mean, axis=1)
    along = np.einsum("nx,nx->n", moved_n3, mean) / np.maximum(length, 1e-12)
    return np.asarray(np.clip(along, 0, length))


def _turning(
    seen: Scanned, reference: Scanned, nearest_n: Int64Array, around_nk: Int64Array
) -> Float64Array:
    """(N,) 1 - cosine between the normals here and there, the mean of the neighbourhood."""
    cosine = np.einsum("nx,nx->n", seen.surface.normals_n3, reference.surface.normals_n3[nearest_n])
    return np.asarray((1 - np.abs(cosine))[around_nk].mean(axis=1), dtype=np.float64)


def _unlike(seen: Scanned, reference: Scanned, near_nk: Int64Array) -> Float64Array:
    """(N,) distance to the most like feature of the memory around the same place."""
    if seen.features_nd is None or reference.features_nd is None:
        raise ValueError("features are compared of surfaces that were scanned with features=True")
    cosine = np.full(len(near_nk), -1.0, dtype=np.float32)
    for column in near_nk.T:
        one = np.einsum("nd,nd->n", seen.features_nd, reference.features_nd[column])
        np.maximum(cosine, one, out=cosine)
    return np.asarray(np.sqrt(np.maximum(2 - 2 * cosine, 0)), dtype=np.float64)
