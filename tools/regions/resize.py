"""Bilinear resampling as OpenCV does it: no antialiasing. Knows nothing of regions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import Int64Array, UInt8Image

WEIGHT_BITS = 11
"""OpenCV's INTER_LINEAR on 8-bit pictures weighs in steps of 1/2048."""


class _Taps(NamedTuple):
    near: Int64Array
    far: Int64Array
    near_weight: NDArray[np.int32]
    far_weight: NDArray[np.int32]


def resize_bilinear(image_hwc: UInt8Image, *, width_px: int, height_px: int) -> UInt8Image:
    """Resample with half-pixel centres and two taps an axis, whatever the factor.

    Equal to `cv2.resize(..., interpolation=cv2.INTER_LINEAR)` on 8-bit pictures: the published
    counts of superpixels hold only with it, not with a resampling that antialiases.

    Args:
        image_hwc: (H, W, 3) RGB, 0-255.
        width_px: of the result.
        height_px: of the result.

    Returns:
        (height_px, width_px, 3).
    """
    rows = _taps(image_hwc.shape[0], height_px)
    columns = _taps(image_hwc.shape[1], width_px)
    result = np.empty((height_px, width_px, image_hwc.shape[2]), dtype=np.uint8)
    for row in range(height_px):
        near = _along_x(image_hwc[rows.near[row]], columns) >> 4
        far = _along_x(image_hwc[rows.far[row]], columns) >> 4
        near_part = (near * rows.near_weight[row]) >> 16
        far_part = (far * rows.far_weight[row]) >> 16
        result[row] = (near_part + far_part + 2) >> 2
    return result


def _along_x(line_wc: NDArray[np.uint8], taps: _Taps) -> NDArray[np.int32]:
    samples = line_wc.astype(np.int32)
    near, far = samples[taps.near], samples[taps.far]
    blended: NDArray[np.int32] = near * taps.near_weight[:, None] + far * taps.far_weight[:, None]
    return blended


def _taps(source_px: int, target_px: int) -> _Taps:
    centres = (np.arange(target_px) + 0.5) * (source_px / target_px) - 0.5
    centres = np.clip(centres, 0, source_px - 1).astype(np.float32)
    near = np.floor(centres).astype(np.int64)
    share = (centres - near).astype(np.float32)
    full = 1 << WEIGHT_BITS
    return _Taps(
        near=near,
        far=np.minimum(near + 1, source_px - 1),
        near_weight=np.rint((1 - share) * full).astype(np.int32),
        far_weight=np.rint(share * full).astype(np.int32),
    )
