"""Points that stand out, as connected places. Knows no expert and no picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tools.arrays import Int64Array
from tools.asset_ports import ScoredExtent
from tools.assets.clouds.extents import extent_of
from tools.assets.clouds.geometry import Shape

REACH = 2.5
"""In units of the spacing: points nearer than this are connected."""
MIN_POINTS = 4
"""A cloud's place of fewer points is a speck of noise."""


def places_of(shape: Shape, scores_n: NDArray[np.float32], *, level: float) -> list[ScoredExtent]:
    """Connected points above a level, the worst place first.

    Args:
        shape: a cloud, whose neighbours are connected, or a mesh, whose edges connect.
        scores_n: (N,) of the shape's points; NaN is not above.
        level: what normal points do not exceed.
    """
    above = np.flatnonzero(scores_n > level)
    if not len(above):
        return []
    labels = _labels(shape, above)
    found = []
    for label in range(int(labels.max()) + 1):
        members = above[labels == label]
        if shape.is_mesh or len(members) >= MIN_POINTS:
            found.append(ScoredExtent(extent_of(shape, members), float(scores_n[members].max())))
    return sorted(found, key=lambda place: -place.score)


def _labels(shape: Shape, above: Int64Array) -> Int64Array:
    """Which component each of some points belongs to."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    pairs = _edges(shape, above) if shape.is_mesh else _neighbours(shape, above)
    ones = np.ones(len(pairs), dtype=np.bool_)
    graph = coo_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(above), len(above)))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _neighbours(shape: Shape, above: Int64Array) -> Int64Array:
    from scipy.spatial import cKDTree

    pairs = cKDTree(shape.points_n3[above]).query_pairs(
        REACH * shape.spacing, output_type="ndarray"
    )
    return np.asarray(pairs, dtype=np.int64)


def _edges(shape: Shape, above: Int64Array) -> Int64Array:
    """Edges of faces between points above, by their place among them."""
    place = np.full(len(shape.points_n3), -1, dtype=np.int64)
    place[above] = np.arange(len(above))
    edges = np.concatenate([shape.faces_f3[:, [0, 1]], shape.faces_f3[:, [1, 2]]])
    edges = np.concatenate([edges, shape.faces_f3[:, [2, 0]]])
    within = place[edges]
    return np.asarray(within[(within >= 0).all(axis=1)], dtype=np.int64)
