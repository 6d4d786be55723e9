"""A pixel map as a picture: the lit surface, or distances as grey. Knows no points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tools.arrays import UInt8Image
from tools.assets.clouds.pixel_map import PixelMap

BACKGROUND = 0
"""Black, as the papers on rendered clouds have it; no lit pixel is darker than `AMBIENT`."""
LIGHT = np.array([-0.45, -0.6, -0.66], dtype=np.float32) / np.float32(
    np.linalg.norm([0.45, 0.6, 0.66])
)
"""Towards the light, in the camera's axes: over the viewer's left shoulder, so that bulges and
dents cast opposite shades."""
AMBIENT, LIT, FACING = 0.18, 0.52, 0.30
"""Shares of light from everywhere, from the light, and from the viewer."""
SURFACE_GREY = 235.0
NEAREST_GREY, FARTHEST_GREY = 255.0, 40.0


def lit(drawn: PixelMap) -> UInt8Image:
    """The surface in its own colours, grey where it has none, lit by Lambert's law.

    Returns:
        (H, W, 3) RGB.
    """
    normals = drawn.normals_hw3
    level = AMBIENT + LIT * np.maximum(normals @ LIGHT, 0) - FACING * normals[..., 2]
    if drawn.colours_hw3 is None:
        colours = np.full((*level.shape, 3), SURFACE_GREY, dtype=np.float32)
    else:
        # Dark surfaces are lifted: unlit black would read as nothing.
        colours = 60 + drawn.colours_hw3.astype(np.float32) * ((SURFACE_GREY - 60) / 255)
    return _on_background(colours * level[..., None], drawn)


def distances(drawn: PixelMap, *, reach: float) -> UInt8Image:
    """Near is light. One grey is one distance in every picture of a frame.

    Args:
        drawn: what the pixels show.
        reach: distances of -reach and +reach from the centre are the ends of the scale.

    Returns:
        (H, W, 3) RGB, three times the same.
    """
    depth = np.where(drawn.covered, drawn.depth_hw, 0)
    share = np.clip((depth + reach) / (2 * reach), 0, 1)
    grey = NEAREST_GREY + (FARTHEST_GREY - NEAREST_GREY) * share
    return _on_background(np.repeat(grey[..., None], 3, axis=2), drawn)


def _on_background(values: NDArray[np.float32], drawn: PixelMap) -> UInt8Image:
    pixels = np.where(drawn.covered[..., None], np.clip(np.rint(values), 1, 255), BACKGROUND)
    return pixels.astype(np.uint8)
