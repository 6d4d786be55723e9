from __future__ import annotations

import struct

import numpy as np
import pytest

from tools.assets.videos.layout import MAX_SIDE_PX, full_layout, n_that_fit, small_layout
from tools.assets.videos.names import clock, read_name
from tools.assets.videos.upright import Upright, upright_of


@pytest.mark.parametrize("size", [(1920, 1080), (360, 240), (40, 3000), (3000, 40), (16, 16)])
@pytest.mark.parametrize("n", [1, 5, 12])
def test_whole_frames_fit_on_a_sheet_without_being_magnified(size: tuple[int, int], n: int) -> None:
    layout = small_layout(n, *size)

    assert max(layout.width_px, layout.height_px) <= MAX_SIDE_PX
    assert all(slot.width <= size[0] and slot.height <= size[1] for slot in layout.slots)
    boxes = [(s.x, s.y, s.x + s.width, s.y + s.height) for s in layout.slots]
    assert all(x2 <= layout.width_px and y2 <= layout.height_px for _, _, x2, y2 in boxes)
    for k, (x1, y1, x2, y2) in enumerate(boxes):
        apart = [b[0] >= x2 or b[2] <= x1 or b[1] >= y2 or b[3] <= y1 for b in boxes[:k]]
        assert all(apart)


def test_frames_of_full_size_stand_in_the_squarest_order() -> None:
    layout = full_layout(6, 100, 60)

    # 2 columns of 100 and 3 rows of 60 with a time stamp of 20, and gaps of 6.
    assert (layout.width_px, layout.height_px) == (206, 252)
    assert layout.slots[3] == (106, 106, 100, 60)


def test_as_many_frames_fit_as_columns_and_rows_do() -> None:
    # 5 x 200 px and 4 gaps of 6 are 1024; 4 x 220 and 3 gaps are 898.
    assert n_that_fit(200, 200) == 5 * 4
    assert n_that_fit(1024, 1004) == 1
    assert n_that_fit(1025, 100) == 0


@pytest.mark.parametrize("crop", [None, (3, 4, 30, 40)])
def test_a_name_is_read_as_it_was_written(crop: tuple[int, int, int, int] | None) -> None:
    name = "frames 3-90 in 7" if crop is None else "frames 3-90 in 7 at 3,4,30,40"

    shown = read_name(name, n_frames=90, width_px=30, height_px=40)

    assert (shown.first, shown.last, shown.n_tiles, shown.crop) == (3, 90, 7, crop)
    assert shown.name == name


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0:00.0"), (7.46, "0:07.5"), (59.96, "1:00.0"), (3723, "1:02:03.0")],
)
def test_a_clock_shows_tenths(seconds: float, words: str) -> None:
    assert clock(seconds) == words


def matrix(a: int, b: int, c: int, d: int) -> bytes:
    one = 1 << 16
    return struct.pack("<9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)


@pytest.mark.parametrize(
    ("entries", "shown"),
    [
        ((1, 0, 0, 1), [[0, 1, 2], [3, 4, 5]]),
        ((-1, 0, 0, -1), [[5, 4, 3], [2, 1, 0]]),
        ((-1, 0, 0, 1), [[2, 1, 0], [5, 4, 3]]),
        ((0, -1, 1, 0), [[2, 5], [1, 4], [0, 3]]),  # a quarter turn counter-clockwise
        ((0, 1, -1, 0), [[3, 0], [4, 1], [5, 2]]),  # and clockwise
    ],
)
def test_a_display_matrix_turns_the_frame(
    entries: tuple[int, int, int, int], shown: list[list[int]]
) -> None:
    stored = np.repeat(np.arange(6, dtype=np.uint8).reshape(2, 3, 1), 3, axis=2)

    upright = upright_of(matrix(*entries))

    assert upright is not None
    assert upright.of(stored)[:, :, 0].tolist() == shown
    assert upright.size(3, 2) == (len(shown[0]), len(shown))


def test_a_matrix_that_is_no_quarter_turn_is_not_read() -> None:
    assert upright_of(struct.pack("<9i", 46341, 46341, 0, -46341, 46341, 0, 0, 0, 1 << 30)) is None
    assert upright_of(b"") is None
    assert Upright().size(3, 2) == (3, 2)
