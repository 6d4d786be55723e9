"""Every window, box and mask of a view finds its way back to the picture it was taken from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tools.arrays import UInt8Image
from tools.assets import Picture, render_view
from tools.records import Asset, View, whole_pixel_box

EDGE = st.integers(-320, 1600).map(lambda eighths: eighths / 8)
SIDE = st.integers(1, 120)


class Drawings:
    """Artifacts in memory."""

    def __init__(self) -> None:
        self.kept: list[UInt8Image] = []

    def put(self, image_hwc: UInt8Image) -> str:
        self.kept.append(image_hwc)
        return str(len(self.kept) - 1)

    def get(self, digest: str) -> UInt8Image:
        return self.kept[int(digest)]

    def png(self, digest: str) -> bytes:
        raise AssertionError("nobody asks for a file of it")

    def put_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> str:
        raise AssertionError("a view has no arrays")

    def get_arrays(self, digest: str) -> dict[str, NDArray[Any]]:
        raise KeyError(digest)


def places(width_px: int, height_px: int) -> Picture:
    """Red tells the column of each pixel, green the row."""
    image_hwc = np.zeros((height_px, width_px, 3), dtype=np.uint8)
    image_hwc[..., 0] = np.arange(width_px)[None, :]
    image_hwc[..., 1] = np.arange(height_px)[:, None]
    size = [width_px, height_px]
    return Picture(Asset(path="p.png", sha256="0" * 64, modality="image", size=size), image_hwc)


@settings(max_examples=80, deadline=None)
@given(width=SIDE, height=SIDE, edges=st.tuples(EDGE, EDGE, EDGE, EDGE), least=st.integers(0, 300))
def test_a_view_shows_the_whole_pixels_of_its_window_and_says_which(
    width: int, height: int, edges: tuple[float, float, float, float], least: int
) -> None:
    x1, x2 = sorted(edges[:2])
    y1, y2 = sorted(edges[2:])
    assume(x1 < width and x2 > 0 and y1 < height and y2 > 0 and x1 < x2 and y1 < y2)
    drawings = Drawings()

    view = render_view(
        places(width, height), [x1, y1, x2, y2], view_id="V1", artifacts=drawings,
        max_side_px=256, min_side_px=least,
    )  # fmt: skip

    left, top, right, bottom = view.window_xyxy
    assert (left, top) == (max(math.floor(x1), 0), max(math.floor(y1), 0))
    assert (right, bottom) == (min(math.ceil(x2), width), min(math.ceil(y2), height))
    shown = drawings.get(view.artifact)
    assert [shown.shape[1], shown.shape[0]] == view.size
    assert max(view.size) <= 256
    # The middle of a magnified block is its pixel; one that is not magnified stands by itself.
    if view.factor_xy[0] % 2 == 1:
        step = int(view.factor_xy[0])
        middles = shown[step // 2 :: step, step // 2 :: step]
        assert middles[0, :, 0].tolist() == list(range(int(left), int(right)))
        assert middles[:, 0, 1].tolist() == list(range(int(top), int(bottom)))


@st.composite
def views(draw: st.DrawFn) -> View:
    """A window of whole pixels, shown smaller or larger."""
    x1, y1, width, height = (draw(st.integers(low, 4000)) for low in (0, 0, 1, 1))
    size = [draw(st.integers(1, 300)), draw(st.integers(1, 300))]
    return View(
        id="V1",
        asset_sha256="0" * 64,
        artifact="0",
        size=size,
        window_xyxy=[float(x1), float(y1), float(x1 + width), float(y1 + height)],
        factor_xy=[size[0] / width, size[1] / height],
    )


SHARE = st.floats(0, 1)


@settings(max_examples=100, deadline=None)
@given(view=views(), shares=st.tuples(SHARE, SHARE, SHARE, SHARE))
def test_a_box_goes_to_the_picture_and_back_and_stays_within_the_window(
    view: View, shares: tuple[float, float, float, float]
) -> None:
    x1, x2 = sorted(share * view.size[0] for share in shares[:2])
    y1, y2 = sorted(share * view.size[1] for share in shares[2:])

    there = view.box_to_source([x1, y1, x2, y2])

    assert view.contains(there)
    np.testing.assert_allclose(view.box_from_source(there), [x1, y1, x2, y2], atol=1e-6)
    whole = view.box_to_source([0.0, 0.0, *map(float, view.size)])
    np.testing.assert_allclose(whole, view.window_xyxy, atol=1e-9)


@settings(max_examples=80, deadline=None)
@given(view=views(), shares=st.tuples(SHARE, SHARE, SHARE, SHARE), seed=st.integers(0, 2**31))
def test_a_mask_marks_those_pixels_whose_centres_it_covers(
    view: View, shares: tuple[float, float, float, float], seed: int
) -> None:
    x1, x2 = sorted(share * view.size[0] for share in shares[:2])
    y1, y2 = sorted(share * view.size[1] for share in shares[2:])
    box = view.box_to_source([x1, y1, x2, y2])
    # Thinner than the slack of rounding to whole pixels is a line, and marks none.
    assume(box[2] - box[0] > 1e-5 and box[3] - box[1] > 1e-5)
    assume((box[2] - box[0]) * (box[3] - box[1]) < 1e5)
    mask = np.random.default_rng(seed).random((view.size[1], view.size[0])) < 0.5

    region = view.to_source([x1, y1, x2, y2], region_id=1, mask=mask)

    assert region.mask is not None
    marked = region.mask.array()
    left, top, right, bottom = whole_pixel_box(region.box_xyxy)
    assert marked.shape == (bottom - top, right - left)
    for row, column in {(0, 0), (bottom - top - 1, right - left - 1), ((bottom - top) // 2, 0)}:
        centre_x = (left + column + 0.5 - view.window_xyxy[0]) * view.factor_xy[0]
        centre_y = (top + row + 0.5 - view.window_xyxy[1]) * view.factor_xy[1]
        seen = mask[min(int(centre_y), mask.shape[0] - 1), min(int(centre_x), mask.shape[1] - 1)]
        assert marked[row, column] == seen


@settings(max_examples=60, deadline=None)
@given(
    mask_seed=st.integers(0, 2**31),
    size=st.tuples(st.integers(1, 24), st.integers(1, 24)),
    times=st.integers(1, 9),
    corner=st.tuples(st.integers(0, 999), st.integers(0, 999)),
)
def test_a_mask_of_a_magnified_view_comes_back_as_it_was_painted(
    mask_seed: int, size: tuple[int, int], times: int, corner: tuple[int, int]
) -> None:
    width, height = size
    painted = np.random.default_rng(mask_seed).random((height, width)) < 0.5
    window = [*map(float, corner), float(corner[0] + width), float(corner[1] + height)]
    view = View(
        id="V1",
        asset_sha256="0" * 64,
        artifact="0",
        size=[width * times, height * times],
        window_xyxy=window,
        factor_xy=[float(times), float(times)],
    )

    whole = [0.0, 0.0, *map(float, view.size)]
    region = view.to_source(whole, region_id=1, mask=painted.repeat(times, 0).repeat(times, 1))

    assert region.mask is not None
    assert region.box_xyxy == window
    assert np.array_equal(region.mask.array(), painted)
