"""Fixtures: parts with a printed digit or a spot, and what views of them show."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.arrays import UInt8Image
from tools.fonts import load_font

Draw = Callable[..., UInt8Image]


@pytest.fixture(scope="session")
def draw_part() -> Draw:
    """A grey part of 1024 x 1024 px under uneven light, with a digit or a spot at (700, 300)."""

    def draw(*, digit: str = "", font_px: int = 24, spot_px: int = 0) -> UInt8Image:
        canvas = Image.new("RGB", (1024, 1024), (170, 170, 170))
        pen = ImageDraw.Draw(canvas)
        pen.text((700, 300), digit, fill=(40, 40, 40), font=load_font(font_px, bold=False))
        if spot_px:
            pen.ellipse((700, 300, 700 + spot_px, 300 + spot_px), fill=(30, 30, 30))
        light = np.linspace(-20, 20, 1024)[None, :, None]
        noise = np.random.default_rng(0).normal(0, 4, (1024, 1024, 1))
        return np.clip(np.asarray(canvas) + light + noise, 0, 255).astype(np.uint8)

    return draw


@pytest.fixture(scope="session")
def render() -> Draw:
    """The window of a part at 512 x 512 px, as a view renders it."""

    def show(image_hwc: UInt8Image, window_xyxy: tuple[int, int, int, int]) -> UInt8Image:
        x1, y1, x2, y2 = window_xyxy
        picture = Image.fromarray(image_hwc[y1:y2, x1:x2])
        way = Image.Resampling.BOX if x2 - x1 > 512 else Image.Resampling.BICUBIC
        return np.asarray(picture.resize((512, 512), way))

    return show
