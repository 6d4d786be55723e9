"""Copies of a picture as another exposure of the same normal part would look.

Shift, rotation, gain and noise, drawn within limits. Knows nothing of products or calibration.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from PIL import Image

from tools.arrays import UInt8Image


class Perturbation(NamedTuple):
    """How one copy differs from its picture."""

    shift_xy_px: tuple[float, float]
    """Where the picture's centre moves to, to the right and down."""
    rotation_deg: float
    """About the centre, counter-clockwise as seen."""
    gain: float
    """Factor on the grey values."""
    noise_sigma: float
    """Standard deviation of the added noise, grey levels of 255."""


def draw_perturbation(
    rng: np.random.Generator,
    *,
    max_shift_px: float,
    max_rotation_deg: float,
    max_gain: float,
    max_noise_sigma: float,
) -> Perturbation:
    """Draw one perturbation: shift, rotation and gain uniform within their limits.

    Args:
        rng: decides.
        max_shift_px: along x and along y, either way.
        max_rotation_deg: either way.
        max_gain: 0.1 means a factor between 0.9 and 1.1.
        max_noise_sigma: grey levels of 255; taken whole, since a camera varies little in it.
    """
    shift = rng.uniform(-max_shift_px, max_shift_px, 2)
    return Perturbation(
        shift_xy_px=(float(shift[0]), float(shift[1])),
        rotation_deg=float(rng.uniform(-max_rotation_deg, max_rotation_deg)),
        gain=float(rng.uniform(1 - max_gain, 1 + max_gain)),
        noise_sigma=max_noise_sigma,
    )


def perturbed(
    image_hwc: UInt8Image, perturbation: Perturbation, *, rng: np.random.Generator
) -> UInt8Image:
    """Make a perturbed copy of a picture.

    The picture is resampled bilinearly; what comes in from outside repeats its outermost pixels.

    Args:
        image_hwc: (H, W, 3) RGB.
        perturbation: how the copy differs.
        rng: draws the noise.

    Returns:
        (H, W, 3) RGB.
    """
    moved = _moved(image_hwc, perturbation)
    if perturbation.gain == 1 and perturbation.noise_sigma == 0:
        return moved
    values = moved.astype(np.float32) * np.float32(perturbation.gain)
    if perturbation.noise_sigma > 0:
        # The noise of a grey camera is grey: three channels of their own would average out.
        channels = 1 if _is_grey(image_hwc) else 3
        noise = rng.standard_normal((*moved.shape[:2], channels), dtype=np.float32)
        values += noise * np.float32(perturbation.noise_sigma)
    copy: UInt8Image = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return copy


def _is_grey(image_hwc: UInt8Image) -> bool:
    red, green, blue = (image_hwc[..., channel] for channel in range(3))
    return bool(np.array_equal(red, green) and np.array_equal(green, blue))


def _moved(image_hwc: UInt8Image, perturbation: Perturbation) -> UInt8Image:
    if perturbation.shift_xy_px == (0, 0) and perturbation.rotation_deg == 0:
        return image_hwc.copy()
    height, width = image_hwc.shape[:2]
    angle = math.radians(perturbation.rotation_deg)
    cosine, sine = math.cos(angle), math.sin(angle)
    reach = math.hypot(height, width) / 2 * abs(math.sin(angle))
    margin = math.ceil(max(abs(s) for s in perturbation.shift_xy_px) + reach) + 2
    padded = np.pad(image_hwc, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    # PIL wants the way back: where a pixel of the copy comes from, in pixels of the padded picture.
    centre_x, centre_y = width / 2, height / 2
    from_x = centre_x + perturbation.shift_xy_px[0]
    from_y = centre_y + perturbation.shift_xy_px[1]
    inverse = (
        cosine,
        -sine,
        centre_x + margin - cosine * from_x + sine * from_y,
        sine,
        cosine,
        centre_y + margin - sine * from_x - cosine * from_y,
    )
    copy = Image.fromarray(padded).transform(
        (width, height), Image.Transform.AFFINE, inverse, Image.Resampling.BILINEAR
    )
    return np.array(copy)
