"""Which of the things that are seen on a part its references show too. Knows no prompt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from agent.loopback.pixel_reader.eyes import Box, Seen, Spot

MAX_SHIFT = 0.012
"""Between the centres of a thing and of its twin, over the picture's side."""
MAX_SIZE_RATIO = 3.0
"""Between the areas of the two."""


class Thing(NamedTuple):
    """A spot or a speck in the frame of the whole part, which is 1 on each side."""

    x: float
    y: float
    area: float
    is_dark: bool


def things_on(references: Iterable[Seen]) -> list[Thing]:
    """What references show, each of which shows its whole part."""
    return [
        place_of(spot.box_xyxy, spot, frame=one.size)
        for one in references
        for spot in (*one.spots, *one.specks)
    ]


def place_of(box_xyxy: Box, spot: Spot, *, frame: tuple[float, float]) -> Thing:
    """A spot in the frame of the whole part.

    Args:
        box_xyxy: its box in the frame's pixels.
        spot: as it was seen, at any magnification.
        frame: width and height of the whole part in the same pixels.
    """
    x1, y1, x2, y2 = box_xyxy
    own_x1, own_y1, own_x2, own_y2 = spot.box_xyxy
    fill = spot.area_px / ((own_x2 - own_x1) * (own_y2 - own_y1))
    width, height = frame
    return Thing(
        (x1 + x2) / 2 / width,
        (y1 + y2) / 2 / height,
        fill * max(x2 - x1, 1) * max(y2 - y1, 1) / (width * height),
        spot.contrast < 0,
    )


def has_twin(thing: Thing, others: Sequence[Thing]) -> bool:
    """Whether one of the others is at its place, of its tone and about its size."""
    return any(
        abs(thing.x - other.x) <= MAX_SHIFT
        and abs(thing.y - other.y) <= MAX_SHIFT
        and thing.is_dark == other.is_dark
        and max(thing.area / other.area, other.area / thing.area) <= MAX_SIZE_RATIO
        for other in others
    )
