"""Surface of the reference that a cloud lacks although its scan looked there.

A hole and a side that was not scanned are both missing surface. What tells them apart is that a
side hides all together what only it shows: where the rest of that was seen, the scan did look, and
the piece is gone. Hollows that few directions look into are missing from many scans. And a hole is
bounded by seen surface on all sides. So a piece as large as a side counts as not scanned, even
where it broke off. Scans from one side all look from there, and what one lacks it lacks as its
field of view ended, or it is gone: a bite out of an edge is told from an end by its shape. Knows no
asset.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tools.arrays import BoolMask, Int64Array
from tools.assets.clouds.geometry import Float64Array
from tools.assets.clouds.surface import Surface
from tools.experts.cloud_geometry_edges import EDGE_DEGREES, tangents
from tools.experts.cloud_geometry_field import field_of
from tools.experts.cloud_geometry_outlook import Outlook, seen_of_hidden
from tools.experts.cloud_geometry_signs import Scanned

EMPTY = 2.0
"""In units of the spacing: of points thrown at random, 1 place in 300,000 is so far from any."""
SPARSE = 1.4
"""In units of the spacing: 1 place in 500 is so far from any. What hangs together with an empty
place and is so far from any belongs to its gap: a small one has few empty places."""
USUAL = 1.55
"""In units of the spacing: 1 place in 2,000 is so far from any, as many as have a usual sign."""
RIM = 2.0
"""In units of the spacing: points so near to missing surface border it."""
AWAY = 0.7
"""In units of the spacing: so far from where a surface ends lies the nearest of points thrown on it
at random, on average (1 / sqrt(2))."""
MAX_PIECE = 0.1
"""Of what any direction sees well: a larger missing piece is a side that was not scanned."""
SHALLOW = 0.1
"""Of the radius of a round hole as large: half its points are farther than 0.3 of it from its rim,
and half of a strip's ten times as long as wide farther than 0.14."""
MOSTLY = 0.7
"""Share of a gap that a direction sees well which sees the gap."""
MIN_DIRECTIONS = 6
"""That see a gap; what fewer see, a scan need not show, unless it shows what is hidden with it."""
NEAR = 1.0
"""In units of the spacing: 24 of 25 places of a surface that was seen have a point so near."""
COVERED = 0.5
"""Share of a gap that a side hides which may be the reason for it."""
MAX_SEEN = 0.4
"""Share that was seen of what a side hides which was not looked from: it is mostly missing, but
its border is not sharp. Of normal scans, pieces that are more than specks stay below it."""
MAX_SEEN_OF_HOLLOWS = 0.6
"""The same for a gap that few directions see: into a hollow a scan may just have missed to look."""
MAX_OPEN = 0.2
"""Share of a gap's border that may be the reference's open edge."""
LINKED = 1.8
"""In units of the spacing: sparse places nearer than this are one gap."""
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
    is_missing = spacings > SPARSE
    missing = np.flatnonzero(is_missing)
    seen_m = spacings[outlook.coarse_m] <= NEAR
    field = None if outlook.view is None else field_of(points, outlook.view)
    found = []
    for members in _connected(points, missing, reach=LINKED * reference.surface.spacing):
        empty = members[spacings[members] > EMPTY]
        border = _border(reference, members, missing)
        if not len(empty) or len(border) < MIN_BORDER:
            continue
        if field is not None:
            is_face = _is_face(spacings[members], n=len(points))
            is_gone = not is_face and not field.ends_before(members, is_missing)
        else:
            is_gone = _is_bounded(reference.surface, members, border, outlook)
            is_gone = is_gone and _is_expected(empty, seen_m, outlook)
        if is_gone:
            largest = float(spacings[members].max())
            found.append(Gap(points[members], apart[members], largest / USUAL))
    return found


def bordering(seen: Scanned, gap: Gap) -> Int64Array:
    """Points of the cloud that border a gap."""
    reach = gap.apart_m + (RIM - AWAY) * seen.surface.spacing
    near = seen.tree.query_ball_point(gap.points_m3, reach)
    return np.unique(np.concatenate([np.asarray(one, dtype=np.int64) for one in near]))


def _is_face(spacings_m: Float64Array, *, n: int) -> bool:
    """Whether a large piece lies close to what was seen: the other face of a thin plate.

    Such a plate seems to be scanned from one side, as directions see through both its faces.
    """
    is_large = len(spacings_m) > MAX_PIECE * n
    return bool(is_large and np.median(spacings_m) < SHALLOW * np.sqrt(len(spacings_m) / np.pi))


def _is_expected(members: Int64Array, seen_m: BoolMask, outlook: Outlook) -> bool:
    """Whether the scan must have looked at a piece.

    No side that may not have been looked from is the reason for it: of what it hides beside the
    piece, much was seen.
    """
    at = outlook.nearest_n[members]
    well = outlook.well_vm[:, at].mean(axis=1) >= MOSTLY
    piece_v = outlook.well_vm @ np.isin(outlook.coarse_m, members).astype(np.float32)
    # Seen aslant, a side is a small piece.
    too_large = piece_v[well] > MAX_PIECE * outlook.well_vm[well].sum(axis=1)
    if not np.any(well) or np.any(too_large):
        return False
    max_seen = MAX_SEEN if well.sum() >= MIN_DIRECTIONS else MAX_SEEN_OF_HOLLOWS
    return not np.any(seen_of_hidden(outlook, at, seen_m, covered=COVERED) <= max_seen)


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


def _is_bounded(
    surface: Surface, members: Int64Array, border: Int64Array, outlook: Outlook
) -> bool:
    """Whether a piece ends at seen surface on all sides, not at the reference's open edge."""
    n_open = int(outlook.open_edge_n[members].sum())
    is_closed = n_open <= MAX_OPEN * (n_open + len(border))
    widest = _widest_sector(surface, members, border)
    return is_closed and widest <= float(np.radians(EDGE_DEGREES))


def _widest_sector(surface: Surface, members: Int64Array, border: Int64Array) -> float:
    """The widest angle, seen from the middle of a piece, without a point of its border."""
    middle = surface.points_n3[members].mean(axis=0)
    normals = surface.normals_n3[members].astype(np.float64)
    normals *= np.where(normals @ normals[0] < 0, -1.0, 1.0)[:, None]
    right, other = tangents(normals.mean(axis=0)[None])
    from_middle = surface.points_n3[border] - middle
    angles = np.sort(np.arctan2(from_middle @ other[0], from_middle @ right[0]))
    return float(np.diff(np.append(angles, angles[0] + 2 * np.pi)).max())
