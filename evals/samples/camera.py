"""From radiance to a photograph: pose, depth of field, vignetting, tone, sensor noise.

Knows nothing of parts; every value of an exposure is in `Shot`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evals.samples.scene import CANVAS, MARGIN_PX, SIZE_PX, SUPERSAMPLING, Float32
from tools.block_means import block_means

UInt8Image = NDArray[np.uint8]


class Shot(NamedTuple):
    """How one picture is taken."""

    shift_xy: tuple[float, float] = (0.0, 0.0)
    rotation_deg: float = 0.0
    exposure: float = 1.0
    noise_sigma: float = 1.6
    """Grey levels of read noise at mid grey; shot noise comes on top."""
    focus_px: float = 8.0
    """Height above the board that is sharpest."""
    cast: tuple[float, float, float] = (1.0, 1.0, 1.0)


def photograph(
    radiance: Float32, height: Float32, shot: Shot, rng: np.random.Generator
) -> UInt8Image:
    """Take the picture, (768, 768, 3)."""
    from scipy.ndimage import gaussian_filter

    posed = np.stack([pose(radiance[..., c], shot) for c in range(3)], axis=-1)
    defocus = np.clip(np.abs(pose(height, shot) - shot.focus_px) / 60.0, 0, 1)[..., None]
    sharp = gaussian_filter(posed, (0.45, 0.45, 0))
    soft = gaussian_filter(posed, (1.5, 1.5, 0))
    picture = sharp * (1 - defocus) + soft * defocus
    glow = gaussian_filter(np.clip(picture - 0.9, 0, 3), (6, 6, 0))
    picture = (picture + 0.10 * glow) * vignette()[..., None]
    picture = picture * shot.exposure * np.asarray(shot.cast, np.float32)
    picture = noisy(tone(picture), shot.noise_sigma, rng)
    return np.clip(np.rint(255 * picture), 0, 255).astype(np.uint8)


def pose(plane: Float32, shot: Shot) -> Float32:
    """Move a canvas layer by the shot's rotation and shift and reduce it to (768, 768)."""
    from scipy.ndimage import affine_transform

    angle = np.deg2rad(shot.rotation_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = np.array([CANVAS / 2 - 0.5] * 2)
    shift = np.array(shot.shift_xy[::-1]) * SUPERSAMPLING
    moved = affine_transform(plane, turn, offset=centre - turn @ (centre + shift), order=1)
    inner = moved[MARGIN_PX * SUPERSAMPLING : -MARGIN_PX * SUPERSAMPLING]
    inner = inner[:, MARGIN_PX * SUPERSAMPLING : -MARGIN_PX * SUPERSAMPLING]
    return block_means(np.asarray(inner, np.float32), SUPERSAMPLING)


def vignette() -> Float32:
    """Natural light fall-off of the lens, (768, 768), 1 in the centre (cosine to the fourth)."""
    axis = (np.arange(SIZE_PX, dtype=np.float32) - SIZE_PX / 2) / (1.55 * SIZE_PX)
    squared = axis[:, None] ** 2 + axis[None, :] ** 2
    return np.asarray(1.0 / (1.0 + squared) ** 2, np.float32)


def tone(linear: Float32) -> Float32:
    """A soft shoulder for highlights, the sRGB transfer curve, a mild contrast curve; 0-1 out."""
    bent = linear * (1.0 + linear / 9.0) / (1.0 + linear)
    bent = np.clip(bent * 1.55, 0, 1)
    curve = np.where(bent <= 0.0031308, 12.92 * bent, 1.055 * bent ** (1 / 2.4) - 0.055)
    return np.asarray(curve + 0.45 * (curve * curve * (3 - 2 * curve) - curve), np.float32)


def noisy(picture: Float32, sigma: float, rng: np.random.Generator) -> Float32:
    """Read and shot noise, slightly correlated between neighbours as demosaicing leaves it."""
    from scipy.ndimage import gaussian_filter

    grain = rng.standard_normal(picture.shape).astype(np.float32)
    grain = 1.9 * gaussian_filter(grain, (0.55, 0.55, 0))
    luminance = grain.mean(-1, keepdims=True) * 1.2 + 0.5 * grain
    return np.asarray(picture + luminance * sigma / 255 * (0.5 + np.sqrt(picture)), np.float32)
