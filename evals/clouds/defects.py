"""Bulges, dents, holes and missing parts, planted into drawn points with exact labels.

Knows no scan and no expert.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from evals.clouds.stock import Drawn
from tools.arrays import Int64Array
from tools.assets.clouds.geometry import Float64Array
from tools.assets.clouds.shapes import spacing_of
from tools.assets.clouds.visibility import across

HEIGHT_SHARE = 0.3
"""Of a bulge's or dent's width."""
LABEL_FROM = 0.1
"""Of the height: points that were moved by less are not labelled."""
RIM = 2.0
"""In units of the spacing: points so near to missing surface border it."""
SAME_SIDE = 0.2
"""Cosine between normals of one side; the far side of a thin wall is another."""
ACROSS = 2.0
"""In units of the spacing: so near to the line through a point, its wall's other face is met."""
CAP_NOISE = 0.3
"""Roughness of a fracture, in units of the spacing."""


class Planted(NamedTuple):
    """Points with a defect."""

    points_n3: Float64Array
    is_defect_n: NDArray[np.bool_]


def _patch(drawn: Drawn, centre: int, radius: float) -> Int64Array:
    """Points around a point, on its side of the surface."""
    return _around(drawn, drawn.points_n3[centre], drawn.normals_n3[centre], radius)


def _around(
    drawn: Drawn, middle: Float64Array, normal: NDArray[np.float32], radius: float
) -> Int64Array:
    near = np.array(cKDTree(drawn.points_n3).query_ball_point(middle, radius), dtype=np.int64)
    same: NDArray[np.bool_] = drawn.normals_n3[near] @ normal > SAME_SIDE
    return np.asarray(near[same])


def _other_face(drawn: Drawn, centre: int, width: float) -> Float64Array | None:
    """(3,) the place across from a point, where the wall is thinner there than a defect is deep."""
    points, normal = drawn.points_n3, drawn.normals_n3[centre]
    depth = (points[centre] - points) @ normal
    aside = np.linalg.norm(points - points[centre] + depth[:, None] * normal, axis=1)
    facing_away = drawn.normals_n3 @ normal < -SAME_SIDE
    below = (depth > 0) & (depth <= HEIGHT_SHARE * width)
    across_m = depth[facing_away & below & (aside <= ACROSS * spacing_of(points))]
    return points[centre] - across_m.min() * normal if len(across_m) else None


def _moved(
    drawn: Drawn, centre: int, width: float, *, sense: float, both_faces: bool = False
) -> Planted:
    middle, normal = drawn.points_n3[centre], drawn.normals_n3[centre]
    faces = [(middle, normal)]
    other = _other_face(drawn, centre, width) if both_faces else None
    if other is not None:
        faces.append((other, -normal))
    points = drawn.points_n3.copy()
    label = np.zeros(len(points), dtype=np.bool_)
    for its_middle, facing in faces:
        patch = _around(drawn, its_middle, facing, width / 2)
        apart = np.linalg.norm(drawn.points_n3[patch] - its_middle, axis=1)
        profile = np.cos(np.pi * apart / width) ** 2
        points[patch] += sense * HEIGHT_SHARE * width * profile[:, None] * normal[None]
        label[patch[profile >= LABEL_FROM]] = True
    return Planted(points, label)


def bulge(drawn: Drawn, centre: int, width: float, rng: np.random.Generator) -> Planted:
    """A dome outwards, 0.3 of its width high (cosine squared): material on one face."""
    return _moved(drawn, centre, width, sense=1.0)


def dent(drawn: Drawn, centre: int, width: float, rng: np.random.Generator) -> Planted:
    """A dome inwards; where it is deeper than the wall is thick, the other face moves with it."""
    return _moved(drawn, centre, width, sense=-1.0, both_faces=True)


