"""The outline at half of a spot's contrast, on drawn spots."""

from __future__ import annotations

import numpy as np
import pytest

from tools.arrays import BoolMask, UInt8Image
from tools.half_height import half_height_mask

GROUND = 60


def ground() -> UInt8Image:
    return np.full((40, 40, 3), GROUND, dtype=np.uint8)


def box_mask(x1: int, y1: int, x2: int, y2: int) -> BoolMask:
    mask = np.zeros((40, 40), dtype=np.bool_)
    mask[y1:y2, x1:x2] = True
    return mask


def test_blur_around_a_spot_is_left_out() -> None:
    image = ground()
    image[18:23, 18:23] = GROUND + 30
    image[19:22, 19:22] = GROUND + 100

    assert (half_height_mask(image, box_mask(17, 17, 24, 24)) == box_mask(19, 19, 22, 22)).all()


def test_what_the_reference_shows_too_is_left_out() -> None:
    reference = ground()
    reference[:, :20] = 200
    image = reference.copy()
    image[19:22, 21:24] = 160

    outlined = half_height_mask(image, box_mask(19, 17, 26, 24), reference_hwc=reference)

    assert (outlined == box_mask(21, 19, 24, 22)).all()


def test_a_glint_does_not_stand_for_the_whole() -> None:
    image = ground()
    image[10:30, 10:30] = GROUND + 60
    image[14:16, 14:16] = 255

    assert (half_height_mask(image, box_mask(10, 10, 30, 30)) == box_mask(10, 10, 30, 30)).all()


def test_an_empty_region_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one pixel, got none"):
        half_height_mask(ground(), np.zeros((40, 40), dtype=np.bool_))
