"""Tolerance rules as evidence: what was counted or measured against its limits. Pure of state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from graphs.inspection.numbering import Ledger
from graphs.inspection.parts_survey import Names
from knowledge.records import Rule
from tools.parts_report import piece_place
from tools.ports import Draft
from tools.records import View

if TYPE_CHECKING:
    from tools.parts import PartsReport, TypeCount

MAX_PLACES = 40
"""Of loose parts that one piece of evidence names."""


def note_counts(
    report: PartsReport,
    *,
    names: Names,
    view: View,
    ledger: Ledger,
    mm_per_px: float | None = None,
) -> int:
    """Write the counts that rules limit into the ledger.

    Args:
        report: of one picture.
        names: which rules count which types.
        view: that was counted in.
        ledger: takes the evidence.
        mm_per_px: of the product; adds millimetres to the places of loose parts.

    Returns:
        How many rules are broken.
    """
    broken = 0
    for count in report.counts:
        rule = names.rules.get(count.type)
        if rule is None:
            continue
        draft = measured(rule, float(count.found), name=names.of(count.type), view=view)
        if report.is_loose:
            draft = _with_places(draft, count, report, view=view, mm_per_px=mm_per_px)
        ledger.add(draft)
        broken += not draft.values["within"]
    return broken


def _with_places(
    draft: Draft,
    count: TypeCount,
    report: PartsReport,
    *,
    view: View,
    mm_per_px: float | None,
) -> Draft:
    """The count of loose parts with what was expected and where each lies."""
    left, top = view.window_xyxy[:2]
    own = [piece for piece in report.pieces if piece.type == count.type]
    places = [piece_place(piece, origin_xy=(left, top), mm_per_px=mm_per_px) for piece in own]
    values = {"expected": count.expected, "found": count.found, "places": places[:MAX_PLACES]}
    return replace(draft, values=draft.values | values)


def measured(rule: Rule, value: float, *, name: str, view: View) -> Draft:
    """Evidence of one value against a rule's limits."""
    low = float("-inf") if rule.min is None else rule.min
    high = float("inf") if rule.max is None else rule.max
    within = low <= value <= high
    limits = {"min": rule.min, "max": rule.max}
    unit = rule.unit or ""
    return Draft(
        tool="measure",
        view=view.id,
        values={
            "check": "rule",
            "rule": rule.id,
            "part": name,
            "quantity": rule.quantity or "",
            "value": value,
            "within": within,
            "unit": unit,
            **{limit: bound for limit, bound in limits.items() if bound is not None},
        },
        text=(
            f"{name}: {value:g} {unit}".rstrip()
            + f", rule {rule.id} allows {allowed(rule)}: {'kept' if within else 'broken'}."
        ),
        source=rule.source or rule.id,
    )


def allowed(rule: Rule) -> str:
    """The limits of a tolerance in words."""
    if rule.min is not None and rule.min == rule.max:
        return f"exactly {rule.min:g}"
    if rule.min is None:
        return f"at most {rule.max:g}"
    return f"at least {rule.min:g}" if rule.max is None else f"{rule.min:g} to {rule.max:g}"
