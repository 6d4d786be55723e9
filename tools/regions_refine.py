"""A coarse area drawn to what stands out in it on the picture itself.

Maps of patches are as coarse as the patches; the picture is not. Knows nothing of experts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tools.arrays import BoolMask, Float32Array

_BLUR_PX = 1.0
_TAIL = 0.003
"""Share of the surroundings' pixels that their own texture may put beyond the level."""
_SHARE = 0.5
"""Of the highest deviation, down to which a piece is followed: half its height."""
_KEPT_MASS = 0.25
"""Pieces with less than this share of the heaviest one's mass are texture."""
_MAX_GROWTH = 2.0
"""Times the coarse area; what grows beyond is no piece of it but the ground."""
_MIN_BACKGROUND_PX = 4.0
_MIN_REACH_PX = 64
_RIM_SHARE = 0.03
"""Of the picture's shorter side: a rim in which the part may end and its background begin."""
_MIN_PX = 4
_MIN_MASS = 1.0
"""Of the heaviest piece: one pixel at twice the level. Grains of texture have less."""


class _Pieces(NamedTuple):
    mask: BoolMask
    mass: float
    """Of the heaviest piece: deviation beyond the level, in levels, summed over its pixels."""


def refine_mask(luma: Float32Array, mask: BoolMask) -> BoolMask | None:
    """What in a coarse area is darker or brighter than the texture around it ever is.

    The expected brightness is interpolated across the area from its surroundings by normalised
    convolution (Knutsson and Westin, 1993). The level is a high quantile of the surroundings' own
    deviations, for each polarity, so that streaks and rims that are there too are none. Pieces
    beyond it are followed to half of their height, also out of the area, as a crack runs on.

    Args:
        luma: (H, W), 0 to 255.
        mask: (H, W), the coarse area.

    Returns:
        (H, W); None where nothing stands out, so that the coarse area is all there is to say.
    """
    area = int(mask.sum())
    if area < _MIN_PX:
        return None
    window = _window(mask)
    inside = mask[window]
    if int((~inside).sum()) < area // 2:
        return None
    deviation = _deviation(luma[window], inside)
    ground = ~inside & _within_rim(mask.shape)[window]
    if int(ground.sum()) < area // 2:
        ground = ~inside
    found = [_pieces(sign * deviation, inside, ground=ground) for sign in (-1.0, 1.0)]
    heaviest = max((one for one in found if one), key=lambda one: one.mass, default=None)
    if heaviest is None:
        return None
    refined = np.zeros_like(mask)
    refined[window] = heaviest.mask
    return refined


def _window(mask: BoolMask) -> tuple[slice, slice]:
    """The area with surroundings twice as wide as itself."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    reach = max(_MIN_REACH_PX, 2 * max(int(np.ptp(rows)), int(np.ptp(columns))) + 2)
    return (
        slice(max(0, int(rows[0]) - reach), int(rows[-1]) + 1 + reach),
        slice(max(0, int(columns[0]) - reach), int(columns[-1]) + 1 + reach),
    )


def _within_rim(shape: tuple[int, ...]) -> BoolMask:
    """Away from the border, where the part's edge and its shadow are no texture of its surface."""
    rim = max(1, round(_RIM_SHARE * min(shape)))
    within = np.zeros(shape, dtype=np.bool_)
    within[rim:-rim, rim:-rim] = True
    return within


def _deviation(luma: Float32Array, inside: BoolMask) -> Float32Array:
    """Brightness less that which the surroundings lead one to expect."""
    from scipy.ndimage import gaussian_filter

    smooth = gaussian_filter(luma, _BLUR_PX)
    weight = (~inside).astype(np.float32)
    sigma = max(_MIN_BACKGROUND_PX, 0.5 * float(np.sqrt(inside.sum())))
    expected = _broad_blur(smooth * weight, sigma) / np.maximum(_broad_blur(weight, sigma), 1e-3)
    return np.asarray(smooth - expected, dtype=np.float32)


def _broad_blur(values: Float32Array, sigma: float) -> Float32Array:
    """Two box filters, whose cost does not grow with sigma: a Gaussian nearly (Wells, 1986)."""
    from scipy.ndimage import uniform_filter

    side = max(1, round(float(np.sqrt(6 * sigma**2 + 1))))
    return np.asarray(uniform_filter(uniform_filter(values, side), side), dtype=np.float32)


def _pieces(deviation: Float32Array, inside: BoolMask, *, ground: BoolMask) -> _Pieces | None:
    from scipy.ndimage import binary_propagation, label

    level = max(1.0, float(np.quantile(deviation[ground], 1 - _TAIL)))
    highest = float(deviation[inside].max())
    if highest <= level:
        return None
    seeds = inside & (deviation >= max(level, _SHARE * highest))
    touching = np.ones((3, 3), dtype=np.bool_)
    grown = binary_propagation(seeds, mask=deviation >= _SHARE * highest, structure=touching)
    if not _MIN_PX <= grown.sum() <= _MAX_GROWTH * inside.sum():
        return None
    pieces, n_pieces = label(grown, structure=touching)
    beyond = np.maximum(deviation / level - 1, 0)
    masses = np.bincount(pieces.ravel(), weights=beyond.ravel(), minlength=n_pieces + 1)
    masses[0] = 0
    if masses.max() < _MIN_MASS:
        return None
    kept = masses >= _KEPT_MASS * masses.max()
    kept[0] = False
    return _Pieces(np.asarray(kept[pieces]), float(masses.max()))
