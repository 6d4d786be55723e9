"""From where a surface can be seen, and where it ends. Knows no cloud that is inspected."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import BoolMask, Int64Array
from tools.assets.clouds.extents import half_sphere
from tools.assets.clouds.geometry import Float64Array
from tools.assets.clouds.surface import Surface, thinned
from tools.assets.clouds.visibility import in_front
from tools.experts.cloud_geometry_signs import Scanned

SPACING_NEIGHBOURS = 16
"""Whose reach tells the spacing at a place: scans are sparser where they look aslant."""
N_DIRECTIONS = 120
COARSE_POINTS = 30_000
"""As fine as hollows that hide surface are: at a tenth of the points of a surface a scan seems to
lack what it could not see."""
GRAZING = 0.35
"""Cosine between a normal and a direction from which a surface still shows itself (70 degrees)."""
WELL = 0.5
"""Cosine between a normal and a direction that sees the surface well (60 degrees)."""
BLIND_DEGREES = (60.0, 70.0, 80.0, 90.0, 100.0, 110.0, 120.0)
"""Half the opening of the cones of directions that a scan may not have looked from."""
N_AXES = 480
"""Of the cones, 9 degrees apart: a hidden region's border is as sharp as its cone is known."""
CONES_AT_ONCE = 256
"""Some 40 MB."""
ONE_SIDED = 0.6
"""Share of a reference that one direction sees, where it was scanned from one side; of a closed
body, no direction sees much more than half."""
FEW = 3
"""Of `N_DIRECTIONS`: what no more see well, a scan may miss although it looks from there."""


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
    view: Float64Array | None
    """(3,) from where it was scanned, and scans of its parts are; None where from all around."""


def outlook_of(reference: Scanned) -> Outlook:
    """Look at a reference from all sides."""
    from scipy.spatial import cKDTree

    surface = reference.surface
    coarse = thinned(surface.points_n3, COARSE_POINTS)
    part = surface.some(coarse)
    directions = directions_v3()
    cosine_vm = np.abs(directions @ part.normals_n3.T.astype(np.float64))
    sees = np.stack(
        [in_front(part.points_n3, part.normals_n3, one, spacing=part.spacing) for one in directions]
    )
    nearest = np.asarray(cKDTree(part.points_n3).query(surface.points_n3)[1])
    shown = sees & (cosine_vm >= GRAZING)
    share_v = shown.mean(axis=1)
    return Outlook(
        coarse,
        nearest,
        shown,
        sees & (cosine_vm >= WELL),
        reference.open_edge_n,
        np.maximum(_local_spacing(surface), surface.spacing),
        directions[share_v.argmax()] if share_v.max() >= ONE_SIDED else None,
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


def seen_of_hidden(
    outlook: Outlook, at_k: Int64Array, seen_m: BoolMask, *, covered: float
) -> Float64Array:
    """(S,) how much was seen of what a side hides from which a scan did not look, as shares.

    Sides that hide some points, which the scan lacks: two at most for each cone of `BLIND_DEGREES`
    about each of `N_AXES` directions, as scans differ in how aslant they see: what some direction
    of the cone sees and none outside of it, and what hardly any direction outside of it sees well.

    Args:
        outlook: of a reference.
        at_k: coarse points, some of them more than once.
        seen_m: (M,) coarse points that the scan has.
        covered: share of these that a cone hides, at least.
    """
    places, counts = np.unique(at_k, return_counts=True)
    shares = []
    for sees_vm, few in ((outlook.sees_vm, 0), (outlook.well_vm, FEW)):
        counted = sees_vm.astype(np.float32)
        # A cavity that hardly anybody can look into is missing from every scan.
        shown = counted.sum(axis=0) > few
        hides = (_outside_cones() @ counted[:, places] <= few) & shown[places]
        may = hides @ counts >= covered * len(at_k)
        outside = _outside_cones()[may]
        # In blocks: of a hollow nearly all cones, each with a row of all coarse points.
        for at in range(0, len(outside), CONES_AT_ONCE):
            hidden = (outside[at : at + CONES_AT_ONCE] @ counted <= few) & shown
            n_seen = np.count_nonzero(hidden & seen_m, axis=1)
            shares.append(n_seen / np.maximum(np.count_nonzero(hidden, axis=1), 1))
    return np.concatenate([np.empty(0), *shares])


@cache
def _outside_cones() -> NDArray[np.float32]:
    """(C, V) 1 where a direction lies outside of a cone."""
    upper = half_sphere(N_AXES // 2)
    cosine_av = np.concatenate([upper, -upper]) @ directions_v3().T
    outside = [cosine_av < np.cos(np.radians(opening)) for opening in BLIND_DEGREES]
    return np.concatenate(outside).astype(np.float32)


@cache
def directions_v3() -> Float64Array:
    """(V, 3) unit vectors evenly over the sphere."""
    upper = half_sphere(N_DIRECTIONS // 2)
    return np.concatenate([upper, -upper])
