"""Tool `measure`: sizes of a region, and presence, place and number of parts.

Knows nothing of rules, verdicts or minds.
"""

from __future__ import annotations

import math

import numpy as np
from pydantic import Field

from tools.arrays import BoolMask
from tools.errors import ToolError
from tools.measure_asset import measure_asset
from tools.measure_shape import SHAPE_QUANTITIES, measure_mask
from tools.parts import (
    LooseTemplate,
    PartsReport,
    PartsTemplate,
    TypeCount,
    check_parts,
    count_of,
)
from tools.parts_report import piece_place
from tools.ports import Draft, ToolContext, ToolResult
from tools.records import ImageExtent, whole_pixel_box
from tools.targets import Target, TargetArguments, find_target

MAX_PARTS_TOLD = 20

QUANTITIES: dict[str, str] = {
    **{
        f"{name}_{unit}{quantity.unit}" if quantity.power else name: quantity.description
        for name, quantity in SHAPE_QUANTITIES.items()
        for unit in ("px", "mm")
    },
    "count:NAME": "parts of a type that the template of parts has",
    "count:NAME@X1,Y1,X2,Y2": "parts that look like the one in a box of the first reference",
}
"""What a tolerance may limit: name and meaning."""


def quantity_problem(quantity: str) -> str:
    """What is wrong with the name of a quantity; empty where it can be measured."""
    if quantity in QUANTITIES or count_of(quantity) is not None:
        return ""
    return f"{quantity!r} cannot be measured; the quantities are {', '.join(QUANTITIES)}"


class MeasureArguments(TargetArguments):
    """Arguments of `measure`."""

    part: str | None = Field(
        default=None,
        max_length=80,
        description=(
            "Count the parts of this type, for example screw; 'all' counts every type. "
            "Without it, the region or box is measured."
        ),
    )


class MeasureTool:
    """Sizes and counts."""

    name = "measure"
    description = (
        "Measure a region or box (area, length, width, diameter, in px and, where the scale is "
        "known, mm), or, with part, count parts against the references and name those that are "
        "missing, misplaced or too many."
    )
    arguments = MeasureArguments
    cost_s = 0.3

    def run(self, context: ToolContext, arguments: MeasureArguments) -> ToolResult:
        """Measure a place, or count parts in the whole picture.

        Raises:
            ToolError: no such target or part, no template, or the picture does not register.
        """
        asset = context.asset
        if arguments.part is not None:
            return _count(context, arguments.part)
        named = arguments.region is not None or arguments.box_xyxy is not None
        if asset is not None and asset.asset.modality != "image":
            target = find_target(context, arguments) if named else None
            if target is None or not _on_photograph(target):
                return measure_asset(asset, target)
        if not named:
            raise ToolError(
                "measure was told no target; give region or box_xyxy to measure, or part to count"
            )
        target = find_target(context, arguments)
        values = measure_mask(_mask_of(target), mm_per_px=context.mm_per_px)
        text = f"{target.words}: " + ", ".join(
            f"{name} {value:.4g}" for name, value in values.items()
        )
        draft = Draft(
            tool="measure", view=target.view, region=target.region, values=dict(values), text=text
        )
        return ToolResult(text=text, evidence=[draft])


def _on_photograph(target: Target) -> bool:
    """Whether a target lies in an image that is a part of the asset."""
    return isinstance(target.picture.extent(target.box_xyxy), ImageExtent)


def _mask_of(target: Target) -> BoolMask:
    """The target cropped to its box."""
    if target.region is not None and target.region.mask is not None:
        mask = target.region.mask.array()
        if not mask.any():
            raise ToolError("the region has no pixel of its own; give box_xyxy around it")
        return mask
    x1, y1, x2, y2 = whole_pixel_box(target.box_xyxy)
    return np.ones((y2 - y1, x2 - x1), dtype=np.bool_)


def _count(context: ToolContext, name: str) -> ToolResult:
    template: PartsTemplate | LooseTemplate | None = context.parts
    if template is None:
        raise ToolError(
            "this product has no template of parts, so nothing can be counted; compare with a "
            "reference instead"
        )
    known = template.expected_counts()
    if name != "all" and name not in known:
        raise ToolError(f"no part is called {name!r}; the parts are: all, {', '.join(known)}")
    report = check_parts(context.picture.read(context.picture.window_xyxy), template)
    view = find_target(context, TargetArguments()).view
    drafts = [
        _count_draft(count, report, mm_per_px=context.mm_per_px, view=view)
        for count in report.counts
        if name in ("all", count.type)
    ]
    return ToolResult(text="\n".join(draft.text for draft in drafts), evidence=drafts)


def _count_draft(
    count: TypeCount, report: PartsReport, *, mm_per_px: float | None, view: str | None
) -> Draft:
    wrong = _wrong_places(count.type, report, mm_per_px=mm_per_px)
    values: dict[str, float | str | list[str]] = {
        "part": count.type,
        "expected": count.expected,
        "found": count.found,
        "places": wrong[:MAX_PARTS_TOLD],
    }
    text = f"{count.type}: {count.found} found, {count.expected} expected"
    text += "".join(f"; {place}" for place in wrong[:MAX_PARTS_TOLD])
    return Draft(tool="measure", view=view, values=dict(values), text=text)


def _wrong_places(name: str, report: PartsReport, *, mm_per_px: float | None) -> list[str]:
    """Every missing, misplaced or extra part of a type in words; of loose ones, every one."""
    places = []
    for part in report.parts:
        if part.type != name or (part.present and not part.misplaced):
            continue
        box = [round(v) for v in part.box_xyxy]
        if not part.present:
            places.append(
                f"missing at {box} (correlation {part.ncc:.2f}, at least {part.ncc_floor:.2f} "
                "where it is present)"
            )
            continue
        off_px = math.hypot(part.dx_px, part.dy_px)
        off_mm = "" if mm_per_px is None else f" ({off_px * mm_per_px:.2f} mm)"
        places.append(f"misplaced by {off_px:.1f} px{off_mm} at {box}")
    for extra in report.extras:
        if extra.type == name:
            box = [round(v) for v in extra.box_xyxy]
            places.append(f"one too many at {box} (correlation {extra.ncc:.2f})")
    loose = [piece for piece in report.pieces if piece.type == name]
    return places + [f"found at {piece_place(piece, mm_per_px=mm_per_px)}" for piece in loose]


measure = MeasureTool()
