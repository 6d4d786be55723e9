"""A set of points as a place: centre, box, diameter. Knows no picture."""

from __future__ import annotations

import numpy as np

from tools.arrays import Int64Array
from tools.assets.clouds.geometry import Float64Array, Shape
from tools.records import PointExtent

EXACT_POINTS = 1_500
N_DIRECTIONS = 400
BETWEEN_DIRECTIONS = 0.14
"""Radians from any direction to the nearest of so many on half a sphere; measured, with room."""


def extent_of(shape: Shape, members: Int64Array) -> PointExtent:
    """The place of some of a shape's points.

    Args:
        shape: in the file's units and axes.
        members: indices of its points, at least one.
    """
    points = shape.points_n3[members]
    return PointExtent(
        point_indices=np.sort(shape.kept_n[members]).tolist(),
        centre_xyz=points.mean(axis=0).tolist(),
        extent_xyz=np.ptp(points, axis=0).tolist(),
        diameter=diameter_of(points),
    )


def diameter_of(points_n3: Float64Array) -> float:
    """The largest distance between two points: exact for few, from above by 1 % for many."""
    if len(points_n3) <= EXACT_POINTS:
        return _exact(points_n3)
    centred = points_n3 - points_n3.mean(axis=0)
    widths = np.ptp(centred @ _directions().T, axis=0)
    bound = float(widths.max()) / float(np.cos(BETWEEN_DIRECTIONS))
    box = float(np.linalg.norm(np.ptp(centred, axis=0)))
    return min(bound, box)


def _exact(points_n3: Float64Array) -> float:
    from scipy.spatial.distance import pdist

    return float(pdist(points_n3).max()) if len(points_n3) > 1 else 0.0


def _directions() -> Float64Array:
    """(N_DIRECTIONS, 3) unit vectors evenly over half a sphere (Fibonacci's lattice)."""
    return half_sphere(N_DIRECTIONS)


def half_sphere(n: int) -> Float64Array:
    """(n, 3) unit vectors evenly over the half sphere of z above 0 (Fibonacci's lattice)."""
    index = np.arange(n)
    height = 1 - (index + 0.5) / n
    turn = np.pi * (1 + np.sqrt(5)) * index
    flat = np.sqrt(1 - height**2)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), height], axis=1)
