"""Boxes of a sheet lead to frames and back, whatever the video's size and the moments."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tools.arrays import UInt8Image
from tools.assets.videos.layout import MAX_SIDE_PX, Slot, full_layout, n_that_fit, small_layout
from tools.assets.videos.moments import Moment
from tools.assets.videos.names import MAX_TILES, Crop, Shown
from tools.assets.videos.sheet import Sheet
from tools.records import Asset, FrameExtent

SIDE = st.integers(1, 2000)


class Frames:
    """A video of which nothing is decoded; a frame lasts a second."""

    def __init__(self, n_frames: int, width_px: int, height_px: int) -> None:
        self.frame_size = (width_px, height_px)
        size = [width_px, height_px, n_frames]
        self.asset = Asset(path="v", sha256="0" * 64, modality="video", size=size)

    def read_frame(self, number: int) -> UInt8Image:
        raise AssertionError(f"frame {number} is not to be decoded")

    def time_of(self, edge: int) -> float:
        return float(edge)

    def sheet(self, shown: Shown) -> Sheet:
        """Of moments of equal length."""
        edges = np.linspace(shown.first, shown.last, shown.n_tiles + 1).astype(int)
        moments = [Moment(int(a), int(a), int(b)) for a, b in pairwise(edges)]
        crop = shown.crop or Crop(0, 0, *self.frame_size)
        return Sheet(self, shown, moments, own=crop, of=crop)


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    """Whole frames, or a part of them, of a video."""
    width, height = draw(SIDE), draw(SIDE)
    n_tiles = draw(st.integers(1, MAX_TILES))
    first = draw(st.integers(0, 100))
    last = first + n_tiles + draw(st.integers(0, 50))
    x1, y1 = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    x2, y2 = draw(st.integers(x1 + 1, width)), draw(st.integers(y1 + 1, height))
    crop = draw(st.sampled_from([None, Crop(x1, y1, x2, y2)]))
    return Frames(last, width, height).sheet(Shown(first, last, n_tiles, crop))


def apart(one: Slot, other: Slot) -> bool:
    across = one.x + one.width <= other.x or other.x + other.width <= one.x
    return across or one.y + one.height <= other.y or other.y + other.height <= one.y


@settings(max_examples=100, deadline=None)
@given(sheets())
def test_frames_lie_within_their_sheet_and_beside_each_other(sheet: Sheet) -> None:
    slots = [tile.slot for tile in sheet.tiles]

    for slot in slots:
        assert min(slot) >= 0
        assert slot.x + slot.width <= sheet.size[0]
        assert slot.y + slot.height <= sheet.size[1]
    assert all(apart(a, b) for k, a in enumerate(slots) for b in slots[:k])


@settings(max_examples=100, deadline=None)
@given(n=st.integers(1, MAX_TILES), width=SIDE, height=SIDE)
def test_whole_frames_make_no_sheet_that_a_view_must_make_smaller(
    n: int, width: int, height: int
) -> None:
    small = small_layout(n, width, height)

    assert max(small.width_px, small.height_px) <= MAX_SIDE_PX
    assert small.slots[0].width <= width
    assert small.slots[0].height <= height
    if 0 < n <= n_that_fit(width, height):
        full = full_layout(n, width, height)
        assert max(full.width_px, full.height_px) <= MAX_SIDE_PX
        assert full.slots[0][2:] == (width, height)


SHARE = st.floats(0, 1)


@settings(max_examples=150, deadline=None)
@given(sheet=sheets(), number=st.integers(0, MAX_TILES - 1), shares=st.tuples(*[SHARE] * 4))
def test_a_box_on_a_frame_is_told_in_its_pixels_and_comes_back(
    sheet: Sheet, number: int, shares: tuple[float, float, float, float]
) -> None:
    tile = sheet.tiles[number % len(sheet.tiles)]
    x1, x2 = sorted(tile.slot.x + share * tile.slot.width for share in shares[:2])
    y1, y2 = sorted(tile.slot.y + share * tile.slot.height for share in shares[2:])
    assume(x2 - x1 > 1e-3 and y2 - y1 > 1e-3)

    extent = sheet.extent([x1, y1, x2, y2])
    back = sheet.box_of(extent)

    assert (extent.first_frame, extent.last_frame) == tile.moment[1:]
    assert (extent.start_s, extent.end_s) == tuple(map(float, tile.moment[1:]))
    left, top, right, bottom = extent.box_xyxy
    assert tile.crop.x1 - 1e-6 <= left < right <= tile.crop.x2 + 1e-6
    assert tile.crop.y1 - 1e-6 <= top < bottom <= tile.crop.y2 + 1e-6
    assert back is not None
    np.testing.assert_allclose(back, [x1, y1, x2, y2], atol=1e-6)


@settings(max_examples=100, deadline=None)
@given(sheet=sheets(), shares=st.tuples(*[SHARE] * 4))
def test_a_closer_sheet_shows_what_the_window_showed(
    sheet: Sheet, shares: tuple[float, float, float, float]
) -> None:
    x1, x2 = sorted(share * sheet.size[0] for share in shares[:2])
    y1, y2 = sorted(share * sheet.size[1] for share in shares[2:])
    assume(x2 - x1 > 1 and y2 - y1 > 1)
    try:
        shown = sheet.extent([x1, y1, x2, y2])
    except ValueError:
        assume(False)

    closer = sheet.closer([x1, y1, x2, y2])

    if closer is not None:
        assert contains(closer.extent([0.0, 0.0, *map(float, closer.size)]), shown)


@settings(max_examples=60, deadline=None)
@given(sheet=sheets(), number=st.integers(0, MAX_TILES - 1))
def test_who_looks_closer_at_one_frame_again_and_again_comes_to_a_single_one(
    sheet: Sheet, number: int
) -> None:
    closer: Sheet | None = sheet
    for _ in range(8):
        if closer is not None:
            last = closer
            closer = closer.closer(closer.tiles[number % len(closer.tiles)].box)

    assert closer is None
    moment = last.tiles[number % len(last.tiles)].moment
    assert moment.last - moment.first == 1


def contains(outer: FrameExtent, inner: FrameExtent) -> bool:
    in_time = outer.first_frame <= inner.first_frame and inner.last_frame <= outer.last_frame
    (a, b, c, d), (e, f, g, h) = outer.box_xyxy, inner.box_xyxy
    return in_time and a <= e + 1e-6 and b <= f + 1e-6 and g <= c + 1e-6 and h <= d + 1e-6
