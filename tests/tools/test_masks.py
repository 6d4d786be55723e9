"""Run lengths are COCO's own, and what is none of them is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import array_shapes, arrays
from pycocotools import mask as coco
from pydantic import ValidationError

from tools.arrays import BoolMask
from tools.masks import decode_rle, encode_rle
from tools.records import MaskRecord

masks = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40))


@settings(max_examples=150, deadline=None)
@given(masks)
def test_a_mask_comes_back_as_it_was_and_as_coco_reads_it(mask: BoolMask) -> None:
    counts = encode_rle(mask)
    height_px, width_px = mask.shape

    back = decode_rle(counts, height_px=height_px, width_px=width_px)

    assert np.array_equal(back, mask)
    assert np.array_equal(back, coco.decode({"size": [*mask.shape], "counts": counts.encode()}))


def test_run_lengths_are_read_as_by_hand() -> None:
    # Column by column: 1 outside, 2 inside, 1 outside, 2 inside. From the third number on the
    # string has differences to the last but one, the very first aside: 1, 2, 1, 2 - 2.
    mask = decode_rle("1210", height_px=3, width_px=2)

    assert mask.tolist() == [[False, False], [True, True], [True, True]]


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ("", "must fill 3 x 2 pixels, they are of 0"),
        ("7", "they are of 7"),
        ("1O5", "must not be negative, got -1"),
        ("P", "end within a number"),
        ("PPPPPPP1", "too long"),
        ("é", "none of COCO's"),
        ("1\0", "none of COCO's"),
    ],
)
def test_what_are_no_run_lengths_is_refused(counts: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        decode_rle(counts, height_px=3, width_px=2)


def test_run_lengths_at_which_coco_wrote_beyond_its_memory_are_refused() -> None:
    with pytest.raises(ValueError, match="must fill 7 x 5"):
        decode_rle("0" + "ooo0" * 99, height_px=7, width_px=5)
    with pytest.raises(ValueError, match="negative"):
        decode_rle("oooN0", height_px=7, width_px=5)


def test_a_mask_without_a_pixel_inside_is_one_run() -> None:
    assert decode_rle("6", height_px=3, width_px=2).tolist() == [[False, False]] * 3


def test_a_picture_of_a_hundred_megapixels_has_numbers_that_are_not_too_long() -> None:
    assert not decode_rle(
        str(coco.encode(np.zeros((10_000, 10_000), dtype=np.uint8, order="F"))["counts"], "ascii"),
        height_px=10_000,
        width_px=10_000,
    ).any()


@pytest.mark.parametrize(("height_px", "width_px"), [(2**16, 2**15), (10**9, 10**9), (-3, -2)])
def test_a_size_that_no_picture_has_is_refused_before_memory_is_taken(
    height_px: int, width_px: int
) -> None:
    with pytest.raises(ValueError, match="at most 1073741824 pixels"):
        decode_rle("6", height_px=height_px, width_px=width_px)
    with pytest.raises(ValidationError, match="at most 1073741824 pixels"):
        MaskRecord(size=[height_px, width_px], counts="6")
