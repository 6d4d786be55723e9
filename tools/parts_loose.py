"""Count loose parts: pieces of a known look and number that lie anywhere.

Learnt from references; refuses where a count could not be trusted. Knows no rules and no products.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tools.arrays import UInt8Image
from tools.errors import ToolError
from tools.parts_blobs import Blob, Lab, Spread, find_blobs
from tools.parts_candidates import box_ious
from tools.parts_report import LoosePiece, PartsReport, TypeCount
from tools.parts_template import Box, NoTemplate

MIN_REFERENCES = 3
_SEED_SIZE = 0.3
"""Log of a ratio of areas, lengths or widths up to which a blob may be what an example shows."""
_LEAST_TOLERANCE = 0.12
_TOLERANCE_TIMES = 2.0
"""Of the greatest log of a ratio that the references show: how far another piece may be off."""
_SAME_COLOUR = 14.0
"""In the weighted Lab, less the ground."""
_SPECK_SHARE = 0.3
"""Of a type's area; what is smaller is dirt and no piece."""
_WHOLE_NUMBER = 0.08
"""How far the area of touching pieces may be from a whole number of them, for each piece."""
_MAX_TOUCHING = 6
_STEADY_AREA = 0.12
"""Greatest spread of a type's area at which touching pieces may be told by it."""
_EXAMPLE_IOU = 0.3
_SAME_GROUND = 30.0
"""In the weighted Lab, between the grounds of a picture and of the references."""


_NO_LIMIT = 10**6
"""Stands for any number where a rule has no upper limit."""


class NotCounted(ToolError):
    """The loose parts of a picture cannot be counted; says why."""


class Wanted(NamedTuple):
    """A type of piece that somebody wants counted."""

    name: str
    box_xyxy: Box | None
    """An example in the first reference; None where the type is to be found by its number."""
    n_min: float
    n_max: float
    """How many there may be; both infinite where only the references say."""

    @property
    def is_open(self) -> bool:
        """Whether only the references say how many there are."""
        return not (np.isfinite(self.n_min) or np.isfinite(self.n_max))


class LooseType(NamedTuple):
    """A type of loose piece."""

    name: str
    n_min: int
    n_max: int
    """How many there should be."""
    area_px: float
    length_px: float
    width_px: float
    colour_lab: tuple[float, float, float]
    """Weighted CIE Lab less the ground's."""
    size_tolerance: float
    """Log of a ratio of areas, lengths or widths up to which a blob is such a piece."""
    is_steady: bool
    """Whether areas vary so little that touching pieces are told by theirs."""

    def holds(self, blob: Blob) -> bool:
        """Whether a blob is one such piece."""
        same_size = self.size_difference(blob) <= self.size_tolerance
        return same_size and not blob.cut and self.is_coloured(blob)

    def size_difference(self, blob: Blob) -> float:
        """The greatest log of a ratio of areas, lengths and widths."""
        own = np.array([blob.area_px, blob.length_px, blob.width_px])
        return float(np.abs(np.log(own / (self.area_px, self.length_px, self.width_px))).max())

    def is_coloured(self, blob: Blob) -> bool:
        """Whether a blob has the colour of such a piece."""
        return float(np.linalg.norm(blob.colour_lab - self.colour_lab)) <= _SAME_COLOUR

    def pieces_in(self, blob: Blob) -> int | None:
        """How many such pieces make up a blob; None where it may be any number."""
        if self.holds(blob):
            return 1
        if not self.is_coloured(blob) or blob.area_px < _SPECK_SHARE * self.area_px:
            return 0
        ratio = blob.area_px / self.area_px
        n = round(ratio)
        whole = 2 <= n <= _MAX_TOUCHING and abs(ratio - n) <= _WHOLE_NUMBER * n
        return n if whole and self.is_steady and not blob.cut else None


@dataclass(frozen=True, kw_only=True)
class LooseTemplate:
    """What loose pieces a product has, and how many."""

    types: tuple[LooseType, ...]
    ground_lab: tuple[float, float, float]

    def expected_counts(self) -> dict[str, int]:
        """How many pieces of each type there should be, at least."""
        return {one.name: one.n_min for one in self.types}


def learn_loose(references_hwc: Sequence[UInt8Image], wanted: Sequence[Wanted]) -> LooseTemplate:
    """Learn the look of loose pieces that every reference shows in the right number.

    Args:
        references_hwc: each (H, W, 3) RGB, at least three, of one scale.
        wanted: the types that are to be counted.

    Raises:
        NoTemplate: too few references, or no type can be counted in all of them; says why.
    """
    if len(references_hwc) < MIN_REFERENCES:
        raise NoTemplate(
            f"counting loose parts needs {MIN_REFERENCES} references, got {len(references_hwc)}"
        )
    spreads = [find_blobs(reference) for reference in references_hwc]
    types, reasons = [], []
    for one in wanted:
        try:
            types.append(_learn_type(one, spreads))
        except NoTemplate as reason:
            reasons.append(str(reason))
    if not types:
        raise NoTemplate("; ".join(reasons) or "no loose part is to be counted")
    ground = np.median([spread.ground_lab for spread in spreads], axis=0)
    return LooseTemplate(types=tuple(types), ground_lab=_triple(ground))


