"""What was found of a product's parts in one picture. Records only."""

from __future__ import annotations

from typing import NamedTuple

from tools.parts_template import Box


class LoosePiece(NamedTuple):
    """One loose piece, or several that touch."""

    type: str
    n_pieces: int
    box_xyxy: Box
    """In the picture's pixels."""


def piece_place(
    piece: LoosePiece, *, origin_xy: tuple[float, float] = (0.0, 0.0), mm_per_px: float | None
) -> str:
    """Where the middle of a piece lies, in words.

    Args:
        piece: of one picture.
        origin_xy: of the picture in the original, pixels.
        mm_per_px: adds millimetres.
    """
    x1, y1, x2, y2 = piece.box_xyxy
    x, y = origin_xy[0] + (x1 + x2) / 2, origin_xy[1] + (y1 + y2) / 2
    many = f"{piece.n_pieces} that touch at " if piece.n_pieces > 1 else ""
    mm = "" if mm_per_px is None else f", ({x * mm_per_px:.2f}, {y * mm_per_px:.2f}) mm"
    return f"{many}({x:.0f}, {y:.0f}) px{mm}"


class FoundPart(NamedTuple):
    """What was found at one part's place."""

    part: int
    type: str
    present: bool
    ncc: float
    ncc_floor: float
    box_xyxy: Box
    """In the picture's pixels; where it should be, if it is absent."""
    dx_px: float
    dy_px: float
    """From where it should be, in the first reference's pixels."""
    misplaced: bool
    """Present, but further off than in any reference by more than three pixels."""


class ExtraPart(NamedTuple):
    """A part where the references have none."""

    type: str
    ncc: float
    box_xyxy: Box
    """In the picture's pixels."""


class TypeCount(NamedTuple):
    """How many parts of one type there are and should be."""

    type: str
    expected: int
    found: int


class PartsReport(NamedTuple):
    """Presence, place and number of parts in one picture."""

    parts: tuple[FoundPart, ...]
    extras: tuple[ExtraPart, ...]
    counts: tuple[TypeCount, ...]
    pieces: tuple[LoosePiece, ...] = ()
    """Of a template of loose parts: everything that was counted."""
    is_loose: bool = False
    """Whether the template was of loose parts, which have no places."""
