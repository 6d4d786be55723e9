"""Where a picture differs from a registered reference, beyond edges, lighting and noise.

Knows nothing of memories, scores of pictures, or thresholds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tools.arrays import BoolMask, Float32Array, Float32Map, UInt8Image
from tools.block_means import block_means
from tools.registration import Registration, grey_levels

Plane = Float32Array  # (H, W), grey levels of 255

_NOISE_BLUR_PX = 0.8
_EDGE_PX = 2
_BORDER_PX = 4
_LIGHT_SHARE = 1 / 6
_MAP_BLUR_PX = 1.0
_FLOW_WINDOW_SHARE = 1 / 10
_FLOW_STEPS = 2
_MAX_FLOW_PX = 4.0
_FLOW_NOISE = 4.0
_CONTRAST_FLOOR = 0.08
"""Share of the reference's contrast below which a difference is told from lighting by no eye."""


class Difference(NamedTuple):
    """What remains between a picture and its registered reference."""

    anomaly_map: Float32Map
    """(H, W) of the picture, grey levels of 255 beyond 8 % of the reference's contrast; 0 where
    the picture is explained, and where the reference does not cover it."""
    unexplained: Float32Map
    """The same before the 8 % are taken off: what a continuous score is made of."""
    valid: BoolMask
    """(H, W): true where the two were compared."""


