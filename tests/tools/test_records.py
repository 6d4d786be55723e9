from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from tools.masks import decode_rle, encode_rle
from tools.records import Evidence, ImageExtent, Region, View, whole_pixel_box

DIGEST = "0" * 64


def a_view(window: list[float], factor: list[float], size: list[int]) -> View:
    return View(
        id="V1",
        asset_sha256=DIGEST,
        artifact=DIGEST,
        size=size,
        window_xyxy=window,
        factor_xy=factor,
    )


def test_a_box_in_a_view_magnified_twice_is_half_as_large_at_its_window_in_the_source() -> None:
    view = a_view([100, 50, 150, 100], [2.0, 2.0], [100, 100])

    assert view.box_to_source([10, 20, 30, 60]) == [105.0, 60.0, 115.0, 80.0]
    assert view.box_from_source([105.0, 60.0, 115.0, 80.0]) == [10, 20, 30, 60]


def test_a_region_of_a_view_keeps_its_mask_at_original_pixels() -> None:
    view = a_view([10, 10, 14, 14], [2.0, 2.0], [8, 8])
    mask = np.zeros((8, 8), dtype=np.bool_)
    mask[2:4, 4:8] = True

    region = view.to_source([4, 2, 8, 4], region_id=1, mask=mask, score=0.5)

    assert region.box_xyxy == [12.0, 11.0, 14.0, 12.0]
    assert region.source == ImageExtent(box_xyxy=[12.0, 11.0, 14.0, 12.0])
    full = region.full_mask(height_px=20, width_px=20)
    expected = np.zeros((20, 20), dtype=np.bool_)
    expected[11, 12:14] = True
    np.testing.assert_array_equal(full, expected)


def test_a_box_that_leaves_the_view_is_clipped_to_the_window() -> None:
    view = a_view([0, 0, 10, 10], [1.0, 1.0], [10, 10])

    assert view.box_to_source([-3, 2, 12, 30]) == [0, 2, 10, 10]


def test_a_region_without_area_is_refused() -> None:
    with pytest.raises(ValidationError, match="x1 < x2"):
        Region(id=1, view="V1", box_xyxy=[5, 5, 5, 9], source=ImageExtent(box_xyxy=[5, 5, 5, 9]))


def test_a_window_contains_a_box_on_its_border_and_not_one_a_pixel_beyond() -> None:
    view = a_view([0, 0, 10, 10], [1.0, 1.0], [10, 10])

    assert view.contains([0, 0, 10, 10])
    assert not view.contains([0, 0, 11, 10])


def test_masks_survive_run_lengths() -> None:
    mask = np.zeros((5, 7), dtype=np.bool_)
    mask[1:3, 2:6] = True
    mask[4, 0] = True

    again = decode_rle(encode_rle(mask), height_px=5, width_px=7)

    np.testing.assert_array_equal(again, mask)


def test_a_box_is_rounded_outwards_to_whole_pixels() -> None:
    assert whole_pixel_box([0.2, 1.0, 3.0, 4.1]) == (0, 1, 3, 5)


def test_evidence_refuses_not_a_number() -> None:
    with pytest.raises(ValidationError, match="finite"):
        Evidence(id="E1", tool="score", values={"raw_score": float("nan")})
