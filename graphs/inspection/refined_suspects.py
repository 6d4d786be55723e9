"""Suspects of coarse maps, drawn to what stands out on the picture. Knows no state and no mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from graphs.inspection.expert_survey import Suspect, merge_suspects
from tools.arrays import BoolMask, UInt8Image

FINE_MAPS = frozenset({"registered_difference"})
"""Experts that see single pixels; maps of the others are as coarse as their patches."""
MAX_REFINED = 8
"""Areas that are drawn to the picture, worst first; each costs some hundredths of a second."""


def refine_suspects(suspects: Sequence[Suspect], image_hwc: UInt8Image) -> list[Suspect]:
    """Draw the areas that only coarse maps saw to the picture; the others stay as they are.

    Two areas that run into one, as both ends of a crack do, become one.

    Args:
        suspects: in the frame of the picture.
        image_hwc: (H, W, 3) RGB.
    """
    if all(FINE_MAPS & one.peaks.keys() for one in suspects):
        return list(suspects)
    from tools.regions_refine import refine_mask
    from tools.registration import grey_levels

    luma = grey_levels(image_hwc)
    refined = []
    for number, one in enumerate(suspects):
        coarse = number < MAX_REFINED and not FINE_MAPS & one.peaks.keys()
        mask = refine_mask(luma, one.mask) if coarse else None
        refined.append(one if mask is None else replace(one, mask=mask, box_xyxy=_box_of(mask)))
    return merge_suspects(refined)


def _box_of(mask: BoolMask) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
