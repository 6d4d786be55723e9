"""Surface of the reference that a cloud lacks although its scan looked there.

A hole and a side that was not scanned are both missing surface. What tells them apart is from where
the scan looked: a direction of which nearly all that it sees well was seen is one that was looked
from, and what such directions see well is missing where it is missing. Hollows that few directions
look into are missing from many scans. And a scan that ends early ends where the reference itself
goes on to its open edge; a hole is bounded by seen surface on all sides. What one side hides is
hidden all together: where the rest of it was seen, the piece is gone. So a piece as large as a
side, or at the open edge of a scan from one side, counts as not scanned, even where it broke off;
and of many holes at once each speaks against the others. Knows no asset.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tools.arrays import BoolMask, Int64Array
from tools.assets.clouds.geometry import Float64Array
from tools.assets.clouds.surface import Surface
from tools.experts.cloud_geometry_outlook import (
    EDGE_DEGREES,
    N_DIRECTIONS,
    WELL,
    Outlook,
    hidden_by_side,
    tangents,
)
from tools.experts.cloud_geometry_signs import Scanned

EMPTY = 2.0
"""In units of the spacing: of points thrown at random, 1 place in 300,000 is so far from any."""
USUAL = 1.55
"""In units of the spacing: 1 place in 2,000 is so far from any, as many as have a usual sign."""
RIM = 2.0
"""In units of the spacing: points so near to missing surface border it."""
MAX_ELSE, MAX_ELSE_HOLLOW = 0.03, 0.01
"""Of what a direction sees well, missing elsewhere, where the scan looked from it."""
MAX_PIECE = 0.1
"""Of what any direction sees well: a larger missing piece is a side that was not scanned."""
MOSTLY = 0.7
"""Share of a gap that a direction sees well which sees the gap."""
MIN_LOOKS, MIN_LOOKS_HOLLOW = 0.5, 0.8
"""Share of the directions that see a gap from which the scan must have looked."""
MIN_OUTLOOK = 0.5
"""Share of the directions above a surface that see it well; below, it lies in a hollow, which a
scan misses more easily."""
MIN_DIRECTIONS = 6
"""That see a gap; what fewer see, no scan is bound to show."""
NEAR = 0.7
"""In units of the spacing: 4 of 5 places of a surface that was seen have a point so near."""
MAX_SEEN = 0.6
"""Of so many, on what a side hides that was not looked from; its border is not sharp."""
ONE_SIDED = 0.6
"""Share of a reference that one direction sees, where it was scanned from one side; of a closed
body, no direction sees much more than half."""
MAX_OPEN = 0.2
"""Share of a gap's border that may be the reference's open edge."""
LINKED = 3.0
"""In units of the spacing: missing points nearer than this are one gap; more than `EMPTY`, as a
lone seen point divides no gap."""
BESIDE = 1.8
"""In units of the spacing: points so near to a gap's are its border."""
MIN_MISSING, MIN_BORDER = 3, 6
"""Points: less is a stray."""


class Gap(NamedTuple):
    """A connected piece of missing surface."""

    points_m3: Float64Array
    apart_m: Float64Array
    """From each to the nearest point of the cloud."""
    emptiness: float
    """The largest of these, in units of `USUAL` spacings."""


def gaps_of(seen: Scanned, reference: Scanned, outlook: Outlook) -> list[Gap]:
    """Pieces of the reference that the cloud should show and does not.

    Args:
        seen: what is inspected, in the reference's pose.
        reference: the whole.
        outlook: of the reference.
    """
    points = reference.surface.points_n3
    apart = np.asarray(seen.tree.query(points)[0])
    spacings = apart / np.maximum(outlook.spacing_n, seen.surface.spacing)
    missing = np.flatnonzero(spacings > EMPTY)
    if not len(missing):
        return []
    pieces = _connected(points, missing, reach=LINKED * reference.surface.spacing)
    borders = [_border(reference, one, missing) for one in pieces]
    closed = [_is_closed(*both, outlook) for both in zip(pieces, borders, strict=True)]
    inside = [(one, border) for one, border, ok in zip(pieces, borders, closed, strict=True) if ok]
    lacks = _Lacks.of(missing, [one for one, _ in inside], outlook)
    hidden = hidden_by_side(outlook)
    seen_m = spacings[outlook.coarse_m] <= NEAR
    found = []
    for members, border in inside:
        is_hole = _is_bounded(reference.surface, members, border)
        is_hole = is_hole and _is_expected(members, lacks, outlook)
        if is_hole and not _is_hidden(members, hidden, seen_m, outlook):
            largest = float(spacings[members].max()) / USUAL
            found.append(Gap(points[members], apart[members], largest))
    return found


