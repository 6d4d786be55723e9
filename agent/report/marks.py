"""Regions as outlines over a picture, in SVG path data. Knows no page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tools.records import Region, whole_pixel_box

SLACK_SHARE = 1 / 1000
"""Of the longer side: how far a simplified outline may lie beside the mask's."""
ROOM_SHARE = 1 / 120
"""Of the longer side: between a region and the box around it."""


class Mark(NamedTuple):
    """One region on a picture, in original-image pixels."""

    region: Region
    outline: str
    """Path data of the mask; empty where there is none."""
    x_px: float
    y_px: float
    width_px: float
    height_px: float
    """Of the box with a little room around the region."""


def draw_marks(regions: Sequence[Region], *, width_px: int, height_px: int) -> list[Mark]:
    """Outlines and boxes of regions on a picture of this size."""
    longer = max(width_px, height_px)
    marks = []
    for region in regions:
        room = longer * ROOM_SHARE
        x1, y1, x2, y2 = region.box_xyxy
        left, top = max(x1 - room, 0.0), max(y1 - room, 0.0)
        right, bottom = min(x2 + room, width_px), min(y2 + room, height_px)
        outline = _outline(region, slack_px=longer * SLACK_SHARE)
        marks.append(Mark(region, outline, left, top, right - left, bottom - top))
    return marks


def _outline(region: Region, *, slack_px: float) -> str:
    if region.mask is None:
        return ""
    from skimage.measure import approximate_polygon, find_contours

    x1, y1, _, _ = whole_pixel_box(region.box_xyxy)
    padded = np.pad(region.mask.array(), 1).astype(np.float32)
    paths = []
    # scikit-image annotates neither.
    for contour in find_contours(padded, 0.5):  # type: ignore[no-untyped-call]
        corners = approximate_polygon(  # type: ignore[no-untyped-call]
            contour, tolerance=slack_px
        )
        steps = [f"{x1 + column - 0.5:.1f} {y1 + row - 0.5:.1f}" for row, column in corners]
        paths.append(f"M{'L'.join(steps)}Z")
    return "".join(paths)
