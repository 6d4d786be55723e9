"""What a picture shows to eyes that see digits and spots, each only where it is large enough.

Knows nothing of prompts, rules or decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from agent.loopback.pixel_reader.digits import MIN_DIGIT_PX, read_digit
from tools.arrays import UInt8Image

MIN_CONTRAST = 40.0
"""Grey levels between a shape and its surroundings, from which it is seen at all."""
MIN_SPOT_SHARE = 0.004
"""Of the picture's pixels that a spot must cover; a smaller one is a speck."""
MIN_SPOT_PX = 100
MIN_SPECK_PX = 3
MAX_SHAPE_SHARE = 0.25
"""Of the picture; a larger shape is a part of the scene."""
MIN_FILL = 0.5
"""Of its box that a spot covers: a line is none."""
MAX_SPOT_ASPECT = 2.5
GROUND_CELLS = 24
GROUND_MEDIAN = 7
MAX_SHAPES = 4000

Box = tuple[int, int, int, int]


class SeenDigit(NamedTuple):
    """A digit that was read."""

    digit: str
    likeness: float
    box_xyxy: Box


class Spot(NamedTuple):
    """A compact shape that is darker or brighter than what is around it."""

    box_xyxy: Box
    area_px: int
    share: float
    """Of the picture."""
    contrast: float
    """Grey levels, negative where it is darker."""


@dataclass(frozen=True)
class Seen:
    """All that is seen in one picture, boxes in its own pixels."""

    size: tuple[int, int]
    digits: tuple[SeenDigit, ...] = ()
    """From left to right."""
    spots: tuple[Spot, ...] = ()
    """Large enough to be measured; the largest first."""
    specks: tuple[Spot, ...] = ()
    """Something, too small to say what; the most striking first."""


class _Shape(NamedTuple):
    box_xyxy: Box
    area_px: int
    contrast: float
    ink: NDArray[np.float64]


def pixel_reader_eyes(image_hwc: UInt8Image) -> Seen:
    """Look at a picture: (H, W, 3) RGB."""
    height_px, width_px = image_hwc.shape[:2]
    contrast = _contrast(image_hwc)
    digits: list[SeenDigit] = []
    spots: list[Spot] = []
    specks: list[Spot] = []
    for shape in _shapes(contrast):
        read = read_digit(shape.ink)
        spot = Spot(
            shape.box_xyxy, shape.area_px, shape.area_px / (height_px * width_px), shape.contrast
        )
        if read is not None:
            digits.append(SeenDigit(read.digit, read.likeness, shape.box_xyxy))
        elif _is_small(spot):
            specks.append(spot)
        elif _is_compact(spot):
            spots.append(spot)
    return Seen(
        size=(width_px, height_px),
        digits=tuple(sorted(digits, key=lambda one: one.box_xyxy[0])),
        spots=tuple(sorted(spots, key=lambda one: -one.area_px)),
        specks=tuple(sorted(specks, key=_strikes)),
    )


def _contrast(image_hwc: UInt8Image) -> NDArray[np.float64]:
    """Grey minus the ground: the median of the neighbourhood, coarse."""
    grey = Image.fromarray(image_hwc).convert("L")
    cells = (min(GROUND_CELLS, grey.width), min(GROUND_CELLS, grey.height))
    coarse = grey.resize(cells, Image.Resampling.BOX)
    # Borders repeat, so that the median of a corner is one of the corner.
    padded = Image.fromarray(np.pad(np.asarray(coarse), GROUND_MEDIAN, mode="reflect"))
    smooth = padded.filter(ImageFilter.MedianFilter(GROUND_MEDIAN))
    edge = GROUND_MEDIAN
    inner = smooth.crop((edge, edge, edge + cells[0], edge + cells[1]))
    ground = inner.resize(grey.size, Image.Resampling.BILINEAR)
    return np.asarray(grey, dtype=np.float64) - np.asarray(ground, dtype=np.float64)


def _shapes(contrast: NDArray[np.float64]) -> list[_Shape]:
    """Connected shapes of either sign, the largest `MAX_SHAPES` at most, off the border."""
    from scipy.ndimage import find_objects, label

    shapes: list[_Shape] = []
    for sign in (1.0, -1.0):
        signed = contrast * sign
        labels, _ = label(signed >= MIN_CONTRAST, structure=np.ones((3, 3)))
        for number, (rows, columns) in enumerate(find_objects(labels), start=1):
            mask = labels[rows, columns] == number
            area_px = int(mask.sum())
            box = (columns.start, rows.start, columns.stop, rows.stop)
            if _is_of_interest(box, area_px, shape=contrast.shape):
                levels = signed[rows, columns]
                top = float(np.percentile(levels[mask], 90))
                ink = np.clip(np.where(mask, levels, 0) / top, 0, 1)
                shapes.append(_Shape(box, area_px, sign * top, ink))
    return sorted(shapes, key=lambda one: -one.area_px)[:MAX_SHAPES]


def _is_of_interest(box: Box, area_px: int, *, shape: tuple[int, ...]) -> bool:
    height_px, width_px = shape
    x1, y1, x2, y2 = box
    is_inside = x1 > 0 and y1 > 0 and x2 < width_px and y2 < height_px
    return is_inside and MIN_SPECK_PX <= area_px <= MAX_SHAPE_SHARE * height_px * width_px


def _is_small(spot: Spot) -> bool:
    x1, y1, x2, y2 = spot.box_xyxy
    is_unread = y2 - y1 < MIN_DIGIT_PX and x2 - x1 < MIN_DIGIT_PX
    return is_unread or spot.area_px < MIN_SPOT_PX or spot.share < MIN_SPOT_SHARE


def _is_compact(spot: Spot) -> bool:
    x1, y1, x2, y2 = spot.box_xyxy
    width_px, height_px = x2 - x1, y2 - y1
    aspect = max(width_px, height_px) / min(width_px, height_px)
    return aspect <= MAX_SPOT_ASPECT and spot.area_px >= MIN_FILL * width_px * height_px


def _strikes(spot: Spot) -> float:
    """The more striking, the lower: contrast times the root of the area."""
    return -abs(spot.contrast) * sqrt(spot.area_px)
