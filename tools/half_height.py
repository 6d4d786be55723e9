"""How large a spot is that hardly spans a few pixels: its outline at half of its contrast.

Knows nothing of experts, rules or products.
"""

from __future__ import annotations

import numpy as np

from tools.arrays import BoolMask, UInt8Image

_TOP_SHARE = 0.1


def half_height_mask(
    image_hwc: UInt8Image, mask: BoolMask, *, reference_hwc: UInt8Image | None = None
) -> BoolMask:
    """The part of a region that differs by at least half of what its most different tenth does.

    The full width at half maximum: what an expert's map or the blur of a lens adds around a spot
    does not count. Of a large region a small glint cannot stand for the whole, as the tenth bounds
    how far the outline shrinks.

    Args:
        image_hwc: (H, W, 3) RGB, the picture or a cutout with some surroundings.
        mask: (H, W), the region; not empty.
        reference_hwc: (H, W, 3) RGB in the same frame; None compares with the surroundings.

    Returns:
        (H, W), within the mask and not empty.

    Raises:
        ValueError: an empty mask.
    """
    from tools.attributes import expected_luma
    from tools.registration import grey_levels

    if not mask.any():
        raise ValueError("mask must hold at least one pixel, got none")
    luma = grey_levels(image_hwc)
    difference = np.abs(luma - expected_luma(luma, mask, reference_hwc=reference_hwc))
    top = float(np.quantile(difference[mask], 1 - _TOP_SHARE, method="lower"))
    return np.asarray(mask & (difference >= top / 2))
