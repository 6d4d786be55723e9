"""What a region looks like, in numbers and in the degrees of a few plain properties.

Knows nothing of products or failure modes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tools.arrays import BoolMask, Float32Array, UInt8Image
from tools.attributes_degrees import Appearance, degrees_of
from tools.attributes_shape import Shape, measure_shape
from tools.attributes_structure import Foreground, Structure, find_structure
from tools.registration import grey_levels

_RING_SHARE = 0.5
_MIN_RING_PX = 4
_WORD_DEGREE = 0.5
_OUTLINE_PX = 3
_MIN_TEXTURE_PX = 30
_SLOPE_BLUR_PX = 1.5


@dataclass(frozen=True, kw_only=True)
class RegionAttributes:
    """A region as numbers, as degrees of properties, and as words."""

    shape: Shape
    structure: Structure | None
    """None without a reference, or where no level changes."""
    contrast: float
    """Grey levels of 255: the region less what is expected there; below 0 it is darker."""
    sharpness: float
    """Steepness of the outline: 1 for a step within a pixel or two, near 0 for a soft glow."""
    roughness: float
    """Natural logarithm of the fine texture inside over that around; below 0 it is smoother."""
    extent: float
    """Share of the picture's area."""
    colour_rgb: tuple[int, int, int] | None
    """Mean inside; None in a grey picture."""
    degrees: Mapping[str, Mapping[str, float]]
    """By facet (see tools.attributes_degrees.FACETS): how far each value applies, in [0, 1]."""

    @property
    def words(self) -> tuple[str, ...]:
        """Values that apply to a degree of one half or more, facet by facet."""
        return tuple(
            value
            for values in self.degrees.values()
            for value, degree in values.items()
            if degree >= _WORD_DEGREE
        )


def describe_region(
    image_hwc: UInt8Image,
    mask: BoolMask,
    *,
    reference_hwc: UInt8Image | None = None,
    foreground: Foreground | None = None,
    picture_px: int | None = None,
) -> RegionAttributes:
    """Describe a region of a picture, beside its registered reference where there is one.

    Args:
        image_hwc: (H, W, 3) RGB, the picture or a cutout with some surroundings.
        mask: (H, W), the region.
        reference_hwc: (H, W, 3) RGB in the same frame, or None.
        foreground: which level of a two-level structure is the part; None takes the rarer one.
        picture_px: pixels of the whole picture where a cutout is given; None where it is whole.

    Raises:
        ValueError: an empty mask.
    """
    if not mask.any():
        raise ValueError("mask must hold at least one pixel, got none")
    luma, around = grey_levels(image_hwc), _ring(mask)
    if reference_hwc is None:
        expected, structure = _filled(luma, around), None
    else:
        expected = _lit_alike(grey_levels(reference_hwc), luma, outside=~mask)
        front = foreground or _rarer_level(expected)
        structure = find_structure(luma, expected, mask, foreground=front)
    core = structure.changed if structure else mask
    contrast = float((luma - expected)[core].mean())
    shape = measure_shape(core)
    return _attributes(
        shape,
        structure,
        sure_of_foreground=foreground is not None,
        contrast=contrast,
        sharpness=_sharpness(luma, core, around, contrast=contrast),
        roughness=_roughness(luma, core, around),
        extent=shape.area_px / float(picture_px or mask.size),
        colour_rgb=_colour(image_hwc, core),
    )


def _attributes(
    shape: Shape,
    structure: Structure | None,
    *,
    sure_of_foreground: bool,
    contrast: float,
    sharpness: float,
    roughness: float,
    extent: float,
    colour_rgb: tuple[int, int, int] | None,
) -> RegionAttributes:
    """What was measured, and the degrees of properties that follow from it."""
    seen = Appearance(
        shape=shape,
        relation=structure.relation if structure else None,
        dual=structure.dual if structure else None,
        added=structure.added if structure else None,
        sure_of_foreground=sure_of_foreground,
        contrast=contrast,
        sharpness=sharpness,
        roughness=roughness,
        extent=extent,
        colour_rgb=colour_rgb,
    )
    return RegionAttributes(
        shape=shape,
        structure=structure,
        contrast=contrast,
        sharpness=sharpness,
        roughness=roughness,
        extent=extent,
        colour_rgb=colour_rgb,
        degrees=degrees_of(seen),
    )


