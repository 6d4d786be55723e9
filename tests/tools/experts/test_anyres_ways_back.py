"""What tiles and padded squares show of a picture comes back to where it stands in the picture."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.experts.anyres import (
    MAX_SIDE_PX,
    base_cut_of,
    crops_of,
    cut_of,
    map_in_picture,
    map_in_square,
    square_crop,
    square_of,
)

SIDE = st.integers(1, 400)
TILE_PX = st.sampled_from([14, 28, 31])


def canvas_columns(n_tiles: int, side_px: int, patch_px: int) -> np.ndarray:
    """(n_tiles, cells): the place on the canvas of each cell's centre, along one axis."""
    cells = (np.arange(side_px // patch_px) + 0.5) * patch_px
    return np.arange(n_tiles)[:, None] * side_px + cells[None, :]


@settings(max_examples=100, deadline=None)
@given(width=SIDE, height=SIDE, side_px=TILE_PX, patch_px=st.sampled_from([3, 7]))
def test_a_map_that_tells_places_of_the_canvas_tells_them_of_each_pixel(
    width: int, height: int, side_px: int, patch_px: int
) -> None:
    cut = cut_of(width, height, side_px=side_px)
    columns, rows = cut.grid
    along = canvas_columns(columns, side_px, patch_px)
    n_cells = along.shape[1]
    tiles = [
        np.broadcast_to(along[column], (n_cells, n_cells)).astype(np.float32)
        for _ in range(rows)
        for column in range(columns)
    ]

    told = map_in_picture(tiles, cut, patch_px=patch_px)

    # Beyond the first and the last centre there is nothing to interpolate with.
    centres = cut.left_px + (np.arange(width) + 0.5) * cut.fitted.width / width
    wanted = np.clip(centres, along[0, 0], along[-1, -1])
    assert told.shape == (height, width)
    np.testing.assert_allclose(told, np.broadcast_to(wanted, told.shape), atol=0.01)


@settings(max_examples=100, deadline=None)
@given(width=st.integers(1, 3000), height=st.integers(1, 3000))
def test_a_picture_fits_its_canvas_in_the_middle_and_touches_two_sides(
    width: int, height: int
) -> None:
    for cut in (cut_of(width, height), base_cut_of(width, height)):
        canvas = (cut.grid.width * cut.side_px, cut.grid.height * cut.side_px)
        margins = [whole - fitted for whole, fitted in zip(canvas, cut.fitted, strict=True)]
        assert min(cut.fitted) >= 1
        assert min(margins) == 0
        assert [cut.left_px, cut.top_px] == [margin // 2 for margin in margins]
        assert max(cut.shrunk) <= MAX_SIDE_PX
        assert min(cut.shrunk) >= 1


@settings(max_examples=40, deadline=None)
@given(width=st.integers(40, 120), height=st.integers(40, 120))
def test_a_ramp_is_cut_and_comes_back_as_it_was(width: int, height: int) -> None:
    image_hwc = np.zeros((height, width, 3), dtype=np.uint8)
    image_hwc[..., 0] = np.linspace(0, 250, width)[None, :]
    image_hwc[..., 1] = np.linspace(0, 250, height)[:, None]
    cut = cut_of(width, height, side_px=48)

    crops = crops_of(image_hwc, cut)
    back = [
        map_in_picture([crop[..., c].astype(np.float32) for crop in crops[1:]], cut, patch_px=1)
        for c in (0, 1)
    ]

    inner = (slice(4, -4), slice(4, -4))
    for c in (0, 1):
        np.testing.assert_allclose(back[c][inner], image_hwc[..., c][inner], atol=8)


@settings(max_examples=40, deadline=None)
@given(width=st.integers(20, 120), height=st.integers(20, 120))
def test_a_ramp_on_a_padded_square_comes_back_without_its_padding(width: int, height: int) -> None:
    image_hwc = np.zeros((height, width, 3), dtype=np.uint8)
    image_hwc[..., 0] = np.linspace(0, 250, width)[None, :]
    crop = square_crop(image_hwc, side_px=96)

    told = map_in_square(
        crop[..., 0].astype(np.float32), square_of(width, height, side_px=96), patch_px=1
    )

    assert told.shape == (height, width)
    inner = (slice(4, -4), slice(4, -4))
    np.testing.assert_allclose(told[inner], image_hwc[..., 0][inner], atol=12)
