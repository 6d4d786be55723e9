"""Learn a template of parts from references. Knows nothing of pictures to inspect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from tools.arrays import UInt8Image
from tools.parts_candidates import WELL_SUPPORTED, Boxes, box_ious, find_candidates
from tools.parts_matching import Match, Pyramid, cut, match, proposals, pyramid
from tools.parts_template import Box, NoTemplate, Part, PartsTemplate, resample
from tools.registration import NotRegistered, register
from tools.registration_fit import Matrix

MIN_REFERENCES = 3
_MAX_PARTS = 160
_MIN_CONTRAST = 6.0
"""Grey levels; a flatter patch fits anywhere."""
_CONSISTENT_NCC = 0.75
_PROPOSAL_NCC = 0.5
_SAME_TYPE = 0.70
_LEAST_LIKENESS = 0.50
_CLEAR_DROP = 0.08
_MAX_COVER = 0.6
_MIN_SAMPLES = 4
_OVERLAP_IOU = 0.3
_PRESENT_SHARE = 0.72
"""Of the poorest correlation among references, below which a part counts as absent."""


def learn_parts(
    references_hwc: Sequence[UInt8Image], *, examples: Mapping[str, Box] | None = None
) -> PartsTemplate:
    """Learn which compact parts all references show at the same places.

    References are registered to the first; a part is sought from each example that a person has
    named, then from candidates segmented in the references' median; what correlates with its
    place in every reference is kept; equal-looking parts make a type.

    Args:
        references_hwc: each (H, W, 3) RGB, at least three.
        examples: by the name of a type, the box of one part of it in the first reference.

    Raises:
        NoTemplate: too few references, or they do not register, or show no such part.
    """
    if len(references_hwc) < MIN_REFERENCES:
        raise NoTemplate(
            f"a template of parts needs {MIN_REFERENCES} references, got {len(references_hwc)}"
        )
    matrices = _register_all(references_hwc)
    shape = (references_hwc[0].shape[0], references_hwc[0].shape[1])
    laid = [resample(r, m, shape=shape) for r, m in zip(references_hwc, matrices, strict=True)]
    median = np.asarray(np.median(np.stack(laid), axis=0), np.uint8)
    spread = np.max([np.abs(one.astype(np.int16) - median).max(axis=2) for one in laid], axis=0)
    parts = _choose_parts(median, [pyramid(one) for one in laid], examples or {})
    if not parts:
        raise NoTemplate(
            f"no compact part looks the same at one place in all {len(laid)} references"
        )
    return PartsTemplate(
        reference_hwc=median,
        spread=spread.astype(np.float32),
        parts=tuple(parts),
        matrices=tuple(matrices),
    )


def _register_all(references_hwc: Sequence[UInt8Image]) -> list[Matrix]:
    """For each reference: pixel centres of the first to its own."""
    matrices: list[Matrix] = [np.eye(2, 3)]
    for index, reference in enumerate(references_hwc[1:], start=2):
        try:
            matrices.append(register(references_hwc[0], reference).matrix)
        except NotRegistered as error:
            reason = f"reference {index} does not register on the first: {error}"
            raise NoTemplate(reason) from error
    return matrices


def _choose_parts(
    median: UInt8Image, pyramids: list[Pyramid], examples: Mapping[str, Box]
) -> list[Part]:
    """Take examples, then candidates best first; each brings its lookalikes along as its type."""
    found = find_candidates(median)
    free = found.boxes_xyxy[found.support >= WELL_SUPPORTED]
    seeds = [(name, np.asarray(box, np.float64)) for name, box in examples.items()]
    seeds += [("", box) for box in free]
    levels = pyramid(median)
    parts: list[Part] = []
    taken = np.zeros((0, 4))
    for name, box in seeds:
        if len(parts) >= _MAX_PARTS:
            break
        if not name and len(taken) and _cover(box, taken) > _MAX_COVER:
            continue
        kind = name or f"type_{len({p.type for p in parts}) + 1}"
        for place in _lookalikes(box, levels, taken=taken):
            part = _consistent(place, levels, pyramids, number=len(parts) + 1, name=kind)
            if part is not None:
                parts.append(part)
                taken = np.vstack([taken, place])
    return parts


def _cover(box: Boxes, taken: Boxes) -> float:
    """The greatest share of a box that lies in one of those taken, or of one taken in the box."""
    overlap = np.clip(
        np.minimum(box[2:], taken[:, 2:]) - np.maximum(box[:2], taken[:, :2]), 0, None
    ).prod(axis=1)
    return float((overlap / (box[2:] - box[:2]).prod()).max())


def _grown(box: Boxes) -> tuple[float, float, float, float]:
    """A box with a rim, so that its outline counts."""
    rim = 2.0 + 0.06 * float(max(box[2] - box[0], box[3] - box[1]))
    return float(box[0] - rim), float(box[1] - rim), float(box[2] + rim), float(box[3] + rim)


def _lookalikes(box: Boxes, levels: Pyramid, *, taken: Boxes) -> list[Boxes]:
    """The box itself and every other place where the same patch fits."""
    patch = cut(levels, _grown(box))
    if min(patch.samples.shape[:2]) < _MIN_SAMPLES or patch.contrast < _MIN_CONTRAST:
        return []
    fits = [
        match(levels, patch, at_px=place)
        for place in proposals(levels, patch, min_ncc=_PROPOSAL_NCC)
    ]
    fits = [fit for fit in fits if fit.likeness() >= _LEAST_LIKENESS]
    fits.sort(key=Match.likeness, reverse=True)
    places = [box]
    for fit in fits[: _alike_until([fit.likeness() for fit in fits])]:
        place = box + np.tile([fit.dx_px, fit.dy_px], 2)
        claimed = np.vstack([np.asarray(places), taken])
        if box_ious(place[None], claimed).max() <= _OVERLAP_IOU:
            places.append(place)
    return places


def _alike_until(falling: Sequence[float]) -> int:
    """Where a falling list of likenesses has its last clear drop: after it come other things.

    The first is the part itself; how far the next lies below it says nothing.
    """
    drops = [before - after for before, after in pairwise((*falling[1:], _LEAST_LIKENESS))]
    clear = [k for k, drop in enumerate(drops) if drop >= _CLEAR_DROP]
    if clear:
        return clear[-1] + 2
    return sum(likeness >= _SAME_TYPE for likeness in falling)


def _consistent(
    box: Boxes, levels: Pyramid, pyramids: list[Pyramid], *, number: int, name: str
) -> Part | None:
    """The part at a box, if every reference shows it there."""
    patch = cut(levels, _grown(box))
    if min(patch.samples.shape[:2]) < _MIN_SAMPLES or patch.contrast < _MIN_CONTRAST:
        return None
    fits = [match(reference, patch) for reference in pyramids]
    poorest = min(fit.ncc for fit in fits)
    if poorest < _CONSISTENT_NCC:
        return None
    reach = max(float(np.hypot(fit.dx_px, fit.dy_px)) for fit in fits)
    x1, y1, x2, y2 = (float(v) for v in box)
    return Part(number, name, (x1, y1, x2, y2), patch, _PRESENT_SHARE * poorest, reach)
