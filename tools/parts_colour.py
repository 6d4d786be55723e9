"""Colours in which parts are told from their ground. Knows no parts."""

from __future__ import annotations

import numpy as np

from tools.arrays import Float32Array, UInt8Image

_LIGHTNESS_WEIGHT = 0.6
"""Shadows change lightness more than hue."""


def weighted_lab(image_hwc: UInt8Image) -> Float32Array:
    """CIE Lab with less of the lightness, a little blurred.

    Args:
        image_hwc: (H, W, 3) RGB.

    Returns:
        (H, W, 3): 0.6 L (0 to 60), a, b.
    """
    from scipy.ndimage import gaussian_filter
    from skimage.color import rgb2lab

    lab = rgb2lab(image_hwc).astype(np.float32)
    lab[..., 0] *= _LIGHTNESS_WEIGHT
    return np.asarray(gaussian_filter(lab, (1, 1, 0)), np.float32)
