"""Draws points as squares that close the surface between them (a z-buffer). Knows no colour.

A point is seen where no point's square lies nearer by more than a surface through it could. Each
pixel then shows the seen point whose own pixel is nearest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import Float32Map, Int64Array
from tools.assets.clouds.geometry import Shape
from tools.assets.clouds.pixel_map import NOTHING, UNSEEN, Lens, PixelMap

CLOSING = 2.6
"""Side of a square in units of the spacing: of points thrown at random, 1 in 1,000 holes stays."""
MAX_SPLAT_PX = 40
SHIFTED_PX = 2
"""Up to this reach, empty pixels are filled by shifting the picture."""
SAME_SURFACE = 3.0
"""In units of the spacing: how much deeper than the foremost square a point of one surface is."""
SMOOTHING = 0.7
"""Of the half side of a square: the blur of normals and depths between points."""


class _Placed(NamedTuple):
    """Points in the window."""

    index_m: NDArray[np.int32]
    column_m: Int64Array
    row_m: Int64Array
    depth_m: NDArray[np.float32]


def splat(shape: Shape, lens: Lens) -> PixelMap:
    """Draw a cloud's points.

    Args:
        shape: without faces.
        lens: what is drawn.
    """
    half = _half_side(shape.spacing * lens.px_per_unit)
    placed = _place(shape, lens, half=half)
    foremost = _foremost(placed, lens, half=half)
    seen = _seen(placed, foremost, lens, slack=SAME_SURFACE * shape.spacing)
    shown = _nearest_points(seen, lens, half=half)
    inside = _inside(seen, lens)
    normals = _normals(shape, shown, lens)
    depth = np.full(shown.shape, UNSEEN, dtype=np.float32)
    by_point = np.zeros(len(shape.points_n3), dtype=np.float32)
    by_point[seen.index_m] = seen.depth_m
    covered = shown >= 0
    depth[covered] = by_point[shown[covered]]
    if half > 1:
        depth, normals = _smoothed(depth, normals, covered, sigma_px=SMOOTHING * half)
    colours = None if shape.colours_n3 is None else shape.colours_n3[shown]
    return PixelMap(
        shown,
        depth,
        normals,
        colours,
        seen.index_m[inside],
        seen.row_m[inside] * lens.width_px + seen.column_m[inside],
    )


def _half_side(spacing_px: float) -> int:
    return int(np.clip(np.ceil((CLOSING * spacing_px - 1) / 2), 0, MAX_SPLAT_PX))


def _place(shape: Shape, lens: Lens, *, half: int) -> _Placed:
    projection = lens.project(shape.points_n3)
    whole = np.floor(projection.xy_n2).astype(np.int64)
    near = (
        (whole[:, 0] >= -half)
        & (whole[:, 0] < lens.width_px + half)
        & (whole[:, 1] >= -half)
        & (whole[:, 1] < lens.height_px + half)
    )
    index = np.flatnonzero(near)
    return _Placed(
        index.astype(np.int32), whole[index, 0], whole[index, 1], projection.depth_n[index]
    )


def _foremost(placed: _Placed, lens: Lens, *, half: int) -> Float32Map:
    """(H + 2 half, W + 2 half) depth of the foremost square; padded, so that none is cut off."""
    from scipy.ndimage import minimum_filter

    width, height = lens.width_px + 2 * half, lens.height_px + 2 * half
    depth = np.full(height * width, UNSEEN, dtype=np.float32)
    at = (placed.row_m + half) * width + placed.column_m + half
    np.minimum.at(depth, at, placed.depth_m)
    return np.asarray(minimum_filter(depth.reshape(height, width), size=2 * half + 1))


def _seen(placed: _Placed, foremost: Float32Map, lens: Lens, *, slack: float) -> _Placed:
    half = (foremost.shape[1] - lens.width_px) // 2
    front = foremost[placed.row_m + half, placed.column_m + half]
    seen = placed.depth_m <= front + np.float32(slack)
    return _Placed(*(column[seen] for column in placed))


def _nearest_points(seen: _Placed, lens: Lens, *, half: int) -> NDArray[np.int32]:
    """(H, W) the seen point nearest to each pixel, within a square's reach; -1 for none."""
    width, height = lens.width_px + 2 * half, lens.height_px + 2 * half
    flat = np.full(height * width, NOTHING, dtype=np.int32)
    at = (seen.row_m + half) * width + seen.column_m + half
    front = np.full(height * width, UNSEEN, dtype=np.float32)
    np.minimum.at(front, at, seen.depth_m)
    foremost = seen.depth_m == front[at]
    flat[at[foremost]] = seen.index_m[foremost]
    own = flat.reshape(height, width)
    shown = _filled(own, half=half) if half <= SHIFTED_PX else _filled_far(own, half=half)
    return np.ascontiguousarray(shown[half : height - half, half : width - half])