def difference_map(
    image_hwc: UInt8Image, reference_hwc: UInt8Image, registration: Registration
) -> Difference:
    """Grey levels by which a picture leaves what its reference explains.

    The reference is fetched into the picture's frame, with a smooth local shift of at most 4 px
    on top of the registration (Lucas and Kanade in windows of a tenth of the side), and brought to
    the picture's lighting. A pixel is explained where it lies between the lowest and the highest
    value of the other picture within 2 px; what is unexplained either way round counts.

    Args:
        image_hwc: (H, W, 3) RGB.
        reference_hwc: (H, W, 3) RGB, its size may differ.
        registration: of the picture on this reference.
    """
    from scipy.ndimage import gaussian_filter

    luma, reference_luma = grey_levels(image_hwc), grey_levels(reference_hwc)
    rows, columns = _source_grid(luma, reference_luma, registration)
    valid = _valid(rows, columns, reference_hwc.shape[:2])
    worst = _unexplained(luma, reference_luma, rows, columns, valid=valid)
    lumas = (luma, reference_luma)
    half_rows, half_columns = (
        np.float32(0.5) * block_means(g, 2) - np.float32(0.25) for g in (rows, columns)
    )
    half_valid = valid[: len(valid) // 2 * 2 : 2, : valid.shape[1] // 2 * 2 : 2]
    for plane, reference_plane in _opponents(image_hwc, reference_hwc, lumas=lumas):
        # Cameras and files keep colour at half the resolution of brightness.
        coarse = _unexplained(
            block_means(plane, 2),
            block_means(reference_plane, 2),
            half_rows,
            half_columns,
            valid=half_valid,
        )
        worst = np.maximum(worst, resized(coarse, worst.shape))
    unexplained = gaussian_filter(np.where(valid, worst, 0), _MAP_BLUR_PX) * valid
    anomaly_map = np.clip(unexplained - _floor(reference_hwc), 0, None)
    return Difference(anomaly_map, unexplained, valid)


def moved_reference(
    image_hwc: UInt8Image, reference_hwc: UInt8Image, registration: Registration
) -> UInt8Image:
    """The reference in the picture's frame, (H, W, 3); black where it does not cover."""
    from scipy.ndimage import map_coordinates

    luma, reference_luma = grey_levels(image_hwc), grey_levels(reference_hwc)
    rows, columns = _source_grid(luma, reference_luma, registration)
    planes = [
        map_coordinates(reference_hwc[..., c].astype(np.float32), [rows, columns], order=1)
        for c in range(3)
    ]
    return np.asarray(np.clip(np.rint(np.stack(planes, axis=-1)), 0, 255), dtype=np.uint8)


def _floor(reference_hwc: UInt8Image) -> np.float32:
    low, high = np.percentile(grey_levels(reference_hwc[::4, ::4]), (1, 99))
    return np.float32(_CONTRAST_FLOOR * (high - low))


def _opponents(
    image_hwc: UInt8Image, reference_hwc: UInt8Image, *, lumas: tuple[Plane, Plane]
) -> list[tuple[Plane, Plane]]:
    """Red and blue against luma, of picture and reference; none where both are grey."""
    if is_grey(image_hwc) and is_grey(reference_hwc):
        return []
    luma, reference_luma = lumas
    return [
        (
            (image_hwc[..., channel] - luma) * np.float32(weight),
            (reference_hwc[..., channel] - reference_luma) * np.float32(weight),
        )
        for channel, weight in ((0, 0.7), (2, 0.55))
    ]


def is_grey(image_hwc: UInt8Image) -> bool:
    """Whether the three channels are the same."""
    red, green, blue = (image_hwc[..., c] for c in range(3))
    return bool(np.array_equal(red, green) and np.array_equal(green, blue))


def _unexplained(
    seen: Plane, reference: Plane, rows: Plane, columns: Plane, *, valid: BoolMask
) -> Plane:
    """Two-way distance to the range of the neighbours, (H, W) of the picture's plane."""
    from scipy.ndimage import gaussian_filter, map_coordinates

    expected = map_coordinates(reference, [rows, columns], order=1)
    seen = gaussian_filter(seen, _NOISE_BLUR_PX)
    expected = gaussian_filter(expected, _NOISE_BLUR_PX)
    expected = _same_light(expected, seen, valid=valid)
    ways = np.zeros_like(seen)
    for first, second in ((seen, expected), (expected, seen)):
        for sign in (1, -1):
            # The lowest neighbour is the highest of the negative.
            np.maximum(ways, sign * first - _highest_near(sign * second), out=ways)
    return ways


def _highest_near(plane: Plane) -> Plane:
    """Maximum over the square of 2 px around; a running maximum, four times as fast as scipy's."""
    for _ in range(2):
        padded = np.pad(plane, ((_EDGE_PX, _EDGE_PX), (0, 0)), mode="edge")
        height = plane.shape[0]
        plane = padded[:height].copy()
        for offset in range(1, 2 * _EDGE_PX + 1):
            np.maximum(plane, padded[offset : offset + height], out=plane)
        plane = plane.T
    return plane


def _same_light(expected: Plane, seen: Plane, *, valid: BoolMask) -> Plane:
    """The reference brought to the picture's contrast as a whole and to its lighting locally."""
    a, b = expected[valid], seen[valid]
    if a.size == 0:
        return expected
    gain = float(np.clip(_slope(a, b), 0.5, 2.0))
    matched = (expected - a.mean()) * np.float32(gain) + b.mean()
    return np.asarray(matched + _smooth_offset(seen - matched, valid), dtype=np.float32)


def _slope(a: Float32Array, b: Float32Array) -> float:
    variance = float(a.var())
    return float(((a - a.mean()) * (b - b.mean())).mean()) / variance if variance > 0 else 1.0


def _smooth_offset(difference: Plane, valid: BoolMask) -> Plane:
    """The lighting that lies between the two: the difference, clipped and blurred widely."""
    from scipy.ndimage import gaussian_filter

    step = max(1, round(max(difference.shape) / 96))
    # A defect is clipped to the common range first, or its glow would be taken for light.
    limit = 3 * float(np.median(np.abs(difference[valid]))) + 2
    weight = valid[::step, ::step].astype(np.float32)
    small = np.clip(difference[::step, ::step], -limit, limit) * weight
    sigma = max(small.shape) * _LIGHT_SHARE / 2
    smooth = gaussian_filter(small, sigma) / np.maximum(gaussian_filter(weight, sigma), 1e-3)
    return resized(np.asarray(smooth, dtype=np.float32), difference.shape)


def _source_grid(
    luma: Plane, reference_luma: Plane, registration: Registration
) -> tuple[Plane, Plane]:
    """Rows and columns of the reference for every pixel of the picture."""
    height, width = luma.shape
    ys = np.arange(height, dtype=np.float32)[:, None]
    xs = np.arange(width, dtype=np.float32)[None, :]
    m = registration.matrix.astype(np.float32)
    columns = m[0, 0] * xs + m[0, 1] * ys + m[0, 2]
    rows = m[1, 0] * xs + m[1, 1] * ys + m[1, 2]
    step = max(1, round(max(height, width) / 400))
    seen = block_means(luma, step)
    flow = _local_shift(seen, reference_luma, rows=rows, columns=columns, step=step)
    return rows + _enlarged(flow[0], step, rows.shape), columns + _enlarged(
        flow[1], step, rows.shape
    )


def _local_shift(
    seen: Plane, reference: Plane, *, rows: Plane, columns: Plane, step: int
) -> tuple[Plane, Plane]:
    """Smooth shifts (rows, columns) of the reference's coordinates, at every `step` pixels."""
    from scipy.ndimage import gaussian_filter, map_coordinates, uniform_filter

    blurred = gaussian_filter(reference, 0.6 * step)
    height, width = (n * step for n in seen.shape)
    centre = (step - 1) // 2
    base_rows, base_columns = (g[centre:height:step, centre:width:step] for g in (rows, columns))
    window = max(9, round(max(seen.shape) * _FLOW_WINDOW_SHARE))
    down, right = np.zeros_like(base_rows), np.zeros_like(base_rows)
    for _ in range(_FLOW_STEPS):
        moved = map_coordinates(
            blurred, [base_rows + down, base_columns + right], order=1, mode="nearest"
        )
        residual = _balanced(seen, moved)
        gy, gx = np.gradient(moved)
        sums = [
            uniform_filter(product, window)
            for product in (gx * gx, gx * gy, gy * gy, gx * residual, gy * residual)
        ]
        dx, dy = _solved(sums)
        limit = _MAX_FLOW_PX
        down = np.clip(uniform_filter(down + dy * step, window // 2), -limit, limit)
        right = np.clip(uniform_filter(right + dx * step, window // 2), -limit, limit)
    return down, right


def _solved(sums: list[Plane]) -> tuple[Plane, Plane]:
    """The 2 x 2 systems of every window; flat windows stay where they are."""
    xx, xy, yy, xr, yr = sums
    ridge = np.float32(_FLOW_NOISE**2) + np.float32(0.05) * (xx + yy)
    xx, yy = xx + ridge, yy + ridge
    determinant = xx * yy - xy * xy
    dx, dy = (yy * xr - xy * yr) / determinant, (xx * yr - xy * xr) / determinant
    return np.asarray(dx, dtype=np.float32), np.asarray(dy, dtype=np.float32)


def _balanced(seen: Plane, moved: Plane) -> Plane:
    gain = float(np.clip(_slope(moved.ravel(), seen.ravel()), 0.5, 2.0))
    return np.asarray(seen - seen.mean() - gain * (moved - moved.mean()), dtype=np.float32)


def _enlarged(plane: Plane, step: int, shape: tuple[int, ...]) -> Plane:
    if step == 1:
        return plane
    return resized(plane, shape)


def resized(plane: Plane, shape: tuple[int, ...]) -> Plane:
    """A smooth (h, w) plane stretched to another shape, bilinear."""
    from PIL import Image

    size = (shape[1], shape[0])
    return np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BILINEAR))


def _valid(rows: Plane, columns: Plane, shape: tuple[int, ...]) -> BoolMask:
    """Where the reference covers, less a border that interpolation and filters reach."""
    margin = _BORDER_PX
    inside = (rows >= margin) & (rows <= shape[0] - 1 - margin)
    inside &= (columns >= margin) & (columns <= shape[1] - 1 - margin)
    inside[:margin], inside[-margin:] = False, False
    inside[:, :margin], inside[:, -margin:] = False, False
    return np.asarray(inside)
