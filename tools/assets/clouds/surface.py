"""Points on a cloud's or mesh's surface, few enough to compute with. Knows no picture.

A mesh gives points drawn evenly from its faces; a cloud gives points of its own, thinned evenly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import Int64Array
from tools.assets.clouds.geometry import Float64Array, Shape, UInt8Array
from tools.assets.clouds.shapes import spacing_of


class Surface(NamedTuple):
    """Points with normals."""

    points_n3: Float64Array
    normals_n3: NDArray[np.float32]
    """Unit vectors of arbitrary sense."""
    owners_n: Int64Array
    """(N,) the shape's point that each speaks for: itself, or a face's nearest corner."""
    spacing: float
    """1 / sqrt(points per area) for the sparser parts."""
    colours_n3: UInt8Array | None = None
    """(N, 3) RGB of the owners, where the shape has colours."""

    def some(self, members: Int64Array) -> Surface:
        """A part of it."""
        points = self.points_n3[members]
        return Surface(
            points,
            self.normals_n3[members],
            self.owners_n[members],
            spacing_of(points),
            None if self.colours_n3 is None else self.colours_n3[members],
        )


def surface_of(shape: Shape, *, max_points: int, seed: int = 0) -> Surface:
    """At most so many points of a surface, spread evenly.

    Args:
        shape: a cloud or mesh.
        max_points: of the surface; a mesh gives so many.
        seed: of the draws; another one gives another sample of a mesh.
    """
    if shape.is_mesh:
        return _from_faces(shape, max_points, seed=seed)
    members = np.arange(len(shape.points_n3))
    if len(members) > max_points:
        members = thinned(shape.points_n3, max_points, seed=seed)
    return Surface(
        shape.points_n3[members],
        shape.normals_n3[members],
        members,
        spacing_of(shape.points_n3[members]),
        _colours(shape, members),
    )


def thinned(points_n3: Float64Array, max_points: int, *, seed: int = 0) -> Int64Array:
    """Indices of at most so many points, one from each cell of a grid; ascending.

    Args:
        points_n3: (N, 3).
        max_points: that are kept.
        seed: decides which of a cell.
    """
    order = np.random.default_rng(seed).permutation(len(points_n3))
    low = points_n3.min(axis=0)
    side = float(np.linalg.norm(np.ptp(points_n3, axis=0))) / np.sqrt(max_points) / 2
    for _ in range(40):
        cells = np.floor((points_n3[order] - low) / side).astype(np.int64)
        span = cells.max(axis=0) + 1
        keys = (cells[:, 0] * span[1] + cells[:, 1]) * span[2] + cells[:, 2]
        _, first = np.unique(keys, return_index=True)
        if len(first) <= max_points:
            return np.sort(order[first])
        side *= max(1.02, float(np.sqrt(len(first) / max_points)))
    return np.sort(order[:max_points])


def in_order(surface: Surface) -> Surface:
    """The same points, neighbours beside each other: searched in half the time."""
    from scipy.spatial import cKDTree

    return surface.some(np.asarray(cKDTree(surface.points_n3).indices))


def _from_faces(shape: Shape, n: int, *, seed: int) -> Surface:
    """Points drawn evenly by area: systematic over the faces, so that none is left empty."""
    rng = np.random.default_rng(seed)
    corners = shape.points_n3[shape.faces_f3]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    doubled = np.linalg.norm(across, axis=1)
    ends = np.cumsum(doubled)
    at = (np.arange(n) + rng.random(n)) / n * ends[-1]
    face = np.minimum(np.searchsorted(ends, at, side="right"), len(ends) - 1)
    root, second = np.sqrt(rng.random(n)), rng.random(n)
    weights = np.stack([1 - root, root * (1 - second), root * second], axis=1)
    points = np.einsum("nk,nkx->nx", weights, corners[face])
    owners = shape.faces_f3[face][np.arange(n), weights.argmax(axis=1)]
    normals = (across[face] / doubled[face][:, None]).astype(np.float32)
    return Surface(points, normals, owners, spacing_of(points), _colours(shape, owners))


def _colours(shape: Shape, owners_n: Int64Array) -> UInt8Array | None:
    return None if shape.colours_n3 is None else shape.colours_n3[owners_n]
