"""An anomaly map as colours over its picture. Knows nothing of experts or regions."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tools.arrays import Float32Map, UInt8Image

INFERNO = (
    (0, 0, 4),
    (40, 11, 84),
    (101, 21, 110),
    (159, 42, 99),
    (212, 72, 66),
    (245, 125, 21),
    (250, 193, 39),
    (252, 255, 164),
)
"""Eight steps of matplotlib's map of that name (Smith and van der Walt, CC0): lightness rises
evenly, so that it reads without colour vision and in print."""
COLOUR_SHARE = 0.7
GREY_CONTRAST = 0.5
"""Of the picture: its own lights and darks must not read as levels of the map."""


def colour_over(
    image_hwc: UInt8Image, anomaly_map: Float32Map, *, low: float, high: float
) -> UInt8Image:
    """Blend a map over the grey picture.

    Args:
        image_hwc: (H, W, 3) RGB.
        anomaly_map: (H, W) in the same frame.
        low: map value shown as the darkest colour.
        high: map value shown as the lightest; must be above `low` for anything to show.

    Returns:
        (H, W, 3) RGB.

    Raises:
        ValueError: where the frames differ.
    """
    if image_hwc.shape[:2] != anomaly_map.shape:
        raise ValueError(
            f"anomaly_map must have the picture's frame {image_hwc.shape[:2]}, "
            f"got {anomaly_map.shape}"
        )
    span = high - low
    level = (anomaly_map - low) / span if span > 0 else np.zeros_like(anomaly_map)
    colours = _palette()[np.clip(level * 255, 0, 255).astype(np.uint8)]
    grey = np.asarray(Image.fromarray(image_hwc).convert("L"), dtype=np.float32)[..., None]
    ground = 128 + GREY_CONTRAST * (grey - grey.mean())
    blended = np.clip(COLOUR_SHARE * colours + (1 - COLOUR_SHARE) * ground, 0, 255)
    return np.asarray(np.rint(blended), dtype=np.uint8)


def _palette() -> Float32Map:
    steps = np.asarray(INFERNO, dtype=np.float32)
    at = np.linspace(0, len(steps) - 1, 256)
    channels = [np.interp(at, np.arange(len(steps)), steps[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=1).astype(np.float32)
