"""Where labels stand on an overlay. Knows nothing of regions or colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from PIL import ImageFont

ELLIPSIS = "\u2026"


class Rectangle(NamedTuple):
    """Whole pixels, far corner exclusive."""

    x1: int
    y1: int
    x2: int
    y2: int

    def overlap(self, other: Rectangle) -> int:
        """Common area in pixels."""
        across = min(self.x2, other.x2) - max(self.x1, other.x1)
        down = min(self.y2, other.y2) - max(self.y1, other.y1)
        return max(across, 0) * max(down, 0)


def fitted(text: str, font: ImageFont.FreeTypeFont, *, width_px: float) -> str:
    """The text, shortened until it is no wider than `width_px`; empty where nothing fits."""
    if font.getlength(text) <= width_px:
        return text
    while text and font.getlength(text + ELLIPSIS) > width_px:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS if text else ""


def place_label(
    size: tuple[int, int],
    box: Rectangle,
    *,
    taken: Sequence[Rectangle],
    within: tuple[int, int],
) -> Rectangle:
    """Find room for a label beside its box: within the picture, over as little as possible.

    Args:
        size: width and height of the label.
        box: what the label names.
        taken: labels that stand already.
        within: width and height of the picture.
    """
    spots = [_inside(spot, within) for spot in _around(size, box)]
    return min(spots, key=lambda spot: sum(map(spot.overlap, taken)) * 4 + spot.overlap(box))


def _around(size: tuple[int, int], box: Rectangle) -> Iterator[Rectangle]:
    width, height = size
    for shift in range(4):
        step = shift * height
        for x in (box.x1, box.x2 - width):
            yield Rectangle(x, box.y1 - height - step, x + width, box.y1 - step)
            yield Rectangle(x, box.y2 + step, x + width, box.y2 + height + step)
        for x in (box.x2, box.x1 - width):
            yield Rectangle(x, box.y1 + step, x + width, box.y1 + height + step)


def _inside(spot: Rectangle, within: tuple[int, int]) -> Rectangle:
    width, height = spot.x2 - spot.x1, spot.y2 - spot.y1
    x = max(0, min(spot.x1, within[0] - width))
    y = max(0, min(spot.y1, within[1] - height))
    return Rectangle(x, y, x + width, y + height)
