"""From where a surface can be seen, and where it ends. Knows no cloud that is inspected."""

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

SPACING_NEIGHBOURS = 16
"""Whose reach tells the spacing at a place: scans are sparser where they look aslant."""
N_DIRECTIONS = 120
COARSE_POINTS = 8_000
GRAZING = 0.35
"""Cosine between a normal and a direction from which a surface still shows itself (70 degrees)."""
WELL = 0.5
"""Cosine between a normal and a direction that sees the surface well (60 degrees)."""
BLIND_DEGREES = (90.0, 100.0)
"""Half the opening of the cones of directions that a scan may not have looked from."""
EDGE_NEIGHBOURS = 24
EDGE_DEGREES = 150
"""Between the neighbours of a point on an open edge, somewhere around it: of points thrown at
random inside a surface, 1 in 10,000 has such a sector; on a straight edge it is 180."""


class Outlook(NamedTuple):
    """What of a reference each direction sees, at a coarse fineness."""

    coarse_m: Int64Array
    """Indices of the reference's points that are looked at."""
    nearest_n: Int64Array
    """(N,) which of them is nearest to each of the reference's points."""
    sees_vm: BoolMask
    """(V, M) at no more than 70 degrees."""
    well_vm: BoolMask
    """(V, M) at no more than 60 degrees."""
    open_edge_n: BoolMask
    """(N,) points on the reference's open edge."""
    spacing_n: Float64Array
    """(N,) of the reference at each of its points, at least that of its whole."""


def outlook_of(surface: Surface) -> Outlook:
    """Look at a reference from all sides."""
    from scipy.spatial import cKDTree

    coarse = thinned(surface.points_n3, COARSE_POINTS)
    part = surface.some(coarse)
    directions = directions_v3()
    cosine_vm = np.abs(directions @ part.normals_n3.T.astype(np.float64))
    sees = np.stack(
        [in_front(part.points_n3, part.normals_n3, one, spacing=part.spacing) for one in directions]
    )
    nearest = np.asarray(cKDTree(part.points_n3).query(surface.points_n3)[1])
    return Outlook(
        coarse,
        nearest,
        sees & (cosine_vm >= GRAZING),
        sees & (cosine_vm >= WELL),
        open_edge(surface),
        np.maximum(_local_spacing(surface), surface.spacing),
    )


def _local_spacing(surface: Surface) -> Float64Array:
    from scipy.spatial import cKDTree

    k = min(SPACING_NEIGHBOURS, len(surface.points_n3) - 1)
    reach = cKDTree(surface.points_n3).query(surface.points_n3, k=k + 1)[0][:, -1]
    return np.asarray(reach * np.sqrt(np.pi / k))


def shown_without(
    points_n3: Float64Array, reference: Scanned, outlook: Outlook, side: Float64Array
) -> BoolMask:
    """(N,) points of a reference's surface that a scan has which did not look from a side.

    Args:
        points_n3: on the reference's surface, in its pose.
        reference: of the outlook.
        outlook: what each direction sees of it.
        side: (3,) unit vector towards the side.
    """
    at = outlook.nearest_n[np.asarray(reference.tree.query(points_n3)[1])]
    others = directions_v3() @ side <= 0
    seen_m: BoolMask = np.asarray(np.any(outlook.sees_vm[others], axis=0))
    shown: BoolMask = seen_m[at]
    return shown


def open_edge(surface: Surface) -> BoolMask:
    """(N,) points whose neighbours leave a wide sector around them empty."""
    from scipy.spatial import cKDTree

    points = surface.points_n3
    k = min(EDGE_NEIGHBOURS + 1, len(points))
    near = np.asarray(cKDTree(points).query(points, k=k)[1])[:, 1:]
    right, other = tangents(surface.normals_n3.astype(np.float64))
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


def tangents(normals_n3: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Two axes across each normal."""
    helper = np.eye(3)[np.abs(normals_n3).argmin(axis=1)]
    right = np.cross(normals_n3, helper)
    right /= np.maximum(np.linalg.norm(right, axis=1, keepdims=True), 1e-12)
    return right, np.cross(normals_n3, right)


def hidden_by_side(outlook: Outlook) -> BoolMask:
    """(S, M) coarse points that some direction of a cone sees, and none outside of it.

    A row for each cone of `BLIND_DEGREES` about each direction.
    """
    directions = directions_v3()
    cosine_vv = directions @ directions.T
    sees = outlook.sees_vm.astype(np.float32)
    rows = [
        (cosine_vv < np.cos(np.radians(opening))).astype(np.float32) @ sees == 0
        for opening in BLIND_DEGREES
    ]
    # A cavity that nobody can look into is missing from every scan.
    return np.concatenate(rows) & outlook.sees_vm.any(axis=0)


@cache
def directions_v3() -> Float64Array:
    """(V, 3) unit vectors evenly over the sphere."""
    upper = half_sphere(N_DIRECTIONS // 2)
    return np.concatenate([upper, -upper])