def expected_luma(
    luma: Float32Array, mask: BoolMask, *, reference_hwc: UInt8Image | None
) -> Float32Array:
    """What a region would look like if nothing were wrong.

    Args:
        luma: (H, W), 0 to 255.
        mask: (H, W), the region.
        reference_hwc: (H, W, 3) RGB in the same frame; None takes the level around the region.

    Returns:
        (H, W), in the lighting of the picture.
    """
    if reference_hwc is None:
        return _filled(luma, _ring(mask))
    return _lit_alike(grey_levels(reference_hwc), luma, outside=~mask)


def _ring(mask: BoolMask) -> BoolMask:
    """The surroundings of a region, as wide as half its size, a pixel or two away from it."""
    from scipy.ndimage import distance_transform_edt

    distance = distance_transform_edt(~mask)
    width = max(_MIN_RING_PX, _RING_SHARE * float(np.sqrt(mask.sum())))
    return np.asarray((distance > 2) & (distance <= 2 + width))


def _filled(luma: Float32Array, around: BoolMask) -> Float32Array:
    level = float(np.median(luma[around])) if around.any() else float(np.median(luma))
    return np.full_like(luma, level)


def _lit_alike(reference: Float32Array, luma: Float32Array, *, outside: BoolMask) -> Float32Array:
    """The reference with the gain and offset of the picture, measured outside the region."""
    if int(outside.sum()) < 16:
        return reference
    first, second = reference[outside], luma[outside]
    spread = float(first.var())
    covariance = float(((first - first.mean()) * (second - second.mean())).mean())
    gain = min(max(covariance / spread, 0.5), 2.0) if spread > 1 else 1.0
    lit = (reference - first.mean()) * np.float32(gain) + second.mean()
    return np.asarray(lit, dtype=np.float32)


def _rarer_level(luma: Float32Array) -> Foreground:
    middle = (float(luma.min()) + float(luma.max())) / 2
    return "dark" if float((luma < middle).mean()) < 0.5 else "bright"


def _sharpness(luma: Float32Array, mask: BoolMask, around: BoolMask, *, contrast: float) -> float:
    """Gradient along the outline, less that of the surroundings, for a step of this contrast."""
    from scipy.ndimage import binary_dilation, binary_erosion, gaussian_gradient_magnitude

    outline = binary_dilation(mask) & ~binary_erosion(mask)
    if abs(contrast) < 1 or not outline.any():
        return 0.0
    slope = gaussian_gradient_magnitude(luma, _SLOPE_BLUR_PX)
    texture = float(np.median(slope[around])) if around.any() else 0.0
    steep = float(np.sqrt(max(0.0, float(np.percentile(slope[outline], 75)) ** 2 - texture**2)))
    # The steepest point of a unit step blurred by sigma rises by 0.4 / sigma a pixel.
    return min(1.0, steep * _SLOPE_BLUR_PX / 0.4 / abs(contrast))


def _roughness(luma: Float32Array, mask: BoolMask, around: BoolMask) -> float:
    """Of what a narrow blur takes away, away from the outline where the region allows."""
    from scipy.ndimage import binary_erosion, gaussian_filter

    inner = binary_erosion(mask, iterations=_OUTLINE_PX)
    if inner.sum() < _MIN_TEXTURE_PX or around.sum() < _MIN_TEXTURE_PX:
        return 0.0
    fine = luma - gaussian_filter(luma, _SLOPE_BLUR_PX)
    return float(np.log((fine[inner].std() + 1) / (fine[around].std() + 1)))


def _colour(image_hwc: UInt8Image, mask: BoolMask) -> tuple[int, int, int] | None:
    inside = image_hwc[mask].astype(np.float64)
    red, green, blue = (round(float(v)) for v in inside.mean(axis=0))
    grey = bool((np.ptp(image_hwc[::4, ::4].astype(np.int16), axis=2) <= 8).mean() > 0.98)
    return None if grey else (red, green, blue)
