"""Draws a verdict and its regions on the picture. Knows nothing of how they were found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from PIL import Image, ImageDraw

from tools.arrays import BoolMask, UInt8Image
from tools.fonts import load_font
from tools.overlay_text import Rectangle, fitted, place_label
from tools.records import Region, whole_pixel_box

Colour: TypeAlias = tuple[int, int, int]

MIN_SIDE_PX = 384
"""Smaller pictures are magnified by a whole factor, so that text fits beside the part."""
MIN_WIDTH_PX = 320
MIN_HEIGHT_PX = 64
"""Narrower and lower pictures get a grey field at their right and bottom for the labels."""
BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
OUTLINE: Colour = (240, 228, 66)
"""Yellow of Okabe and Ito on a black line: tells from any ground, also without colour vision."""
BANNERS: dict[str, tuple[Colour, Colour]] = {
    "normal": ((0, 114, 178), WHITE),
    "review": ((240, 228, 66), BLACK),
    "anomalous": ((178, 66, 0), WHITE),
}
"""Ground and ink by decision: blue, yellow, vermilion; the word stands there too."""
UNDECIDED: tuple[Colour, Colour] = ((70, 70, 70), WHITE)


class _Scale(NamedTuple):
    factor: int
    """Overlay pixels for each pixel of the picture."""
    line_px: int
    text_px: int


def draw_overlay(
    image_hwc: UInt8Image,
    regions: Sequence[Region],
    *,
    decision: str | None,
    score: float | None = None,
    mm_per_px: float | None = None,
) -> UInt8Image:
    """Draw regions on the picture, and above it what was decided.

    Args:
        image_hwc: (H, W, 3) RGB, the original picture.
        regions: in original-image pixels; drawn with number, label and score.
        decision: `normal`, `review`, `anomalous`, or None where nothing was decided.
        score: calibrated probability that the part is anomalous.
        mm_per_px: adds a scale bar below the picture.

    Returns:
        (H', W', 3) RGB: the picture at the left, magnified by a whole factor where it is small,
        with a banner above and, where the scale is known, a scale bar below.
    """
    scale = _scale_for(image_hwc)
    canvas = _magnified(image_hwc, scale.factor)
    for region in regions:
        _draw_outline(canvas, region, scale)
    _draw_labels(canvas, regions, scale)
    rows = [_banner(canvas.width, scale, decision=decision, score=score), canvas]
    if mm_per_px is not None:
        rows.append(_scale_bar(canvas.width, scale, mm_per_px=mm_per_px))
    return np.concatenate([np.asarray(row) for row in rows])


def _scale_for(image_hwc: UInt8Image) -> _Scale:
    height_px, width_px = image_hwc.shape[:2]
    longer = max(height_px, width_px)
    factor = max(1, -(-MIN_SIDE_PX // longer))
    side = longer * factor
    return _Scale(factor, line_px=max(2, round(side / 400)), text_px=max(15, round(side / 45)))


def _magnified(image_hwc: UInt8Image, factor: int) -> Image.Image:
    picture = Image.fromarray(image_hwc)
    size = (picture.width * factor, picture.height * factor)
    if factor > 1:
        # As the camera saw it: what is made up between its pixels is no evidence, and takes six
        # times the bytes and the time.
        picture = picture.resize(size, Image.Resampling.NEAREST)
    canvas = Image.new(
        "RGB", (max(size[0], MIN_WIDTH_PX), max(size[1], MIN_HEIGHT_PX)), UNDECIDED[0]
    )
    canvas.paste(picture)
    return canvas


def _draw_outline(canvas: Image.Image, region: Region, scale: _Scale) -> None:
    pen = ImageDraw.Draw(canvas)
    box = _box_on(canvas, region, scale)
    contours = [] if region.mask is None else _contours(region, scale)
    thick = scale.line_px if not contours else max(1, scale.line_px // 2)
    for colour, extra in ((BLACK, 2), (OUTLINE, 0)):
        width = thick + extra * max(1, thick // 2)
        grown = (width - thick) // 2
        x1, y1, x2, y2 = box
        pen.rectangle(
            (x1 - grown, y1 - grown, x2 - 1 + grown, y2 - 1 + grown), outline=colour, width=width
        )
        for contour in contours:
            pen.line(contour, fill=colour, width=scale.line_px + extra * max(1, thick // 2))


def _box_on(canvas: Image.Image, region: Region, scale: _Scale) -> Rectangle:
    """The region's box with a little room around it, within the picture."""
    room = 2 * scale.line_px
    x1, y1, x2, y2 = (edge * scale.factor for edge in whole_pixel_box(region.box_xyxy))
    return Rectangle(
        max(x1 - room, 0),
        max(y1 - room, 0),
        min(x2 + room, canvas.width),
        min(y2 + room, canvas.height),
    )


