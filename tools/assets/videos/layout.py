"""Where the frames of a contact sheet stand. Knows no frame."""

from __future__ import annotations

from typing import NamedTuple

MAX_SIDE_PX = 1024
"""Of a sheet of whole frames: what a view is at most, so that its time stamps stay legible."""
GAP_PX = 6
CAPTION_PX = 20
MIN_SLOT_PX = 84
"""Room for a time stamp above a narrow frame."""
MAX_COLUMNS = (MAX_SIDE_PX + GAP_PX) // (MIN_SLOT_PX + GAP_PX)


class Slot(NamedTuple):
    """A rectangle of the sheet that shows a frame; its time stamp stands above it."""

    x: int
    y: int
    width: int
    height: int


class Layout(NamedTuple):
    """A sheet's slots in order of time, row by row."""

    slots: tuple[Slot, ...]
    width_px: int
    height_px: int


def small_layout(n: int, width_px: int, height_px: int) -> Layout:
    """Frames as large as fit, with the number of columns that allows it; never magnified.

    Args:
        n: frames.
        width_px: of each, at full resolution.
        height_px: of each.
    """
    most = min(n, MAX_COLUMNS)
    best = max(range(1, most + 1), key=lambda k: (_scale(n, k, width_px, height_px), -_rows(n, k)))
    scale = _scale(n, best, width_px, height_px)
    return _laid_out(n, best, max(1, int(width_px * scale)), max(1, int(height_px * scale)))


def full_layout(n: int, width_px: int, height_px: int) -> Layout:
    """Frames pixel for pixel, on the sheet whose longer side is the shortest."""

    def longer(columns: int) -> int:
        laid_out = _laid_out(n, columns, width_px, height_px)
        return max(laid_out.width_px, laid_out.height_px)

    return _laid_out(n, min(range(1, n + 1), key=longer), width_px, height_px)


def n_that_fit(width_px: int, height_px: int) -> int:
    """How many frames fit on a sheet of `MAX_SIDE_PX`, pixel for pixel; 0 where none does."""
    columns = (MAX_SIDE_PX + GAP_PX) // (max(width_px, MIN_SLOT_PX) + GAP_PX)
    return columns * ((MAX_SIDE_PX + GAP_PX) // (height_px + CAPTION_PX + GAP_PX))


def _rows(n: int, columns: int) -> int:
    return -(-n // columns)


def _scale(n: int, columns: int, width_px: int, height_px: int) -> float:
    rows = _rows(n, columns)
    across = (MAX_SIDE_PX - GAP_PX * (columns - 1)) / (columns * width_px)
    down = (MAX_SIDE_PX - GAP_PX * (rows - 1) - CAPTION_PX * rows) / (rows * height_px)
    return min(across, down, 1.0)


def _laid_out(n: int, columns: int, width: int, height: int) -> Layout:
    step_x, step_y = max(width, MIN_SLOT_PX) + GAP_PX, height + CAPTION_PX + GAP_PX
    slots = tuple(
        Slot((k % columns) * step_x, (k // columns) * step_y + CAPTION_PX, width, height)
        for k in range(n)
    )
    return Layout(slots, columns * step_x - GAP_PX, _rows(n, columns) * step_y - GAP_PX)
