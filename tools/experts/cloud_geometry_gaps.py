"""Surface of the reference that a cloud lacks although its scan looked there.

A hole and a side that was not scanned are both missing surface. Two things tell them apart. A
scanner that did not look from somewhere lacks all surface that faces there; around a hole, most of
the surface that faces the same way was seen. Hollows that look out to few directions only are
missing from many scans. And a scan that ends early ends where the reference
itself goes on to its open edge; a hole is bounded by seen surface on all sides. So a piece that
faces like nothing else on the part, or that lies at the open edge of a scan from one side, counts
as not scanned, even where it broke off. Knows no asset.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from tools.arrays import BoolMask, Int64Array
from tools.assets.clouds.extents import half_sphere
from tools.assets.clouds.geometry import Float64Array
from tools.assets.clouds.surface import Surface, thinned
from tools.assets.clouds.visibility import in_front
from tools.experts.cloud_geometry_signs import Scanned

EMPTY = 2.2
"""In units of the spacing: of points thrown at random, 1 place in 4 million is so far from any."""
RIM = 2.0
"""In units of the spacing: points so near to missing surface border it."""
N_DIRECTIONS = 120
COARSE_POINTS = 8_000
SAME_WAY = np.cos(np.radians(25))
"""Cosine between the normals of surfaces that face the same way."""
MOSTLY_SEEN = 0.75
"""Share of the surface that faces the same way."""
MOSTLY_EXPECTED = 0.7
"""Share of a gap's points that look out freely and face as something else that was seen does."""
GRAZING = 0.35
"""Cosine between a normal and a direction from which a surface still shows itself."""
MIN_OUTLOOK = 0.5
"""Share of the directions above a surface that see it; below, it lies in a hollow."""
MAX_OPEN = 0.25
"""Share of a gap's border that may be the reference's open edge."""
LINKED = 1.8
"""In units of the spacing: missing points nearer than this are one gap."""
MIN_MISSING, MIN_BORDER = 3, 6
"""Points: less is a stray."""
EDGE_NEIGHBOURS = 16
EDGE_DEGREES = 110
"""Between the neighbours of a point on an open edge, somewhere around it."""


class Gap(NamedTuple):
    """A connected piece of missing surface."""

    points_m3: Float64Array
    apart_m: Float64Array
    """From each to the nearest point of the cloud."""
    emptiness: float
    """The largest of these, in units of `EMPTY` spacings; at least 1."""


class Outlook(NamedTuple):
    """What of a reference faces each direction and can be seen from there, at a coarse fineness."""

    points_m3: Float64Array
    faces_vm: BoolMask
    """(V, M)"""
    towards_n: Int64Array
    """(N,) the direction that each point of the reference faces."""
    free_n: BoolMask
    """(N,) points that look out freely."""
    open_edge_n: BoolMask
    """(N,) points on the reference's open edge."""


def outlook_of(surface: Surface) -> Outlook:
    """Look at a reference from all sides."""
    from scipy.spatial import cKDTree

    part = surface.some(thinned(surface.points_n3, COARSE_POINTS))
    directions = _directions()
    cosine_vm = np.abs(directions @ part.normals_n3.T.astype(np.float64))
    seen = np.stack(
        [in_front(part.points_n3, part.normals_n3, one, spacing=part.spacing) for one in directions]
    )
    shows = cosine_vm >= GRAZING
    # Half of the directions along a normal's line are below the surface.
    outlook = 2 * (shows & seen).sum(axis=0) / np.maximum(shows.sum(axis=0), 1)
    nearest = np.asarray(cKDTree(part.points_n3).query(surface.points_n3)[1])
    return Outlook(
        part.points_n3,
        (cosine_vm >= SAME_WAY) & seen,
        _towards(surface, seen, nearest),
        outlook[nearest] >= MIN_OUTLOOK,
        open_edge(surface),
    )


def _towards(surface: Surface, seen_vm: BoolMask, nearest: Int64Array) -> Int64Array:
    """(N,) of the two directions along a point's normal, the one from which it can be seen."""
    cosine_nv = surface.normals_n3.astype(np.float64) @ _directions().T
    ways = np.stack([cosine_nv.argmax(axis=1), cosine_nv.argmin(axis=1)])
    first_seen = seen_vm[ways[0], nearest]
    return np.asarray(np.where(first_seen, ways[0], ways[1]), dtype=np.int64)


