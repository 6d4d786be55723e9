from __future__ import annotations

import numpy as np
import pytest

from tools.arrays import UInt8Image
from tools.regions import resize_bilinear


def grey(rows: list[list[int]]) -> UInt8Image:
    return np.repeat(np.array(rows, dtype=np.uint8)[..., None], 3, axis=2)


def test_twice_as_wide_lies_a_quarter_between_the_pixels() -> None:
    # Half-pixel centres: outputs at -0.25 (clamped), 0.25, 0.75 and 1.25 (clamped).
    resized = resize_bilinear(grey([[0, 200]]), width_px=4, height_px=1)

    assert resized[0, :, 0].tolist() == [0, 50, 150, 200]


def test_a_fourth_of_the_width_reads_two_pixels_only() -> None:
    # Output centres at 1.5 and 5.5; a resampling that antialiases would see the 255 at 0.
    resized = resize_bilinear(grey([[255, 10, 20, 255, 255, 30, 40, 255]]), width_px=2, height_px=1)

    assert resized[0, :, 0].tolist() == [15, 35]


def test_the_same_size_changes_nothing() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (13, 17, 3), dtype=np.uint8)

    np.testing.assert_array_equal(resize_bilinear(noise, width_px=17, height_px=13), noise)


@pytest.mark.parametrize("level", [0, 1, 127, 254, 255])
def test_a_flat_picture_stays_flat(level: int) -> None:
    flat = np.full((31, 47, 3), level, dtype=np.uint8)

    assert (resize_bilinear(flat, width_px=768, height_px=768) == level).all()


def test_a_picture_of_one_pixel_can_be_resized() -> None:
    assert resize_bilinear(grey([[9]]), width_px=2, height_px=2)[..., 0].tolist() == [
        [9, 9],
        [9, 9],
    ]
