"""The fixed perturbation of evaluations: shift, rotation, gain, noise and border fill, seeded.

Knows nothing of methods, labels or products.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tools.arrays import UInt8Image

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class PerturbationRange:
    """How far a picture is moved and changed at most."""

    shift_px: float = 8.0
    """Along x and along y, either way."""
    rotation_deg: float = 1.0
    """About the picture's centre, either way."""
    gain: float = 0.1
    """0.1 means brightness times 0.9 to 1.1."""
    noise_sigma: float = 5.0
    """Standard deviation of Gaussian noise, grey levels of 255. 0 means none."""


DEFAULT_RANGE = PerturbationRange()


class Perturbed(NamedTuple):
    """A changed picture and where its pixels went."""

    image_hwc: UInt8Image  # same shape as the original
    matrix: Matrix  # (2, 3), original pixel centres (x, y) to perturbed ones


def perturb(
    image_hwc: UInt8Image, *, seed: int, limits: PerturbationRange = DEFAULT_RANGE
) -> Perturbed:
    """Move, brighten and roughen a picture as the seed says.

    Shift, rotation and gain are uniform within the limits. What the moved picture does not cover
    is filled with one random grey level, before gain and noise.

    Args:
        image_hwc: (H, W, 3) RGB.
        seed: the same seed gives the same change, whatever the picture.
        limits: the ranges that are drawn from.
    """
    from scipy.ndimage import affine_transform

    rng = np.random.default_rng(seed)
    shift = rng.uniform(-limits.shift_px, limits.shift_px, size=2)
    angle = np.deg2rad(rng.uniform(-limits.rotation_deg, limits.rotation_deg))
    gain = rng.uniform(1 - limits.gain, 1 + limits.gain)
    fill = float(rng.uniform(0, 255))
    matrix = _rotation_about_centre(image_hwc.shape[:2], angle=float(angle), shift_xy=shift)
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    # affine_transform asks for the way back, in rows and columns.
    moved = np.stack(
        [
            affine_transform(
                image_hwc[..., channel].astype(np.float32),
                back[1::-1, 1::-1],
                offset=back[1::-1, 2],
                order=1,
                cval=fill,
            )
            for channel in range(3)
        ],
        axis=-1,
    )
    noise = rng.normal(0, limits.noise_sigma, size=moved.shape[:2])[..., None]
    changed = np.clip(np.rint(moved * gain + noise), 0, 255).astype(np.uint8)
    return Perturbed(changed, matrix)


def carry_boxes(
    boxes_xyxy: Sequence[Sequence[float]], matrix: Matrix, *, size_px: tuple[int, int]
) -> list[tuple[float, float, float, float]]:
    """Carry boxes into the perturbed picture: the upright hull of the moved corners, clipped.

    Args:
        boxes_xyxy: original-image pixels, far corner exclusive.
        matrix: of the perturbation.
        size_px: width and height of the picture.

    Returns:
        As many boxes, in the perturbed picture's pixels; one that left the picture has no area.
    """
    return [_carried(box, matrix, size_px=size_px) for box in boxes_xyxy]


def _carried(
    box: Sequence[float], matrix: Matrix, *, size_px: tuple[int, int]
) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = box
    # A box counts pixel edges, the matrix pixel centres: half a pixel apart.
    corners = np.array([[x1, y1], [x2, y1], [x1, y2], [x2, y2]], dtype=np.float64) - 0.5
    moved = corners @ matrix[:, :2].T + matrix[:, 2] + 0.5
    low = np.clip(moved.min(axis=0), 0, size_px)
    high = np.clip(moved.max(axis=0), 0, size_px)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _rotation_about_centre(
    shape: tuple[int, ...], *, angle: float, shift_xy: npt.NDArray[np.float64]
) -> Matrix:
    centre = np.array([(shape[1] - 1) / 2, (shape[0] - 1) / 2])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, centre + shift_xy - turn @ centre])