def open_edge(surface: Surface) -> BoolMask:
    """(N,) points whose neighbours leave a wide sector around them empty."""
    from scipy.spatial import cKDTree

    points = surface.points_n3
    k = min(EDGE_NEIGHBOURS + 1, len(points))
    near = np.asarray(cKDTree(points).query(points, k=k)[1])[:, 1:]
    right, other = _tangents(surface.normals_n3.astype(np.float64))
    from_point = points[near] - points[:, None]
    angles = np.sort(
        np.arctan2(
            np.einsum("nkx,nx->nk", from_point, other), np.einsum("nkx,nx->nk", from_point, right)
        ),
        axis=1,
    )
    round_the_back = angles[:, :1] + 2 * np.pi - angles[:, -1:]
    widest = np.concatenate([np.diff(angles, axis=1), round_the_back], axis=1).max(axis=1)
    return np.asarray(widest > np.radians(EDGE_DEGREES))


def _tangents(normals_n3: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Two axes across each normal."""
    helper = np.eye(3)[np.abs(normals_n3).argmin(axis=1)]
    right = np.cross(normals_n3, helper)
    right /= np.maximum(np.linalg.norm(right, axis=1, keepdims=True), 1e-12)
    return right, np.cross(normals_n3, right)


def gaps_of(seen: Scanned, reference: Scanned, outlook: Outlook) -> list[Gap]:
    """Pieces of the reference that the cloud should show and does not.

    Args:
        seen: what is inspected, in the reference's pose.
        reference: the whole.
        outlook: of the reference.
    """
    spacing = max(seen.surface.spacing, reference.surface.spacing)
    points = reference.surface.points_n3
    apart = np.asarray(seen.tree.query(points)[0])
    missing = np.flatnonzero(apart > EMPTY * spacing)
    if not len(missing):
        return []
    expected = _expected(seen, outlook, spacing=spacing)
    found = []
    for members in _connected(points, missing, reach=LINKED * reference.surface.spacing):
        if expected[members].mean() >= MOSTLY_EXPECTED and _is_bounded(
            reference, members, missing, outlook
        ):
            largest = float(apart[members].max()) / (EMPTY * spacing)
            found.append(Gap(points[members], apart[members], largest))
    return found


def bordering(seen: Scanned, gap: Gap) -> Int64Array:
    """Points of the cloud that border a gap."""
    reach = gap.apart_m + RIM * seen.surface.spacing
    near = seen.tree.query_ball_point(gap.points_m3, reach)
    return np.unique(np.concatenate([np.asarray(one, dtype=np.int64) for one in near]))


def _expected(seen: Scanned, outlook: Outlook, *, spacing: float) -> BoolMask:
    """(N,) points that look out freely, and of whose facing most surface was seen."""
    apart = np.asarray(seen.tree.query(outlook.points_m3)[0])
    covered = (apart <= EMPTY * spacing).astype(np.float32)
    facing = outlook.faces_vm.astype(np.float32)
    share_v = facing @ covered / np.maximum(facing.sum(axis=1), 1)
    return np.asarray(outlook.free_n & (share_v[outlook.towards_n] >= MOSTLY_SEEN))


def _connected(points_n3: Float64Array, members: Int64Array, *, reach: float) -> list[Int64Array]:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    pairs = cKDTree(points_n3[members]).query_pairs(reach, output_type="ndarray")
    ones = np.ones(len(pairs), dtype=np.bool_)
    graph = coo_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(members), len(members)))
    n, labels = connected_components(graph, directed=False)
    parts = [members[labels == label] for label in range(n)]
    return [part for part in parts if len(part) >= MIN_MISSING]


def _is_bounded(
    reference: Scanned, members: Int64Array, missing: Int64Array, outlook: Outlook
) -> bool:
    """Whether a gap is bounded by surface that was seen, not by the reference's open edge."""
    reach = LINKED * reference.surface.spacing
    near = reference.tree.query_ball_point(reference.surface.points_n3[members], reach)
    around = np.unique(np.concatenate([np.asarray(one, dtype=np.int64) for one in near]))
    n_seen = len(np.setdiff1d(around, missing, assume_unique=True))
    n_open = int(outlook.open_edge_n[members].sum())
    return n_seen >= MIN_BORDER and n_open <= MAX_OPEN * (n_open + n_seen)


@cache
def _directions() -> Float64Array:
    upper = half_sphere(N_DIRECTIONS // 2)
    return np.concatenate([upper, -upper])
