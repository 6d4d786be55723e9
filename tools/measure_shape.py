"""Lengths, areas and counts of a mask, in pixels and millimetres. Knows no parts and no rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tools.arrays import BoolMask

Points = npt.NDArray[np.float64]


class Quantity(NamedTuple):
    """One thing that can be measured on a mask."""

    unit: str
    power: int
    """Of the length: 1 for a length, 2 for an area, 0 for a number."""
    description: str
    measure: Callable[[BoolMask], float]
    """In pixels to that power."""


def area(mask: BoolMask) -> float:
    """Number of true pixels."""
    return float(np.count_nonzero(mask))


def length(mask: BoolMask) -> float:
    """Longest distance between two points of the mask (maximum Feret diameter)."""
    hull = _hull(mask)
    return float(np.sqrt(((hull[:, None] - hull[None]) ** 2).sum(axis=2).max()))


def width(mask: BoolMask) -> float:
    """Least distance between two parallel lines around the mask (minimum Feret diameter)."""
    hull = _hull(mask)
    edges = np.roll(hull, -1, axis=0) - hull
    normals = np.stack([-edges[:, 1], edges[:, 0]], axis=1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    reach = hull @ normals.T
    return float((reach.max(axis=0) - reach.min(axis=0)).min())


def diameter(mask: BoolMask) -> float:
    """Diameter of the circle of equal area."""
    return float(np.sqrt(4 * area(mask) / np.pi))


def pieces(mask: BoolMask) -> float:
    """Number of pieces; pixels that touch at a corner belong together."""
    from scipy.ndimage import label

    return float(label(mask, structure=np.ones((3, 3)))[1])


SHAPE_QUANTITIES: dict[str, Quantity] = {
    "area": Quantity("2", 2, "area", area),
    "length": Quantity("", 1, "longest extent", length),
    "width": Quantity("", 1, "least extent", width),
    "diameter": Quantity("", 1, "diameter of the circle of equal area", diameter),
    "pieces": Quantity("", 0, "number of separate pieces", pieces),
}
"""What is measured on a mask, by name without its unit."""


def measure_mask(mask: BoolMask, *, mm_per_px: float | None = None) -> dict[str, float]:
    """Measure everything in the table.

    Args:
        mask: (H, W), true inside.
        mm_per_px: size of a pixel; None leaves the millimetres out.

    Returns:
        `area_px2`, `length_px`, `width_px`, `diameter_px`, `pieces`, and the first four in
        millimetres where the size of a pixel is known.

    Raises:
        ValueError: the mask is empty.
    """
    if not mask.any():
        raise ValueError("an empty mask has no size")
    values: dict[str, float] = {}
    for name, quantity in SHAPE_QUANTITIES.items():
        value = quantity.measure(mask)
        if quantity.power == 0:
            values[name] = value
            continue
        values[f"{name}_px{quantity.unit}"] = value
        if mm_per_px is not None:
            values[f"{name}_mm{quantity.unit}"] = value * mm_per_px**quantity.power
    return values


def _hull(mask: BoolMask) -> Points:
    """Corners of the convex hull of the mask's pixels, taken as squares, (N, 2) x and y."""
    from scipy.spatial import ConvexHull

    rows = np.flatnonzero(mask.any(axis=1))
    first = mask[rows].argmax(axis=1)
    last = mask.shape[1] - mask[rows][:, ::-1].argmax(axis=1)
    # Only a row's outermost pixels can be corners of the hull.
    ends = [(x, y + edge) for x, y in _ends(first, last, rows) for edge in (0, 1)]
    points = np.asarray(ends, np.float64)
    return np.asarray(points[ConvexHull(points).vertices])


def _ends(
    first: npt.NDArray[np.int64], last: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]
) -> list[tuple[int, int]]:
    return [(int(x), int(y)) for ends in (first, last) for x, y in zip(ends, rows, strict=True)]
