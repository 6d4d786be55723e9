from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tools.arrays import UInt8Image
from tools.experts.anyres import (
    Size,
    crops_of,
    cut_of,
    map_in_picture,
    map_in_square,
    n_expert_tokens,
    n_image_tokens,
    square_crop,
    square_of,
    unpadded_rows_columns,
)

GOLDEN = [
    # width, height, shrunk, grid, crops, unpadded rows and columns, image tokens, expert tokens
    (900, 900, (900, 900), (3, 3), 10, (81, 81), 7371, 47),
    (1024, 1024, (1024, 1024), (3, 3), 10, (81, 81), 7371, 47),
    (700, 700, (700, 700), (2, 2), 5, (54, 54), 3699, 25),
    (1284, 1168, (1024, 931), (3, 3), 10, (73, 81), 6715, 47),
    (1404, 1070, (1024, 780), (3, 3), 10, (61, 81), 5731, 47),
    (1562, 960, (1024, 629), (3, 2), 7, (50, 81), 4829, 33),
    (384, 384, (384, 384), (1, 1), 2, (27, 27), 1485, 11),
    (800, 1600, (512, 1024), (2, 3), 7, (81, 40), 4050, 35),
    (640, 480, (640, 480), (2, 2), 5, (40, 54), 2929, 25),
]


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: f"{row[0]}x{row[1]}")
def test_cuts_and_token_counts_are_those_of_llava_onevision(row: tuple[Any, ...]) -> None:
    width, height, shrunk, grid, crops, shown, image_tokens, expert_tokens = row
    cut = cut_of(width, height)
    rows, columns = unpadded_rows_columns(cut, tile_tokens=27)

    assert (cut.shrunk, cut.grid, cut.n_crops) == (shrunk, grid, crops)
    assert (rows.stop - rows.start, columns.stop - columns.start) == shown
    assert n_image_tokens(cut) == image_tokens
    assert n_expert_tokens(cut) == expert_tokens


def test_a_fitted_side_is_rounded_up_and_centred() -> None:
    cut = cut_of(101, 37, side_px=50)

    # Grids of 3 x 1 tiles and up show every pixel; 3 x 1 wastes least. 37 * 150/101 = 54.95 is
    # more than the canvas has, so the height decides: 101 * 50/37 = 136.49.
    assert cut.grid == Size(3, 1)
    assert cut.fitted == Size(137, 50)
    assert (cut.left_px, cut.top_px) == (6, 0)


def quarters(side: int) -> UInt8Image:
    """Four plain quarters: red, green; blue, white."""
    image = np.zeros((side, side, 3), np.uint8)
    half = side // 2
    image[:half, :half, 0] = 255
    image[:half, half:, 1] = 255
    image[half:, :half, 2] = 255
    image[half:, half:] = 255
    return image


def test_the_base_view_comes_first_and_tiles_follow_row_by_row() -> None:
    image = quarters(100)
    crops = crops_of(image, cut_of(100, 100, side_px=50))

    assert [crop.shape for crop in crops] == [(50, 50, 3)] * 5
    assert crops[0][10, 40].tolist() == [0, 255, 0]
    centres = [crop[25, 25].tolist() for crop in crops[1:]]
    assert centres == [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]


def test_padding_is_black_and_the_base_view_has_none() -> None:
    white = np.full((40, 100, 3), 255, np.uint8)
    cut = cut_of(100, 40, side_px=50)
    base, first, *_ = crops_of(white, cut)

    assert cut.grid == Size(2, 1)
    assert base.min() == 255
    assert first[:5].max() == 0
    assert first[5:45].min() == 255
    assert first[45:].max() == 0


def test_one_of_several_views_is_padded_to_a_square_with_grey() -> None:
    crop = square_crop(np.full((20, 40, 3), 255, np.uint8), side_px=40)

    assert crop.shape == (40, 40, 3)
    assert np.unique(crop[:8]).tolist() == [127]
    assert np.unique(crop[12:28]).tolist() == [255]


def test_maps_of_tiles_come_back_to_their_quarters() -> None:
    cut = cut_of(100, 100, side_px=50)
    tiles = [np.full((5, 5), value, np.float32) for value in (1, 2, 3, 4)]

    laid = map_in_picture(tiles, cut, patch_px=10)

    assert laid.shape == (100, 100)
    assert laid.dtype == np.float32
    assert [laid[10, 10], laid[10, 90], laid[90, 10], laid[90, 90]] == [1, 2, 3, 4]


def test_a_patch_peaks_where_it_lies_and_padding_falls_away() -> None:
    cut = cut_of(200, 80, side_px=50)
    assert (cut.grid, cut.fitted, cut.top_px) == (Size(4, 2), Size(200, 80), 10)
    tiles = [np.zeros((5, 5), np.float32) for _ in range(8)]
    tiles[4][1, 2] = 1.0
    tiles[0][0] = 9.0

    laid = map_in_picture(tiles, cut, patch_px=10)

    # Row 0 of the first tiles is padding: canvas rows 0 to 10, whose centre is at 5.
    assert laid.shape == (80, 200)
    assert laid[5:, :].max() < 1.0 + 1e-6
    # Tile row 1, patch (1, 2): canvas rows 60 to 70, columns 20 to 30, so picture rows 50 to 60.
    row, column = divmod(int(laid[20:].argmax()), 200)
    assert (20 + row, column) in {(54, 24), (54, 25), (55, 24), (55, 25)}


def test_pixels_beyond_the_last_patch_of_a_tile_take_values_between_its_neighbours() -> None:
    cut = cut_of(60, 30, side_px=30)
    left, right = np.zeros((2, 2), np.float32), np.ones((2, 2), np.float32)

    laid = map_in_picture([left, right], cut, patch_px=14)

    # Patch centres at 7, 21 | 37, 51: between 21 and 37 the map rises linearly.
    assert laid[15, 21] == pytest.approx((21.5 - 21) / 16)
    assert laid[15, 29] == pytest.approx((29.5 - 21) / 16)
    assert laid[15, 59] == 1


def test_the_map_of_a_square_comes_back_without_its_padding() -> None:
    # 60 x 30 px, brought to 40 px: the picture's rows 0 to 30 are the square's 15 to 45, which are
    # 10 to 30 of the crop, so rows 1 and 2 of its 4 x 4 patches.
    square = square_of(60, 30, side_px=40)
    crop_map = np.zeros((4, 4), np.float32)
    crop_map[0], crop_map[3] = 9.0, 9.0
    crop_map[1:3, 0], crop_map[2, 3] = 1.0, 2.0

    laid = map_in_square(crop_map, square, patch_px=10)

    assert (square.left_px, square.top_px) == (0, 15)
    assert laid.shape == (30, 60)
    # Centres of patches: 5, 15, 25, 35 of the crop, 7.5, 22.5, 37.5, 52.5 along the picture.
    assert laid[7:22, :7].tolist() == pytest.approx(np.ones((15, 7)))
    assert laid[22, 53] == pytest.approx(2.0, abs=0.1)
    assert laid[7, 55] == pytest.approx(0.0, abs=0.1)


def test_a_large_picture_of_several_is_shrunk_first_and_padded_by_whole_pixels() -> None:
    square = square_of(2048, 1025)

    # int(1024 * 1025 / 2048) = 512; (1024 - 512) // 2.
    assert square.shrunk == Size(1024, 512)
    assert (square.left_px, square.top_px, square.side_px) == (0, 256, 384)