def _contours(region: Region, scale: _Scale) -> list[list[tuple[float, float]]]:
    from skimage.measure import find_contours

    if region.mask is None:
        return []
    mask: BoolMask = np.pad(region.mask.array(), 1)
    x1, y1, _, _ = whole_pixel_box(region.box_xyxy)
    lines = find_contours(mask.astype(np.float32), 0.5)  # type: ignore[no-untyped-call]
    return [
        [
            ((x1 + column - 0.5) * scale.factor, (y1 + row - 0.5) * scale.factor)
            for row, column in line
        ]
        for line in lines
    ]


def _draw_labels(canvas: Image.Image, regions: Sequence[Region], scale: _Scale) -> None:
    pen = ImageDraw.Draw(canvas)
    font = load_font(scale.text_px)
    pad = max(2, scale.text_px // 5)
    taken: list[Rectangle] = []
    for region in regions:
        text = fitted(_caption(region), font, width_px=canvas.width - 2 * pad)
        left, top, right, bottom = font.getbbox(text)
        size = (round(right - left) + 2 * pad, round(bottom - top) + 2 * pad)
        spot = place_label(size, _box_on(canvas, region, scale), taken=taken, within=canvas.size)
        taken.append(spot)
        pen.rectangle((spot.x1, spot.y1, spot.x2 - 1, spot.y2 - 1), fill=BLACK)
        pen.text((spot.x1 + pad - left, spot.y1 + pad - top), text, fill=OUTLINE, font=font)


def _caption(region: Region) -> str:
    words = [str(region.id), region.label]
    if region.score is not None:
        words.append(f"{region.score:.2f}")
    return " ".join(" ".join(words).split())


def _banner(
    width_px: int, scale: _Scale, *, decision: str | None, score: float | None
) -> Image.Image:
    ground, ink = BANNERS.get(decision or "", UNDECIDED)
    text = (decision or "not decided").upper()
    if score is not None:
        text += f"   score {score:.2f}"
    return _strip(width_px, scale, text=text, ground=ground, ink=ink)


# Few scores and words recur for many parts of one size; to set them is a third of a small drawing.
@lru_cache(maxsize=64)
def _strip(width_px: int, scale: _Scale, *, text: str, ground: Colour, ink: Colour) -> Image.Image:
    size_px = scale.text_px * 5 // 4
    font = load_font(size_px)
    pad = max(3, size_px // 3)
    while font.getlength(text) > width_px - 2 * pad and size_px > 8:
        size_px -= 1
        font = load_font(size_px)
    strip = Image.new("RGB", (width_px, scale.text_px * 2), ground)
    shown = fitted(text, font, width_px=width_px - 2 * pad)
    ImageDraw.Draw(strip).text((pad, strip.height // 2), shown, fill=ink, font=font, anchor="lm")
    return strip


def _scale_bar(width_px: int, scale: _Scale, *, mm_per_px: float) -> Image.Image:
    """A bar of a round length, about a fifth of the width."""
    mm_per_overlay_px = mm_per_px / scale.factor
    length_mm = round_length(width_px * mm_per_overlay_px / 4)
    bar_px = max(1, round(length_mm / mm_per_overlay_px))
    pad = max(3, scale.text_px // 3)
    strip = Image.new("RGB", (width_px, scale.text_px * 2), WHITE)
    pen = ImageDraw.Draw(strip)
    middle, half = strip.height // 2, max(1, scale.line_px // 2)
    pen.rectangle((pad, middle - half, pad + bar_px, middle + half), fill=BLACK)
    for end in (pad, pad + bar_px):
        reach = scale.text_px // 3
        pen.rectangle((end - half, middle - reach, end + half, middle + reach), fill=BLACK)
    font = load_font(scale.text_px)
    left = pad * 2 + bar_px + half
    text = fitted(length_words(length_mm), font, width_px=width_px - left - pad)
    pen.text((left, middle), text, fill=BLACK, font=font, anchor="lm")
    return strip


def round_length(about_mm: float) -> float:
    """The greatest 1, 2 or 5 times a power of ten that is not above a length."""
    power = 10.0 ** np.floor(np.log10(about_mm))
    return float(max(step * power for step in (1, 2, 5) if step * power <= about_mm * (1 + 1e-9)))


def length_words(length_mm: float) -> str:
    """A length in the unit that a person would use."""
    return f"{length_mm * 1000:g} \u00b5m" if length_mm < 0.1 else f"{length_mm:g} mm"