def hole(drawn: Drawn, centre: int, width: float, rng: np.random.Generator) -> Planted:
    """Missing surface; what borders it is labelled.

    Through a wall that is thinner than 0.3 of the width, else of the one face.
    """
    gone = _patch(drawn, centre, width / 2)
    other = _other_face(drawn, centre, width)
    if other is not None:
        far = _around(drawn, other, -drawn.normals_n3[centre], width / 2)
        gone = np.union1d(gone, far)
    return _without(drawn.points_n3, gone)


def missing_part(drawn: Drawn, centre: int, width: float, rng: np.random.Generator) -> Planted:
    """A piece broken off at a plane across a protrusion; the rough fracture is seen.

    The piece is 0.3 of its width deep, or half as deep as the surface around its tip. What the
    normal part does not have is labelled: the fracture, or where none is seen what borders the
    missing surface.
    """
    points = drawn.points_n3
    near = np.array(cKDTree(points).query_ball_point(points[centre], width / 2), dtype=np.int64)
    lean = points[near].mean(axis=0) - points[centre]
    inwards = lean / max(float(np.linalg.norm(lean)), 1e-12)
    depth = (points[near] - points[centre]) @ inwards
    cut = min(HEIGHT_SHARE * width, 0.5 * float(depth.max()))
    left = _without(points, near[depth <= cut])
    cap = _cap(points[near], points[centre], inwards, cut, rng)
    border = left.is_defect_n & (len(cap) == 0)
    return Planted(
        np.concatenate([left.points_n3, cap]),
        np.concatenate([border, np.ones(len(cap), dtype=np.bool_)]),
    )


def protrusion(drawn: Drawn, tree: cKDTree, index: int, width: float) -> float:
    """How far a point stands out of the surface around it, along its normal.

    Args:
        drawn: points of a surface.
        tree: of these.
        index: of the point.
        width: of the surface around it.
    """
    near = tree.query_ball_point(drawn.points_n3[index], width / 2)
    lean = drawn.points_n3[near].mean(axis=0) - drawn.points_n3[index]
    return -float(lean @ drawn.normals_n3[index])


DEFECTS: dict[str, Callable[[Drawn, int, float, np.random.Generator], Planted]] = {
    "bulge": bulge,
    "dent": dent,
    "hole": hole,
    "missing part": missing_part,
}
"""Each takes the drawn points, the index of the one in its middle, its width, and draws."""


def _without(points_n3: Float64Array, gone: Int64Array) -> Planted:
    stays = np.ones(len(points_n3), dtype=np.bool_)
    stays[gone] = False
    left = points_n3[stays]
    if not len(gone):
        return Planted(left, np.zeros(len(left), dtype=np.bool_))
    apart, _ = cKDTree(points_n3[gone]).query(left)
    return Planted(left, np.asarray(apart <= RIM * spacing_of(points_n3)))


def _cap(
    near_m3: Float64Array,
    tip: Float64Array,
    inwards: Float64Array,
    cut: float,
    rng: np.random.Generator,
) -> Float64Array:
    """Points over the fracture: on the plane, within the hull of the surface around it."""
    from scipy.spatial import Delaunay, QhullError

    spacing = spacing_of(near_m3) if len(near_m3) > 8 else 0.0
    axes = across(inwards)
    depth = (near_m3 - tip) @ inwards
    rim = (near_m3[np.abs(depth - cut) <= 1.5 * spacing] - tip) @ axes.T
    if spacing == 0 or len(rim) < 4:
        return np.zeros((0, 3))
    try:
        hull = Delaunay(rim)
    except QhullError:
        return np.zeros((0, 3))
    area = float(np.prod(np.ptp(rim, axis=0)))
    thrown = rng.uniform(rim.min(axis=0), rim.max(axis=0), (int(area / spacing**2) + 1, 2))
    flat = thrown[hull.find_simplex(thrown) >= 0]
    rough = cut + rng.normal(0, CAP_NOISE * spacing, len(flat))
    return np.asarray(tip + flat @ axes + rough[:, None] * inwards)
