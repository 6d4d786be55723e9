"""Divides pictures into numbered regions and draws them. Knows no view, tool or mind."""

from tools.regions.division import (
    DIVISION_SIDE_PX,
    RegionMask,
    divide_by_grid,
    divide_by_superpixels,
)
from tools.regions.marks import draw_marks
from tools.regions.resize import resize_bilinear

__all__ = [
    "DIVISION_SIDE_PX",
    "RegionMask",
    "divide_by_grid",
    "divide_by_superpixels",
    "draw_marks",
    "resize_bilinear",
]
