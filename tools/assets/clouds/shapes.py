"""From a file's content to the points that serve: finite, single, of the object, with normals.

Knows no file and no view.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import BoolMask, Int64Array
from tools.assets.clouds.geometry import Content, Float64Array, Shape
from tools.assets.clouds.open3d_library import open3d

MIN_POINTS = 4
NORMAL_NEIGHBOURS = 24
SPACING_NEIGHBOURS = 4
SPACING_QUERIES = 4_000
SPACING_QUANTILE = 0.7
"""Sparser parts of a cloud decide how large its points are drawn."""


class Served(NamedTuple):
    """The points that serve, and what was dropped to get them."""

    shape: Shape
    notes: list[str]


class ShapeError(ValueError):
    """Too little is left to look at; one clause."""


def shape_of(content: Content) -> Served:
    """Drop what cannot be looked at, and tell normals.

    Raises:
        ShapeError: where too few points are left, or all lie at one place.
    """
    points = content.points_n3
    finite: BoolMask = np.asarray(np.isfinite(points).all(axis=1))
    serves = finite if content.dropped_n is None else finite & ~content.dropped_n
    is_mesh = len(content.faces_f3) > 0
    notes = [] if content.organised else _dropped(int((~finite).sum()), "that are not numbers")
    if not is_mesh:
        single = _first_of_each(points, serves)
        notes += _dropped(int(serves.sum() - single.sum()), "at the place of another one")
        serves = single
    kept = np.flatnonzero(serves)
    if len(kept) < MIN_POINTS or not np.ptp(points[kept], axis=0).any():
        raise ShapeError(f"has {len(kept)} points at different places, must have {MIN_POINTS}")
    shape = _mesh(content, kept) if is_mesh else _cloud(content, kept)
    n_lost = len(content.faces_f3) - len(shape.faces_f3)
    notes += (
        [f"{n_lost} faces without area or with dropped corners are not drawn"] if n_lost else []
    )
    return Served(shape, notes)


def _dropped(n: int, which: str) -> list[str]:
    return [f"{n} points {which} are not looked at"] if n else []


def _first_of_each(points_n3: Float64Array, serves_n: BoolMask) -> BoolMask:
    """The points that serve without those at the place of an earlier one."""
    among = np.flatnonzero(serves_n)
    rows = np.ascontiguousarray(points_n3[among] + 0.0)  # -0.0 and 0.0 are one place
    as_bytes = rows.view(np.dtype((np.void, rows.itemsize * 3))).ravel()
    _, first = np.unique(as_bytes, return_index=True)
    single = np.zeros_like(serves_n)
    single[among[first]] = True
    return single


def _cloud(content: Content, kept: Int64Array) -> Shape:
    points = content.points_n3[kept]
    return Shape(
        points_n3=points,
        kept_n=kept,
        normals_n3=normals_of(points),
        faces_f3=content.faces_f3,
        colours_n3=None if content.colours_n3 is None else content.colours_n3[kept],
        spacing=spacing_of(points),
        n_elements=len(content.points_n3),
    )


def _mesh(content: Content, kept: Int64Array) -> Shape:
    new_index = np.full(len(content.points_n3), -1, dtype=np.int64)
    new_index[kept] = np.arange(len(kept))
    points, faces = content.points_n3[kept], new_index[content.faces_f3]
    faces = faces[(faces >= 0).all(axis=1)]
    across = _across(points, faces)
    drawn = np.linalg.norm(across, axis=1) > 0
    faces, across = faces[drawn], across[drawn]
    if not len(faces):
        raise ShapeError("has faces, but none with area")
    return Shape(
        points_n3=points,
        kept_n=kept,
        normals_n3=_vertex_normals(len(points), faces, across),
        faces_f3=faces,
        colours_n3=None if content.colours_n3 is None else content.colours_n3[kept],
        spacing=0.0,
        n_elements=len(content.points_n3),
    )


def _across(points_n3: Float64Array, faces_f3: Int64Array) -> Float64Array:
    """(F, 3) normals of faces, twice as long as their area."""
    corners = points_n3[faces_f3]
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])


def _vertex_normals(n: int, faces_f3: Int64Array, across_f3: Float64Array) -> NDArray[np.float32]:
    sums: Float64Array = np.stack(
        [
            np.bincount(faces_f3.ravel(), np.repeat(across_f3[:, axis], 3), minlength=n).astype(
                np.float64
            )
            for axis in range(3)
        ],
        axis=1,
    )
    return _unit(sums)


def _unit(vectors_n3: Float64Array) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors_n3, axis=1, keepdims=True)
    unit = np.divide(vectors_n3, lengths, out=np.zeros_like(vectors_n3), where=lengths > 0)
    unit[lengths[:, 0] == 0] = (0.0, 0.0, 1.0)
    return np.asarray(unit, dtype=np.float32)


def normals_of(points_n3: Float64Array, *, k: int = NORMAL_NEIGHBOURS) -> NDArray[np.float32]:
    """Normals by principal components of each point's neighbours; their sense is arbitrary.

    Args:
        points_n3: (N, 3) finite.
        k: neighbours that count.
    """
    library = open3d()
    cloud = library.geometry.PointCloud()
    # Near the origin, as eigenvalues of large coordinates lose their digits.
    cloud.points = library.utility.Vector3dVector(points_n3 - points_n3.mean(axis=0))
    cloud.estimate_normals(library.geometry.KDTreeSearchParamKNN(knn=k))
    return _unit(np.asarray(cloud.normals, dtype=np.float64))


def spacing_of(points_n3: Float64Array) -> float:
    """1 / sqrt(points per area), for the sparser parts of a cloud."""
    from scipy.spatial import cKDTree

    step = max(1, len(points_n3) // SPACING_QUERIES)
    k = min(SPACING_NEIGHBOURS, len(points_n3) - 1)
    distances, _ = cKDTree(points_n3).query(points_n3[::step], k=k + 1)
    reach = float(np.quantile(distances[:, -1], SPACING_QUANTILE))
    return reach * float(np.sqrt(np.pi / k))
