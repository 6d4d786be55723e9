"""Bulge, dent or hole, how large and where: a place of a cloud beside a reference.

Knows no expert. What faces outwards is told by the middle of the reference, so that inside a deep
bowl bulges and dents change places.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.asset_ports import AssetPort
from tools.errors import ToolError
from tools.ports import NotApplicable
from tools.records import PointExtent

if TYPE_CHECKING:
    from tools.assets.clouds.cloud import Cloud

MAX_POINTS = 20_000
"""Of the reference's surface."""
BEYOND = 0.5
"""Spacings that the farther half of a place must be off the surface to be a bulge or a dent."""
EMPTY = 2.5
"""Spacings: reference points so far from the part may be missing surface."""
ABOVE = 1.5
"""Spacings beside a normal's line within which a part's point lies above or below."""
MIN_MISSING, MISSING_SHARE = 6, 0.15
"""Reference points around the place that are missing from a hole on, and their share."""
SMALL_SHARE, LARGE_SHARE = 0.03, 0.1
"""Of the reference's diagonal."""


def cloud_looks(
    asset: AssetPort, extent: PointExtent, references: Sequence[AssetPort]
) -> list[str]:
    """Looks of a place, the plainest first; nothing where it cannot be laid over a reference.

    Args:
        asset: a cloud or mesh; of another kind nothing is told.
        extent: of its points.
        references: of the product; the first counts.
    """
    from tools.assets.clouds.cloud import Cloud

    if not isinstance(asset, Cloud) or not references or not isinstance(references[0], Cloud):
        return []
    try:
        laid = asset.moved_like(references[0])
        place = laid.posed.points_n3[laid.members(extent)]
    except (NotApplicable, ToolError):
        return []
    low, high = references[0].posed.points_n3.min(axis=0), references[0].posed.points_n3.max(axis=0)
    share = extent.diameter / max(float(np.linalg.norm(high - low)), 1e-12)
    looks = shape_looks(place, laid.posed.points_n3, references[0])
    looks += ["small"] if share <= SMALL_SHARE else ["large"] if share >= LARGE_SHARE else []
    return looks + _sides(place.mean(axis=0), references[0])


def shape_looks(
    place_n3: NDArray[np.float64], part_n3: NDArray[np.float64], reference: Cloud
) -> list[str]:
    """`hole`, `bulge` or `dent`, or none of them.

    Args:
        place_n3: the place's points, in the reference's pose.
        part_n3: the whole part's, in the same.
        reference: the whole as it should be.
    """
    from scipy.spatial import cKDTree

    from tools.assets.clouds.shapes import spacing_of
    from tools.assets.clouds.surface import surface_of

    surface = surface_of(reference.posed, max_points=MAX_POINTS)
    points = surface.points_n3
    normals = surface.normals_n3.astype(np.float64)
    outwards = np.einsum("nx,nx->n", normals, points - points.mean(axis=0))
    normals[outwards < 0] *= -1
    spacing = max(surface.spacing, spacing_of(part_n3))
    if _is_missing(place_n3, part_n3, points, normals, spacing=spacing):
        return ["hole"]
    nearest = cKDTree(points).query(place_n3)[1]
    heights = np.einsum("nx,nx->n", place_n3 - points[nearest], normals[nearest])
    farther = heights[np.abs(heights) >= np.median(np.abs(heights))]
    height = float(np.median(farther))
    if abs(height) < BEYOND * spacing:
        return []
    return ["bulge" if height > 0 else "dent"]


def _is_missing(
    place_n3: NDArray[np.float64],
    part_n3: NDArray[np.float64],
    points_n3: NDArray[np.float64],
    normals_n3: NDArray[np.float64],
    *,
    spacing: float,
) -> bool:
    """Whether the reference has surface about the place with nothing of the part above or below."""
    from scipy.spatial import cKDTree

    middle = place_n3.mean(axis=0)
    reach = float(np.linalg.norm(place_n3 - middle, axis=1).max()) + 2 * spacing
    around = np.flatnonzero(np.linalg.norm(points_n3 - middle, axis=1) <= reach)
    near = part_n3[np.linalg.norm(part_n3 - middle, axis=1) <= 2 * reach]
    if not len(around) or not len(near):
        return False
    apart = cKDTree(near).query(points_n3[around])[0]
    empty = around[apart > EMPTY * spacing]
    missing = [
        n
        for n in empty
        if not _has_above(points_n3[n], normals_n3[n], near, beside=ABOVE * spacing, reach=reach)
    ]
    return len(missing) >= max(MIN_MISSING, MISSING_SHARE * len(around))


def _has_above(
    point: NDArray[np.float64],
    normal: NDArray[np.float64],
    near_n3: NDArray[np.float64],
    *,
    beside: float,
    reach: float,
) -> bool:
    """Whether a point of the part lies on the normal's line through a reference point.

    Farther away than the place is wide it is another side of the part.
    """
    offsets = near_n3 - point
    heights = offsets @ normal
    apart = np.linalg.norm(offsets - heights[:, None] * normal, axis=1)
    return bool(((apart <= beside) & (np.abs(heights) <= reach)).any())


def _sides(middle: NDArray[np.float64], reference: Cloud) -> list[str]:
    """Thirds of the reference in the sensor's view; along z alone where there was no sensor."""
    axes = reference.frame.front_33
    points = reference.posed.points_n3 @ axes.T
    low, high = points.min(axis=0), points.max(axis=0)
    share = (axes @ middle - low) / np.maximum(high - low, 1e-12)
    told = {0: ("left", "right"), 1: ("top", "bottom")}
    wanted = (0, 1) if reference.frame.has_sensor else (1,)
    return [
        told[axis][int(share[axis] > 0.5)] for axis in wanted if not 1 / 3 <= share[axis] <= 2 / 3
    ]
