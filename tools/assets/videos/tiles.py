"""The frames on a sheet: between the sheet's pixels and frames with boxes. Decodes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tools.arrays import BoolMask, Float32Map
from tools.asset_ports import ElementScores
from tools.assets.videos.layout import Slot
from tools.assets.videos.moments import Moment
from tools.assets.videos.names import Crop
from tools.records import Box, whole_pixel_box

LEAST_TOUCH = 0.1
"""A tile counts where it shows this share of what the tile that shows most of a box does: boxes
that are drawn a little too large do not add the seconds of the tile beside."""
LEAST_SHARE = 0.5
"""Of the shorter of a tile's frames and an extent's, that must be shared."""


class Tile(NamedTuple):
    """A frame on a sheet."""

    moment: Moment
    crop: Crop
    """What of the frame is shown, in its pixels."""
    slot: Slot

    @property
    def factors(self) -> tuple[float, float]:
        """Sheet pixels for each frame pixel, along x and y."""
        return self.slot.width / self.crop.width, self.slot.height / self.crop.height

    def to_frame(self, box_xyxy: Box) -> Box:
        """A box within the slot in frame pixels."""
        factor_x, factor_y = self.factors
        x1, y1, x2, y2 = box_xyxy
        return [
            self.crop.x1 + (x1 - self.slot.x) / factor_x,
            self.crop.y1 + (y1 - self.slot.y) / factor_y,
            self.crop.x1 + (x2 - self.slot.x) / factor_x,
            self.crop.y1 + (y2 - self.slot.y) / factor_y,
        ]

    def from_frame(self, box_xyxy: Box) -> Box | None:
        """What is shown of a box of the frame, in sheet pixels; None where nothing is."""
        shown = intersection(box_xyxy, [float(edge) for edge in self.crop])
        if shown is None:
            return None
        factor_x, factor_y = self.factors
        x1, y1, x2, y2 = shown
        return [
            self.slot.x + (x1 - self.crop.x1) * factor_x,
            self.slot.y + (y1 - self.crop.y1) * factor_y,
            self.slot.x + (x2 - self.crop.x1) * factor_x,
            self.slot.y + (y2 - self.crop.y1) * factor_y,
        ]

    @property
    def box(self) -> Box:
        """The slot as a box."""
        x, y, width, height = self.slot
        return [float(x), float(y), float(x + width), float(y + height)]


class Touched(NamedTuple):
    """A tile, and what a box or mask covers of it in sheet pixels."""

    tile: Tile
    box_xyxy: Box


def touched_tiles(tiles: Sequence[Tile], box_xyxy: Box, mask: BoolMask | None) -> list[Touched]:
    """The tiles that a box of the sheet speaks of; empty where it covers no frame.

    Args:
        tiles: of the sheet.
        box_xyxy: sheet pixels.
        mask: of the box rounded outwards to whole pixels; all of it where None.
    """
    found, areas = [], []
    for tile in tiles:
        box = intersection(box_xyxy, tile.box)
        if box is not None and mask is not None:
            box = _within_mask(box, box_xyxy, mask)
        if box is not None:
            found.append(Touched(tile, box))
            areas.append((box[2] - box[0]) * (box[3] - box[1]))
    least = LEAST_TOUCH * max(areas, default=0.0)
    return [one for one, area in zip(found, areas, strict=True) if area >= least]


def showing_tiles(tiles: Sequence[Tile], first: int, last: int) -> list[Tile]:
    """The tiles that stand for frames [first, last), without those that barely do."""
    shared = [min(t.moment.last, last) - max(t.moment.first, first) for t in tiles]
    if max(shared, default=0) <= 0:
        return []
    kept = []
    for tile, n_shared in zip(tiles, shared, strict=True):
        shorter = min(tile.moment.last - tile.moment.first, last - first)
        if n_shared > 0 and n_shared >= LEAST_SHARE * shorter:
            kept.append(tile)
    return kept or [tiles[int(np.argmax(shared))]]


def paint_tiles(
    tiles: Sequence[Tile],
    scores: ElementScores,
    *,
    sheet_size: Sequence[int],
    frame_size: Sequence[int],
) -> Float32Map:
    """Scores of the cells of frames as a map of the sheet.

    Args:
        tiles: of the sheet.
        scores: (n_frames, rows, columns).
        sheet_size: width and height in pixels.
        frame_size: width and height in pixels.

    Returns:
        (H, W): each pixel the worst that its cell has in the frames that its tile stands for.
    """
    painted = np.zeros((sheet_size[1], sheet_size[0]), dtype=np.float32)
    _, rows, columns = scores.shape
    for tile in tiles:
        worst = np.fmax.reduce(scores[tile.moment.first : tile.moment.last], axis=0)
        slot, crop = tile.slot, tile.crop
        across = _cells(slot.width, crop.x1, crop.width, frame_size[0], columns)
        down = _cells(slot.height, crop.y1, crop.height, frame_size[1], rows)
        part = np.nan_to_num(worst, nan=0.0)[np.ix_(down, across)]
        painted[slot.y : slot.y + slot.height, slot.x : slot.x + slot.width] = part
    return painted


def _cells(n_px: int, begin: int, length: int, whole: int, n_cells: int) -> np.ndarray:
    """The cell that each pixel of a slot shows along one axis."""
    at = begin + (np.arange(n_px) + 0.5) * length / n_px
    return np.clip((at * n_cells / whole).astype(np.int64), 0, n_cells - 1)


def intersection(one: Box, other: Box) -> Box | None:
    """What two boxes have in common; None where they have no area in common."""
    x1, y1 = max(one[0], other[0]), max(one[1], other[1])
    x2, y2 = min(one[2], other[2]), min(one[3], other[3])
    return [x1, y1, x2, y2] if x1 < x2 and y1 < y2 else None


def around(boxes: Sequence[Box]) -> Box:
    """The box around boxes; at least one."""
    return [
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    ]


def _within_mask(box: Box, mask_box: Box, mask: BoolMask) -> Box | None:
    """The part of a box that holds a mask's pixels."""
    left, top, _, _ = whole_pixel_box(mask_box)
    x1, y1, x2, y2 = whole_pixel_box(box)
    part = mask[y1 - top : y2 - top, x1 - left : x2 - left]
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    if not len(rows):
        return None
    tight = [x1 + columns[0], y1 + rows[0], x1 + columns[-1] + 1, y1 + rows[-1] + 1]
    return intersection(box, [float(edge) for edge in tight])