def _learn_type(wanted: Wanted, spreads: Sequence[Spread]) -> LooseType:
    if wanted.box_xyxy is not None:
        return _grown(_at(wanted.box_xyxy, spreads[0], name=wanted.name), wanted, spreads)
    found: list[LooseType] = []
    for blob in spreads[0].blobs:
        if any(known.holds(blob) for known in found):
            continue
        try:
            found.append(_grown(blob, wanted, spreads))
        except NoTemplate:
            continue
    if len(found) != 1:
        raise NoTemplate(
            f"{len(found)} kinds of loose pieces come in a steady number, so which are "
            f"{wanted.name!r} must be shown by the box of an example"
        )
    return found[0]


def _at(box: Box, spread: Spread, *, name: str) -> Blob:
    boxes = np.array([blob.box_xyxy for blob in spread.blobs]).reshape(-1, 4)
    ious = box_ious(np.array([box]), boxes)[0]
    if not len(ious) or ious.max() < _EXAMPLE_IOU:
        raise NoTemplate(
            f"nothing at {[round(v) for v in box]} of the first reference stands out from its "
            f"ground as {name!r} should"
        )
    return spread.blobs[int(ious.argmax())]


def _grown(seed: Blob, wanted: Wanted, spreads: Sequence[Spread]) -> LooseType:
    """The type of a blob, averaged over the references, where its number can be trusted."""
    first = _type_of([seed], wanted.name)._replace(size_tolerance=_SEED_SIZE)
    members = [blob for spread in spreads for blob in spread.blobs if first.holds(blob)]
    if not members:
        raise NoTemplate(f"the example of {wanted.name!r} is cut by the frame of the picture")
    look = _type_of(members, wanted.name)
    counts = []
    for number, spread in enumerate(spreads, start=1):
        pieces = [look.pieces_in(blob) for blob in spread.blobs]
        unclear = [b for b, n in zip(spread.blobs, pieces, strict=True) if n is None]
        if unclear:
            raise NoTemplate(f"reference {number}: {_unclear(wanted.name, unclear)}")
        counts.append(sum(n for n in pieces if n))
    _check_counts(counts, wanted)
    if wanted.is_open:
        return look._replace(n_min=counts[0], n_max=counts[0])
    low, high = max(wanted.n_min, 0.0), min(wanted.n_max, float(_NO_LIMIT))
    return look._replace(n_min=int(np.ceil(low)), n_max=int(np.floor(high)))


def _check_counts(counts: Sequence[int], wanted: Wanted) -> None:
    """References must agree with each other, or with what a rule allows."""
    told = ", ".join(map(str, counts))
    if wanted.is_open:
        if len(set(counts)) > 1:
            raise NoTemplate(
                f"the references show {told} of {wanted.name!r}, and no rule says how many may be"
            )
        return
    if not all(wanted.n_min <= count <= wanted.n_max for count in counts):
        raise NoTemplate(
            f"the references show {told} of {wanted.name!r}, which the rule does not allow: pieces "
            "overlap, or look too different to be told"
        )


def _type_of(members: Sequence[Blob], name: str) -> LooseType:
    """The typical look of some blobs; how many there should be is not known yet."""
    sizes = np.array([(blob.area_px, blob.length_px, blob.width_px) for blob in members])
    typical = np.median(sizes, axis=0)
    off = np.abs(np.log(sizes / typical))
    area, length, width = (float(v) for v in typical)
    return LooseType(
        name,
        0,
        0,
        area,
        length,
        width,
        _triple(np.median([blob.colour_lab for blob in members], axis=0)),
        size_tolerance=float(np.clip(_TOLERANCE_TIMES * off.max(), _LEAST_TOLERANCE, _SEED_SIZE)),
        is_steady=bool(off[:, 0].max() <= _STEADY_AREA),
    )


def _triple(values: Lab) -> tuple[float, float, float]:
    first, second, third = (float(v) for v in values)
    return first, second, third


def count_loose(image_hwc: UInt8Image, template: LooseTemplate) -> PartsReport:
    """Count every type of loose piece in a picture.

    Args:
        image_hwc: (H, W, 3) RGB, of the references' scale.
        template: what the references have.

    Raises:
        NotCounted: the ground is another one, or pieces overlap so that their number is open.
    """
    spread = find_blobs(image_hwc)
    away = float(np.linalg.norm(spread.ground_lab - template.ground_lab))
    if away > _SAME_GROUND:
        raise NotCounted(
            f"the ground differs by {away:.0f} from that of the references (CIE Lab, at most "
            f"{_SAME_GROUND:.0f}), so pieces cannot be told from it"
        )
    pieces: list[LoosePiece] = []
    counts: list[TypeCount] = []
    for one in template.types:
        found = [(blob, one.pieces_in(blob)) for blob in spread.blobs]
        unclear = [blob for blob, n in found if n is None]
        if unclear:
            raise NotCounted(_unclear(one.name, unclear))
        own = [LoosePiece(one.name, n, blob.box_xyxy) for blob, n in found if n]
        n_found = sum(piece.n_pieces for piece in own)
        # Within the limits any number is the expected one.
        expected = min(max(n_found, one.n_min), one.n_max)
        pieces += own
        counts.append(TypeCount(one.name, expected, n_found))
    return PartsReport((), (), tuple(counts), tuple(pieces), is_loose=True)


def _unclear(name: str, blobs: Sequence[Blob]) -> str:
    where = ", ".join(str([round(v) for v in blob.box_xyxy]) for blob in blobs[:3])
    return (
        f"what lies at {where} has the colour of {name!r} but neither the size of one nor of a "
        "whole number of them: pieces overlap, or are cut or broken"
    )
