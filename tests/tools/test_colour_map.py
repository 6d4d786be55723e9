from __future__ import annotations

import numpy as np
import pytest

from tools.colour_map import INFERNO, colour_over


def test_the_ends_of_the_scale_have_the_ends_of_the_palette() -> None:
    # On a flat picture: 0.7 of the colour and 0.3 of middle grey, which is 38.4.
    flat = np.full((1, 3, 3), 200, dtype=np.uint8)
    levels = np.array([[-5.0, 1.0, 9.0]], dtype=np.float32)

    coloured = colour_over(flat, levels, low=0.0, high=1.0)

    expected = [[round(0.7 * channel + 38.4) for channel in INFERNO[n]] for n in (0, -1, -1)]
    assert coloured[0].tolist() == expected


def test_a_flat_map_is_all_dark() -> None:
    flat = np.full((2, 2, 3), 200, dtype=np.uint8)

    coloured = colour_over(flat, np.ones((2, 2), dtype=np.float32), low=1.0, high=1.0)

    assert (coloured == coloured[0, 0]).all()
    assert coloured[0, 0].tolist() == [38, 38, 41]


def test_lightness_rises_with_the_level() -> None:
    flat = np.full((1, 256, 3), 90, dtype=np.uint8)
    levels = np.linspace(0, 1, 256, dtype=np.float32)[None]

    coloured = colour_over(flat, levels, low=0.0, high=1.0)[0].astype(float)

    lightness = coloured @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > -0.8).all()
    assert lightness[-1] - lightness[0] > 150


def test_a_map_of_another_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="must have the picture's frame"):
        colour_over(
            np.zeros((2, 2, 3), dtype=np.uint8),
            np.zeros((3, 2), dtype=np.float32),
            low=0.0,
            high=1.0,
        )
