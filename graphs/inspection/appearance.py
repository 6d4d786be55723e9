"""What regions look like beside their registered reference. Knows no rules and no verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tools.arrays import BoolMask, UInt8Image
from tools.ports import KnowledgePort
from tools.records import Region, whole_pixel_box

if TYPE_CHECKING:
    from tools.attributes import RegionAttributes

MARGIN_PX = 24
"""Surroundings that a region is described with, at least."""
MIN_DIFFERENCE = 8.0
"""Grey levels; smaller differences are not told from noise."""
SHIFT_SHARE = 0.25


@dataclass(frozen=True, kw_only=True)
class Cutout:
    """A region with its surroundings, and the same place of the reference."""

    image_hwc: UInt8Image
    mask: BoolMask
    """(H, W) of the cutout."""
    reference_hwc: UInt8Image | None
    overlap: BoolMask | None
    """Where the reference covers the cutout."""
    picture_px: int
    """Pixels of the whole picture."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """A picture and its reference, laid on it where that is possible."""

    image_hwc: UInt8Image
    reference_hwc: UInt8Image | None = None
    """(H, W, 3), in the picture's frame."""
    overlap: BoolMask | None = None

    def cut(self, region: Region) -> Cutout:
        """A region with a margin as large as itself."""
        height, width = self.image_hwc.shape[:2]
        x1, y1, x2, y2 = whole_pixel_box(region.box_xyxy)
        margin = max(MARGIN_PX, x2 - x1, y2 - y1)
        rows = slice(max(0, y1 - margin), min(height, y2 + margin))
        columns = slice(max(0, x1 - margin), min(width, x2 + margin))
        mask = region.full_mask(height_px=height, width_px=width)[rows, columns]
        reference, overlap = self.reference_hwc, self.overlap
        return Cutout(
            image_hwc=self.image_hwc[rows, columns],
            mask=mask,
            reference_hwc=None if reference is None else reference[rows, columns],
            overlap=None if overlap is None else overlap[rows, columns],
            picture_px=height * width,
        )


def lay_reference(
    image_hwc: UInt8Image, *, product: str | None, knowledge: KnowledgePort
) -> Surroundings:
    """Fetch the nearest reference into the picture's frame; none where it does not register."""
    from tools.registration import NotRegistered, register

    nearest = knowledge.nearest_references(image_hwc, product=product, k=1) if product else []
    if not nearest:
        return Surroundings(image_hwc=image_hwc)
    reference = nearest[0].image_hwc
    try:
        found = register(image_hwc, reference)
    except NotRegistered:
        return Surroundings(image_hwc=image_hwc)
    from tools.parts import resample

    height, width = image_hwc.shape[:2]
    laid = resample(reference, found.matrix, shape=(height, width))
    return Surroundings(image_hwc=image_hwc, reference_hwc=laid, overlap=found.overlap)


def describe(cutout: Cutout) -> RegionAttributes:
    """Attributes of a region beside its reference."""
    from tools.attributes import describe_region

    return describe_region(
        cutout.image_hwc,
        cutout.mask,
        reference_hwc=cutout.reference_hwc,
        picture_px=cutout.picture_px,
    )


def explained_by_shift(cutout: Cutout) -> bool:
    """Whether moving the reference by one pixel explains the difference inside the region.

    True where the picture leaves the range that the reference has within one pixel by less than
    a quarter of the plain difference: what remains of an edge that is not laid exactly.
    """
    from scipy.ndimage import maximum_filter, minimum_filter

    if cutout.reference_hwc is None or not cutout.mask.any():
        return False
    image = cutout.image_hwc.astype(np.float32).mean(axis=2)
    reference = cutout.reference_hwc.astype(np.float32).mean(axis=2)
    reference = _same_light(reference, image, outside=~cutout.mask)
    plain = np.abs(image - reference)[cutout.mask].mean()
    over = image - maximum_filter(reference, 3)
    under = minimum_filter(reference, 3) - image
    beyond = np.maximum(np.maximum(over, under), 0.0)[cutout.mask].mean()
    return bool(plain >= MIN_DIFFERENCE and beyond < SHIFT_SHARE * plain)


def _same_light(
    reference: np.ndarray[tuple[int, int], np.dtype[np.float32]],
    image: np.ndarray[tuple[int, int], np.dtype[np.float32]],
    *,
    outside: BoolMask,
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """The reference with gain and offset of the picture, measured outside the region."""
    if int(outside.sum()) < 16:
        return reference
    first, second = reference[outside], image[outside]
    spread = float(first.std())
    gain = min(max(float(second.std()) / spread, 0.5), 2.0) if spread > 1.0 else 1.0
    laid = (reference - first.mean()) * np.float32(gain) + second.mean()
    return np.asarray(laid, dtype=np.float32)
