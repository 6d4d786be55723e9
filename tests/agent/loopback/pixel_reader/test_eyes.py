from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from agent.loopback.pixel_reader.eyes import pixel_reader_eyes
from tools.arrays import UInt8Image

Draw = Callable[..., UInt8Image]
WHOLE = (0, 0, 1024, 1024)
NEAR = (650, 250, 780, 380)
ELSEWHERE = (100, 600, 230, 730)


@pytest.mark.parametrize("digit", "0123456789")
def test_a_digit_too_small_at_full_view_is_read_after_a_zoom(
    digit: str, draw_part: Draw, render: Draw
) -> None:
    part = draw_part(digit=digit)

    full = pixel_reader_eyes(render(part, WHOLE))
    near = pixel_reader_eyes(render(part, NEAR))

    assert [one.digit for one in full.digits] == []
    assert len(full.specks) == 1
    assert [one.digit for one in near.digits] == [digit]


def test_bright_digits_are_read_from_left_to_right(draw_part: Draw) -> None:
    part = 255 - draw_part(digit="407", font_px=48)

    assert "".join(one.digit for one in pixel_reader_eyes(part).digits) == "407"


def test_a_window_elsewhere_shows_nothing(draw_part: Draw, render: Draw) -> None:
    seen = pixel_reader_eyes(render(draw_part(digit="7"), ELSEWHERE))

    assert (seen.digits, seen.spots, seen.specks) == ((), (), ())


def test_a_spot_is_measured_once_it_covers_enough(draw_part: Draw, render: Draw) -> None:
    part = draw_part(spot_px=20)

    full = pixel_reader_eyes(render(part, WHOLE))
    near = pixel_reader_eyes(render(part, NEAR))

    assert (len(full.spots), len(full.specks)) == (0, 1)
    # A disc of 21 px across in a window of 130 px.
    assert near.spots[0].share == pytest.approx(np.pi * 10.5**2 / 130**2, rel=0.1)
    assert near.spots[0].contrast < -100


def test_a_plain_surface_shows_nothing() -> None:
    seen = pixel_reader_eyes(np.full((300, 200, 3), 120, np.uint8))

    assert (seen.size, seen.digits, seen.spots, seen.specks) == ((200, 300), (), (), ())
