"""Look for a template's parts in a picture. Knows nothing of rules, products or verdicts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tools.arrays import UInt8Image
from tools.parts_candidates import box_ious
from tools.parts_loose import LooseTemplate, count_loose
from tools.parts_matching import Match, Pyramid, match, pyramid
from tools.parts_report import ExtraPart, FoundPart, PartsReport, TypeCount
from tools.parts_template import Box, Part, PartsTemplate, resample
from tools.registration import register
from tools.registration_fit import Matrix

_EXTRA_LIKENESS = 0.62
_EXTRA_DIFFERENCE = 24.0
"""Grey levels beyond the references' own spread where something unexpected may lie."""
_MAX_EXTRA_PLACES = 12
_MISPLACED_SLACK_PX = 3.0
_CLEARLY_BETTER = 0.2
"""Gain that a shift or an extra part must show: repeated patterns fit beside their place too."""


def check_parts(
    image_hwc: UInt8Image,
    template: PartsTemplate | LooseTemplate,
    *,
    matrix: Matrix | None = None,
) -> PartsReport:
    """Look for every part of a template in a picture, and for more of the same.

    Args:
        image_hwc: (H, W, 3) RGB.
        template: what the references have.
        matrix: (2, 3), pixel centres of the picture to those of the first reference, where the
            picture is registered already; None registers it here.

    Raises:
        NotRegistered: the picture does not show what the references show.
        NotCounted: the template is of loose parts, whose number is open in this picture.
    """
    if isinstance(template, LooseTemplate):
        return count_loose(image_hwc, template)
    forward = register(image_hwc, template.reference_hwc).matrix if matrix is None else matrix
    back = _inverse(forward)
    height, width = template.reference_hwc.shape[:2]
    laid = resample(image_hwc, back, shape=(height, width))
    levels = pyramid(laid)
    found = tuple(_look_for(part, levels, back) for part in template.parts)
    extras = tuple(_find_extras(laid, template, levels, back=back))
    counts = tuple(
        TypeCount(
            name,
            expected,
            sum(f.present and f.type == name for f in found)
            + sum(extra.type == name for extra in extras),
        )
        for name, expected in template.expected_counts().items()
    )
    return PartsReport(found, extras, counts)


def _inverse(matrix: Matrix) -> Matrix:
    """The (2, 3) matrix that undoes another."""
    turn = np.linalg.inv(matrix[:, :2])
    return np.column_stack([turn, -turn @ matrix[:, 2]])


def _look_for(part: Part, levels: Pyramid, back: Matrix) -> FoundPart:
    fit = match(levels, part.patch)
    present = fit.ncc >= part.ncc_floor
    slack = part.reach_px + max(_MISPLACED_SLACK_PX, part.patch.level)
    shift = (fit.dx_px, fit.dy_px) if present else (0.0, 0.0)
    clearly = fit.ncc - fit.ncc_in_place >= _CLEARLY_BETTER
    return FoundPart(
        part.id,
        part.type,
        present,
        fit.ncc,
        part.ncc_floor,
        _carried(_moved(part.box_xyxy, fit) if present else part.box_xyxy, back),
        *shift,
        misplaced=bool(present and clearly and np.hypot(*shift) > slack),
    )


def _carried(box: Box, matrix: Matrix) -> Box:
    """The upright box around a box in another frame; edges lie half a pixel off centres."""
    corners = np.array([[x, y] for x in box[::2] for y in box[1::2]]) - 0.5
    moved = corners @ matrix[:, :2].T + matrix[:, 2] + 0.5
    (x1, y1), (x2, y2) = moved.min(axis=0), moved.max(axis=0)
    return float(x1), float(y1), float(x2), float(y2)


def _find_extras(
    laid: UInt8Image, template: PartsTemplate, levels: Pyramid, *, back: Matrix
) -> list[ExtraPart]:
    """Parts of a known type at places where the picture differs from every reference."""
    exemplars: dict[str, Part] = {}
    for part in template.parts:
        exemplars.setdefault(part.type, part)
    known = pyramid(template.reference_hwc)
    found = (
        _extra_at(box, exemplars.values(), seen=levels, known=known)
        for box in _unexpected(laid, template)
    )
    return [extra._replace(box_xyxy=_carried(extra.box_xyxy, back)) for extra in found if extra]


def _extra_at(
    box: Box, exemplars: Iterable[Part], *, seen: Pyramid, known: Pyramid
) -> ExtraPart | None:
    """The part that best explains an unexpected area, in the first reference's pixels."""
    best: tuple[float, ExtraPart] | None = None
    for part in exemplars:
        if not _similar_size(part.box_xyxy, box):
            continue
        fit = _fit_at(part, box, seen)
        likeness = fit.likeness()
        # A place that looks like the part in the references too has gained none.
        gain = likeness - _fit_at(part, box, known).likeness()
        if likeness < _EXTRA_LIKENESS or gain < _CLEARLY_BETTER:
            continue
        place = _moved(part.box_xyxy, fit)
        rank = likeness * _iou(place, box)
        if best is None or rank > best[0]:
            best = rank, ExtraPart(part.type, fit.ncc, place)
    return None if best is None else best[1]


def _moved(box: Box, fit: Match) -> Box:
    return (box[0] + fit.dx_px, box[1] + fit.dy_px, box[2] + fit.dx_px, box[3] + fit.dy_px)


def _iou(first: Box, second: Box) -> float:
    return float(box_ious(np.asarray([first]), np.asarray([second]))[0, 0])


def _unexpected(laid: UInt8Image, template: PartsTemplate) -> list[Box]:
    """Boxes of the largest areas that differ from every reference, first reference's frame."""
    from scipy import ndimage as ndi

    step = 2
    seen = laid[::step, ::step].astype(np.float32)
    known = template.reference_hwc[::step, ::step].astype(np.float32)
    # Means, not medians: the median of a binary picture may be 0.
    gain = seen.mean(axis=(0, 1)) / np.maximum(known.mean(axis=(0, 1)), 1.0)
    beyond = np.abs(seen - known * gain).max(axis=2) - template.spread[::step, ::step]
    inside = ndi.binary_closing(ndi.uniform_filter(beyond, 3) > _EXTRA_DIFFERENCE, iterations=2)
    labels, _ = ndi.label(inside)
    sizes = np.bincount(labels.ravel())[1:]
    windows = ndi.find_objects(labels)
    largest = np.argsort(-sizes)[:_MAX_EXTRA_PLACES]
    return [
        (
            float(step * windows[k][1].start),
            float(step * windows[k][0].start),
            float(step * windows[k][1].stop),
            float(step * windows[k][0].stop),
        )
        for k in largest
    ]


def _fit_at(part: Part, box: Box, levels: Pyramid) -> Match:
    own = part.box_xyxy
    dx = (box[0] + box[2] - own[0] - own[2]) / 2
    dy = (box[1] + box[3] - own[1] - own[3]) / 2
    return match(levels, part.patch, at_px=(dx, dy))


def _similar_size(first: Box, second: Box) -> bool:
    ratios = [(first[k + 2] - first[k]) / max(second[k + 2] - second[k], 1e-6) for k in (0, 1)]
    return all(0.5 <= ratio <= 2.0 for ratio in ratios)
