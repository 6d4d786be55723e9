"""How a picture looks as a whole: brightness, colour, edges, texture, shape of the frame.

Tells products apart; knows neither products nor places nor defects.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tools.arrays import Float32Array, UInt8Image

LONG_SIDE_PX = 192
BLOCKS: dict[str, int] = {
    "luminance": 32,
    "chroma": 144,
    "orientation_fine": 12,
    "orientation_middle": 12,
    "orientation_coarse": 12,
    "contrast_fine": 16,
    "contrast_middle": 16,
    "contrast_coarse": 16,
    "texture_fine": 10,
    "texture_coarse": 10,
    "aspect": 1,
}
"""Parts of the descriptor in their order, with their sizes."""
VERSION = "look/1"
"""Changes whenever the descriptor does."""

_SCALES = (1.0, 2.0, 4.0)
_TEXTURE_RADII = (1, 3)
_Plane = npt.NDArray[np.float32]


def look_descriptor(image_hwc: UInt8Image) -> Float32Array:
    """Describe a picture by square roots of histograms, so that distances are Hellinger's.

    Gradient orientations and strengths at three scales after Dalal and Triggs 2005, rotation
    invariant uniform local binary patterns after Ojala et al. 2002.

    Args:
        image_hwc: (H, W, 3) RGB.

    Returns:
        (281,): the blocks of `BLOCKS`, each histogram of unit norm; the last is log2(W / H).
    """
    from PIL import Image
    from scipy.ndimage import gaussian_filter

    height, width = image_hwc.shape[:2]
    factor = LONG_SIDE_PX / max(height, width)
    size = (max(16, round(width * factor)), max(16, round(height * factor)))
    small = Image.fromarray(np.ascontiguousarray(image_hwc)).resize(size, Image.Resampling.BOX)
    rgb = np.asarray(small, dtype=np.float32)
    grey = rgb @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    blurred = [gaussian_filter(grey, scale) for scale in _SCALES]
    blocks = [
        _histogram(grey, bins=32, limits=(0, 256), blur=1.5),
        _chroma(rgb),
        *(_orientations(plane) for plane in blurred),
        *(_contrasts(plane) for plane in blurred),
        *(_texture(grey, radius) for radius in _TEXTURE_RADII),
        np.array([np.log2(width / height)]),
    ]
    return np.concatenate(blocks).astype(np.float32)


def blocks_of(descriptors: Float32Array) -> list[Float32Array]:
    """Cut (N, 281) into one (N, size) for each of `BLOCKS`."""
    edges = np.cumsum(list(BLOCKS.values()))[:-1]
    return list(np.split(descriptors, edges, axis=1))


def _root(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    total = counts.sum()
    if total <= 0:
        return np.full(counts.size, counts.size**-0.5)
    return np.asarray(np.sqrt(counts.ravel() / total))


def _histogram(
    values: _Plane,
    *,
    bins: int,
    limits: tuple[float, float],
    blur: float = 0.0,
    weights: _Plane | None = None,
) -> npt.NDArray[np.float64]:
    from scipy.ndimage import gaussian_filter1d

    counts = np.histogram(values, bins=bins, range=limits, weights=weights)[0].astype(np.float64)
    return _root(gaussian_filter1d(counts, blur, mode="nearest") if blur else counts)


def _chroma(rgb: _Plane) -> npt.NDArray[np.float64]:
    from scipy.ndimage import gaussian_filter

    red, green, blue = (rgb[..., channel].ravel() for channel in range(3))
    limits = [(-128.0, 128.0)] * 2
    warmth = np.clip(red - green, -127, 127)
    blueness = np.clip(blue - (red + green) / 2, -127, 127)
    counts = np.histogram2d(warmth, blueness, bins=12, range=limits)[0]
    return _root(gaussian_filter(counts, 0.5))


def _gradients(plane: _Plane) -> tuple[_Plane, _Plane]:
    from scipy.ndimage import sobel

    return sobel(plane, axis=1) / 8, sobel(plane, axis=0) / 8


def _orientations(plane: _Plane) -> npt.NDArray[np.float64]:
    gx, gy = _gradients(plane)
    angles = np.mod(np.arctan2(gy, gx), np.pi)
    return _histogram(angles, bins=12, limits=(0, np.pi), weights=np.hypot(gx, gy))


def _contrasts(plane: _Plane) -> npt.NDArray[np.float64]:
    strength = np.log2(np.hypot(*_gradients(plane)) + 0.25)
    return _histogram(strength, bins=16, limits=(-2, 6), blur=1.0)


def _texture(grey: _Plane, radius: int) -> npt.NDArray[np.float64]:
    from scipy.ndimage import gaussian_filter
    from skimage.feature import local_binary_pattern

    smooth = gaussian_filter(grey, radius / 2).round().astype(np.uint8)
    pattern: Any = local_binary_pattern
    return _histogram(pattern(smooth, 8, radius, "uniform"), bins=10, limits=(0, 10))
