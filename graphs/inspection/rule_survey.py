"""Tolerance rules as evidence: what was counted or measured against its limits. Pure of state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphs.inspection.numbering import Ledger
from graphs.inspection.parts_survey import Names
from knowledge.records import Rule
from tools.ports import Draft
from tools.records import View

if TYPE_CHECKING:
    from tools.parts import PartsReport


def note_counts(report: PartsReport, *, names: Names, view: View, ledger: Ledger) -> int:
    """Write the counts that rules limit into the ledger.

    Returns:
        How many rules are broken.
    """
    broken = 0
    for count in report.counts:
        rule = names.rules.get(count.type)
        if rule is None:
            continue
        draft = measured(rule, float(count.found), name=names.of(count.type), view=view)
        ledger.add(draft)
        broken += not draft.values["within"]
    return broken


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
