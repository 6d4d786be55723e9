"""Draws edges and numbers of regions as GPT-4V-AD does. Knows nothing of how they were made.

Method: GPT-4V-AD (Zhang et al. 2023, arXiv 2311.02612), `region_division.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from tools.arrays import BoolMask, UInt8Image
from tools.fonts import load_font
from tools.regions.division import RegionMask

FONT_SIZE_PX = 10
LABEL_GREY = (128, 128, 128)
WHITE = (255, 255, 255)
OVERLAY_ABOVE = 100
"""Channel values above this replace the picture's."""


class Anchor(NamedTuple):
    """Where a number stands."""

    x: int
    y: int


def draw_marks(
    image_hwc: UInt8Image,
    regions: Sequence[RegionMask],
    *,
    first_number: int = 1,
    edge_px: int = 1,
) -> UInt8Image:
    """Draw white edges and the number of every region over a picture.

    Args:
        image_hwc: (H, W, 3) RGB, the picture that was divided.
        regions: in the order of their numbers.
        first_number: the number of the first region; 1 as published.
        edge_px: how thick the edge of one region is.

    Returns:
        (H, W, 3); every channel of edges and labels above 100 in place of the picture's.
    """
    height_px, width_px = image_hwc.shape[:2]
    labels = Image.new("RGB", (width_px, height_px))
    pen = ImageDraw.Draw(labels)
    edges = np.zeros((height_px, width_px), dtype=np.bool_)
    for number, region in enumerate(regions, start=first_number):
        edges |= inner_edge(region, height_px=height_px, width_px=width_px, edge_px=edge_px)
        _draw_number(pen, label_anchor(region), text=str(number))
    layer = np.maximum(np.asarray(labels), edges[..., None] * np.uint8(255))
    return np.where(layer > OVERLAY_ABOVE, layer, image_hwc)


def inner_edge(region: RegionMask, *, height_px: int, width_px: int, edge_px: int = 1) -> BoolMask:
    """The region's pixels beside others, also along the picture's border, (H, W).

    Args:
        region: in the frame of the picture.
        height_px: of the picture.
        width_px: of the picture.
        edge_px: above 1, the edge is dilated by a cross this many times less one.
    """
    from scipy.ndimage import binary_dilation, binary_erosion

    padded = np.pad(region.mask, edge_px)
    edge = padded & ~binary_erosion(padded)
    if edge_px > 1:
        edge = binary_dilation(edge, iterations=edge_px - 1)
    x1, y1, x2, y2 = region.box_xyxy
    roomy = np.zeros((height_px + 2 * edge_px, width_px + 2 * edge_px), dtype=np.bool_)
    roomy[y1 : y2 + 2 * edge_px, x1 : x2 + 2 * edge_px] = edge
    return roomy[edge_px : edge_px + height_px, edge_px : edge_px + width_px]


def label_anchor(region: RegionMask) -> Anchor:
    """The pixel of the mask nearest to its centroid; of several, the first row by row."""
    rows, columns = np.nonzero(region.mask)
    distances = (rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2
    nearest = int(np.argmin(distances))
    x1, y1, _, _ = region.box_xyxy
    return Anchor(x=x1 + int(columns[nearest]), y=y1 + int(rows[nearest]))


def _draw_number(pen: ImageDraw.ImageDraw, anchor: Anchor, *, text: str) -> None:
    # The published Arial may not be redistributed; this is a free one of the same size.
    font = load_font(FONT_SIZE_PX, bold=False)
    left, _, right, bottom = font.getbbox(text)
    width_px, height_px = int(right - left), int(bottom)
    x, y = anchor.x - width_px // 2, anchor.y - height_px // 2
    pen.rectangle((x, y + 2, x + width_px, y + height_px), fill=LABEL_GREY)
    pen.text((x, y), text, fill=WHITE, font=font)
