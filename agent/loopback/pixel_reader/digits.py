"""Reads one printed digit from its pixels, by the shapes of the free font. Finds none itself.

A digit below `MIN_DIGIT_PX` is not read: that is what makes a zoom worth while.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tools.fonts import load_font

MIN_DIGIT_PX = 12
"""Height from which a digit is read."""
FORM_PX = (20, 30)
"""Width and height to which a shape is brought before it is compared."""
MIN_LIKENESS = 0.72
"""Correlation with the best template, from which it is that digit."""
MIN_LEAD = 0.04
"""How much better than any other digit it must be."""
MAX_ASPECT_RATIO = 1.45
"""Between the proportions of a shape and of its template."""
DRAWN_PX = 96

Float64 = NDArray[np.float64]


class Template(NamedTuple):
    """A digit as it is printed."""

    digit: str
    form: Float64
    """FORM_PX, zero mean, unit length."""
    aspect: float
    """Width over height."""


class ReadDigit(NamedTuple):
    """What a shape was taken for."""

    digit: str
    likeness: float


def read_digit(ink: Float64) -> ReadDigit | None:
    """The digit that a cut-out shape is.

    Args:
        ink: (H, W) in [0, 1], how much of each pixel is ink, cut out at the ink's edges.

    Returns:
        None where it is too small or like none.
    """
    height_px, width_px = ink.shape
    if height_px < MIN_DIGIT_PX:
        return None
    form = _form(ink)
    best: dict[str, float] = {}
    for template in templates():
        ratio = (width_px / height_px) / template.aspect
        if max(ratio, 1 / ratio) <= MAX_ASPECT_RATIO:
            likeness = float((form * template.form).sum())
            best[template.digit] = max(likeness, best.get(template.digit, -1.0))
    ranked = sorted(best.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < MIN_LIKENESS:
        return None
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < MIN_LEAD:
        return None
    return ReadDigit(*ranked[0])


@lru_cache(maxsize=1)
def templates() -> tuple[Template, ...]:
    """The ten digits, regular and bold."""
    return tuple(_template(digit, bold=bold) for digit in "0123456789" for bold in (False, True))


def _template(digit: str, *, bold: bool) -> Template:
    font = load_font(DRAWN_PX, bold=bold)
    canvas = Image.new("L", (2 * DRAWN_PX, 2 * DRAWN_PX))
    ImageDraw.Draw(canvas).text((DRAWN_PX // 2, DRAWN_PX // 4), digit, fill=255, font=font)
    cut = canvas.crop(canvas.getbbox())
    ink = np.asarray(cut, dtype=np.float64) / 255
    return Template(digit, _form(ink), cut.width / cut.height)


def _form(ink: Float64) -> Float64:
    picture = Image.fromarray((np.clip(ink, 0, 1) * 255).astype(np.uint8))
    form: Float64 = np.array(picture.resize(FORM_PX, Image.Resampling.BOX), dtype=np.float64)
    form -= form.mean()
    # A shape that fills its box evenly is like no digit.
    return np.divide(form, max(float(np.linalg.norm(form)), 1e-9))