def _filled(own: NDArray[np.int32], *, half: int) -> NDArray[np.int32]:
    """Empty pixels take the nearest filled one's; quick for a short reach."""
    shown = own.copy()
    height, width = own.shape
    steps = range(-half, half + 1)
    shifts = sorted(((dy, dx) for dy in steps for dx in steps), key=lambda d: d[0] ** 2 + d[1] ** 2)
    for dy, dx in shifts[1:]:
        to = (slice(max(dy, 0), height + min(dy, 0)), slice(max(dx, 0), width + min(dx, 0)))
        of = (slice(max(-dy, 0), height + min(-dy, 0)), slice(max(-dx, 0), width + min(-dx, 0)))
        np.copyto(shown[to], own[of], where=shown[to] < 0)
    return shown


def _filled_far(own: NDArray[np.int32], *, half: int) -> NDArray[np.int32]:
    """The same for a long reach, by a distance transform."""
    from scipy.ndimage import distance_transform_edt

    if not (own >= 0).any():
        return own
    apart, nearest = distance_transform_edt(own < 0, return_indices=True)
    filled = own[nearest[0], nearest[1]]
    return np.where(apart <= half * np.sqrt(2), filled, NOTHING).astype(np.int32)


def _inside(seen: _Placed, lens: Lens) -> NDArray[np.bool_]:
    return np.asarray(
        (seen.column_m >= 0)
        & (seen.column_m < lens.width_px)
        & (seen.row_m >= 0)
        & (seen.row_m < lens.height_px)
    )


def _normals(shape: Shape, shown: NDArray[np.int32], lens: Lens) -> NDArray[np.float32]:
    """(H, W, 3) in the camera's axes, turned to the viewer; 0 where nothing is shown."""
    covered = shown >= 0
    turned = shape.normals_n3[shown[covered]] @ lens.axes_33.T.astype(np.float32)
    turned *= np.where(turned[:, 2:] > 0, np.float32(-1), np.float32(1))
    normals = np.zeros((*shown.shape, 3), dtype=np.float32)
    normals[covered] = turned
    return normals


def _smoothed(
    depth: Float32Map, normals: NDArray[np.float32], covered: NDArray[np.bool_], *, sigma_px: float
) -> tuple[Float32Map, NDArray[np.float32]]:
    """Blur within what is covered, so that large squares read as a surface."""
    from scipy.ndimage import gaussian_filter

    def blurred(values: Float32Map) -> Float32Map:
        return np.asarray(gaussian_filter(values, sigma_px, truncate=2.5), dtype=np.float32)

    weight = np.maximum(blurred(covered.astype(np.float32)), np.float32(1e-6))
    flat = np.where(covered, depth, 0).astype(np.float32)
    smooth = np.where(covered, blurred(flat) / weight, UNSEEN).astype(np.float32)
    turned = np.stack([blurred(normals[..., axis]) for axis in range(3)], axis=2)
    lengths = np.maximum(np.linalg.norm(turned, axis=2, keepdims=True), 1e-6)
    return smooth, np.where(covered[..., None], turned / lengths, 0).astype(np.float32)