def bordering(seen: Scanned, gap: Gap) -> Int64Array:
    """Points of the cloud that border a gap."""
    reach = gap.apart_m + RIM * seen.surface.spacing
    near = seen.tree.query_ball_point(gap.points_m3, reach)
    return np.unique(np.concatenate([np.asarray(one, dtype=np.int64) for one in near]))


class _Lacks(NamedTuple):
    """What each direction sees well and was not seen."""

    well_vk: Float64Array
    """(V, K) 1 where a direction sees a coarse point well; without what was cut off at an open
    edge, which says nothing of the direction."""
    index_k: Int64Array
    """(K,) of the reference's points."""
    missing_v: Float64Array
    """(V,) how many are missing."""
    total_v: Float64Array

    @classmethod
    def of(cls, missing: Int64Array, closed: list[Int64Array], outlook: Outlook) -> _Lacks:
        """Count."""
        gone = np.zeros(len(outlook.nearest_n), dtype=np.bool_)
        gone[missing] = True
        counts = ~gone
        for members in closed:
            counts[members] = True
        among = counts[outlook.coarse_m]
        well, index = outlook.well_vm[:, among].astype(np.float64), outlook.coarse_m[among]
        return cls(well, index, well @ gone[index], np.maximum(well.sum(axis=1), 1))


def _is_hidden(
    members: Int64Array, hidden_sm: BoolMask, seen_m: BoolMask, outlook: Outlook
) -> bool:
    """Whether a side that the scan may not have looked from hides a piece.

    What only such a side sees is hidden all together: where the rest of it is as densely seen as
    surface is, the scan did look.
    """
    covers = hidden_sm[:, outlook.nearest_n[members]].mean(axis=1) >= MOSTLY
    rest = hidden_sm[covers] & ~np.isin(outlook.coarse_m, members)
    n_seen = rest[:, seen_m].sum(axis=1)
    return bool(np.any(n_seen <= MAX_SEEN * seen_m.mean() * rest.sum(axis=1)))


def _is_expected(members: Int64Array, lacks: _Lacks, outlook: Outlook) -> bool:
    """Whether the scan looked from most of the directions that see a piece well.

    A reference that one direction sees is a scan from there, and so are scans of its part.
    """
    if outlook.sees_vm.mean(axis=1).max() >= ONE_SIDED:
        return True
    sees = outlook.well_vm[:, outlook.nearest_n[members]].mean(axis=1) >= MOSTLY
    is_hollow = sees.sum() < MIN_OUTLOOK * (1 - WELL) / 2 * N_DIRECTIONS
    max_else = MAX_ELSE_HOLLOW if is_hollow else MAX_ELSE
    piece_v = lacks.well_vk @ np.isin(lacks.index_k, members)
    # Seen aslant, a side is a small piece.
    if np.any(piece_v[sees] > MAX_PIECE * lacks.total_v[sees]):
        return False
    looked = lacks.missing_v - piece_v <= max_else * lacks.total_v
    wanted = (MIN_LOOKS_HOLLOW if is_hollow else MIN_LOOKS) * sees.sum()
    return bool(sees.sum() >= MIN_DIRECTIONS and (sees & looked).sum() >= wanted)


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


def _border(reference: Scanned, members: Int64Array, missing: Int64Array) -> Int64Array:
    """Points of the reference beside a piece that the cloud has."""
    reach = BESIDE * reference.surface.spacing
    near = reference.tree.query_ball_point(reference.surface.points_n3[members], reach)
    around = np.unique(np.concatenate([np.asarray(one, dtype=np.int64) for one in near]))
    return np.setdiff1d(around, missing, assume_unique=True)


def _is_closed(members: Int64Array, border: Int64Array, outlook: Outlook) -> bool:
    """Whether a piece ends at surface that was seen, not at the reference's open edge."""
    n_open = int(outlook.open_edge_n[members].sum())
    return len(border) >= MIN_BORDER and n_open <= MAX_OPEN * (n_open + len(border))


def _is_bounded(surface: Surface, members: Int64Array, border: Int64Array) -> bool:
    """Whether seen surface lies on all sides of a piece."""
    return _widest_sector(surface, members, border) <= float(np.radians(EDGE_DEGREES))


def _widest_sector(surface: Surface, members: Int64Array, border: Int64Array) -> float:
    """The widest angle, seen from the middle of a piece, without a point of its border."""
    middle = surface.points_n3[members].mean(axis=0)
    normals = surface.normals_n3[members].astype(np.float64)
    normals *= np.where(normals @ normals[0] < 0, -1.0, 1.0)[:, None]
    right, other = tangents(normals.mean(axis=0)[None])
    from_middle = surface.points_n3[border] - middle
    angles = np.sort(np.arctan2(from_middle @ other[0], from_middle @ right[0]))
    return float(np.diff(np.append(angles, angles[0] + 2 * np.pi)).max())
