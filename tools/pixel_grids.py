"""Parts of a unit that show one pixel grid: a photograph and the organised scan beside it.

Such a scan (MVTec 3D-AD's xyz tiff with its RGB picture) has a point for each pixel, row by row.
Knows no view and no finding.
"""

from __future__ import annotations

from tools.records import Asset, Box, Extent, ImageExtent, PointExtent

GRIDS = (".tif", ".tiff")
"""Suffixes of organised scans."""


def grid_overlap(first: Extent, second: Extent, asset: Asset) -> float:
    """The share of the smaller of two places that both have, in [0, 1]; 0 without a common grid.

    Args:
        first: on a photograph, or on a scan.
        second: on the other.
        asset: the unit whose parts they lie on.
    """
    if isinstance(first, PointExtent) and isinstance(second, ImageExtent):
        return grid_overlap(second, first, asset)
    if not isinstance(first, ImageExtent) or not isinstance(second, PointExtent):
        return 0.0
    parts = {part.name: part for part in asset.parts}
    picture, scan = parts.get(first.part), parts.get(second.part)
    if picture is None or scan is None or not scan.path.lower().endswith(GRIDS):
        return 0.0
    width_px, height_px = picture.size
    if scan.size[0] != width_px * height_px or not second.point_indices:
        return 0.0
    return _share(first.box_xyxy, second.point_indices, width_px)


def _share(box_xyxy: Box, point_indices: list[int], width_px: int) -> float:
    """Points whose pixels lie in the box, of the points, or of the box where it is smaller."""
    x1, y1, x2, y2 = box_xyxy
    inside = sum(
        x1 - 0.5 <= index % width_px < x2 and y1 - 0.5 <= index // width_px < y2
        for index in point_indices
    )
    area = max((x2 - x1) * (y2 - y1), 1.0)
    return min(inside / min(len(point_indices), area), 1.0)
