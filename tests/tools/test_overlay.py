from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.arrays import UInt8Image
from tools.fonts import load_font
from tools.overlay import BANNERS, OUTLINE, draw_overlay, length_words, round_length
from tools.overlay_text import Rectangle, fitted, place_label
from tools.records import ImageExtent, MaskRecord, Region

GREY = 120


def grey(width_px: int, height_px: int) -> UInt8Image:
    return np.full((height_px, width_px, 3), GREY, dtype=np.uint8)


def region(box: list[float], *, label: str = "scratch", masked: bool = False) -> Region:
    x1, y1, x2, y2 = (int(edge) for edge in box)
    mask = np.ones((y2 - y1, x2 - x1), dtype=np.bool_)
    return Region(
        id=1,
        view="V1",
        box_xyxy=box,
        mask=MaskRecord.of(mask) if masked else None,
        score=0.9,
        label=label,
        source=ImageExtent(box_xyxy=box),
    )


def banner_px(overlay: UInt8Image, image_hwc: UInt8Image) -> int:
    return int(overlay.shape[0]) - int(image_hwc.shape[0])


@pytest.mark.parametrize("decision", ["normal", "review", "anomalous"])
def test_the_banner_has_the_colour_and_the_ink_of_the_decision(decision: str) -> None:
    overlay = draw_overlay(grey(768, 600), [], decision=decision, score=0.5)

    ground, ink = BANNERS[decision]
    colours = {
        tuple(pixel) for pixel in overlay[: banner_px(overlay, grey(768, 600))].reshape(-1, 3)
    }
    assert {ground, ink} <= colours
    np.testing.assert_array_equal(overlay[-600:], grey(768, 600))


def test_without_a_decision_the_banner_is_none_of_the_three() -> None:
    overlay = draw_overlay(grey(768, 600), [], decision=None)

    assert tuple(overlay[0, 0]) == (70, 70, 70)


@pytest.mark.parametrize("masked", [False, True])
def test_the_outline_surrounds_the_region_and_leaves_its_inside_alone(masked: bool) -> None:
    image_hwc = grey(768, 768)

    overlay = draw_overlay(
        image_hwc, [region([300, 300, 400, 360], masked=masked)], decision="anomalous"
    )

    part = overlay[banner_px(overlay, image_hwc) :]
    assert (part[308:352, 308:392] == GREY).all()
    outlined = np.argwhere((part == OUTLINE).all(axis=2))
    near = outlined[(outlined[:, 0] >= 290)]
    assert near.min(axis=0).tolist() >= [290, 290]
    assert near.max(axis=0).tolist() <= [370, 410]


def test_a_small_picture_is_magnified_so_that_text_fits_and_a_large_one_is_not() -> None:
    assert draw_overlay(grey(64, 64), [], decision="normal").shape[1] == 384
    assert draw_overlay(grey(4000, 3000), [], decision="normal").shape[1] == 4000


def test_a_magnified_picture_shows_its_own_pixels_and_none_between_them() -> None:
    image_hwc = np.arange(96 * 96 * 3, dtype=np.uint8).reshape(96, 96, 3)

    overlay = draw_overlay(image_hwc, [], decision="normal")

    magnified = image_hwc.repeat(4, axis=0).repeat(4, axis=1)
    np.testing.assert_array_equal(overlay[-384:], magnified)


def test_text_grows_with_the_picture() -> None:
    small = draw_overlay(grey(768, 768), [], decision="normal")
    large = draw_overlay(grey(4000, 4000), [], decision="normal")

    share = banner_px(small, grey(768, 768)) / 768
    assert banner_px(large, grey(4000, 4000)) / 4000 == pytest.approx(share, abs=0.01)


def test_a_known_scale_adds_a_bar_of_a_round_length() -> None:
    # 768 px of 0.05 mm are 38.4 mm; the greatest round length up to a quarter is 5 mm, 100 px.
    plain = draw_overlay(grey(768, 768), [], decision="normal")
    scaled = draw_overlay(grey(768, 768), [], decision="normal", mm_per_px=0.05)

    strip = scaled[plain.shape[0] :]
    middle = strip[strip.shape[0] // 2, :, 0]
    runs = np.flatnonzero(middle == 0)
    first_run = runs[: np.argmax(np.diff(runs) > 1) + 1]
    assert len(first_run) == pytest.approx(100, abs=4)


@pytest.mark.parametrize(
    ("about_mm", "length", "words"),
    [(9.6, 5.0, "5 mm"), (10.0, 10.0, "10 mm"), (0.25, 0.2, "0.2 mm"), (0.06, 0.05, "50 \u00b5m")],
)
def test_a_scale_bar_has_a_round_length_in_a_natural_unit(
    about_mm: float, length: float, words: str
) -> None:
    assert round_length(about_mm) == pytest.approx(length)
    assert length_words(round_length(about_mm)) == words


@settings(max_examples=200, deadline=None)
@given(
    st.tuples(st.integers(0, 700), st.integers(0, 700)),
    st.tuples(st.integers(1, 100), st.integers(1, 100)),
    st.tuples(st.integers(5, 320), st.integers(5, 60)),
)
def test_a_label_never_leaves_the_picture(
    corner: tuple[int, int], extent: tuple[int, int], size: tuple[int, int]
) -> None:
    box = Rectangle(*corner, corner[0] + extent[0], corner[1] + extent[1])

    spot = place_label(size, box, taken=[], within=(800, 800))

    assert 0 <= spot.x1 < spot.x2 <= 800
    assert 0 <= spot.y1 < spot.y2 <= 800
    assert (spot.x2 - spot.x1, spot.y2 - spot.y1) == size


def test_labels_of_one_place_do_not_cover_each_other() -> None:
    box = Rectangle(300, 300, 400, 400)
    taken: list[Rectangle] = []
    for _ in range(6):
        taken.append(place_label((120, 20), box, taken=taken, within=(800, 800)))

    assert [a.overlap(b) for a, b in pairwise(taken)] == [0] * 5


def test_words_too_long_for_the_picture_are_shortened() -> None:
    font = load_font(20)

    shown = fitted("a very long label " * 10, font, width_px=200)

    assert shown.endswith("\u2026")
    assert font.getlength(shown) <= 200
    assert fitted("a", font, width_px=1) == ""


@pytest.mark.parametrize(("width_px", "height_px"), [(1, 1), (1000, 3), (3, 1000), (30, 300)])
def test_pictures_of_any_shape_can_be_drawn_on(width_px: int, height_px: int) -> None:
    overlay = draw_overlay(
        grey(width_px, height_px),
        [region([0, 0, 1, 1], label="a long label in any language, \u00e4\u00f6\u00fc \u03a9")],
        decision="anomalous",
        score=1.0,
        mm_per_px=0.1,
    )

    assert overlay.dtype == np.uint8
    assert overlay.shape[1] >= 320
