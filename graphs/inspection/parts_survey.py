"""Presence, place and number of parts as evidence. Knows no state and no mind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from graphs.inspection.numbering import Ledger
from knowledge.records import Rule
from tools.arrays import UInt8Image
from tools.ports import Draft
from tools.records import View

if TYPE_CHECKING:
    from tools.parts import FoundPart, LooseTemplate, PartsReport, PartsTemplate


class PartsOpinion(NamedTuple):
    """What the template says of one picture, or why it says nothing."""

    report: PartsReport | None
    reason: str = ""


class Names(NamedTuple):
    """Which rules count the types of a template."""

    rules: dict[str, Rule]
    """By type: the tolerance rule that counts it, which named the type."""

    def of(self, part_type: str) -> str:
        """The name that a rule gave to a type, or a description of an unnamed one."""
        return part_type if part_type in self.rules else f"part of {part_type}"


def ask_parts(image_hwc: UInt8Image, template: PartsTemplate | LooseTemplate) -> PartsOpinion:
    """Check the parts of one picture; one that cannot be checked gives its reason."""
    from tools.parts import NotCounted, check_parts
    from tools.registration import NotRegistered

    try:
        return PartsOpinion(check_parts(image_hwc, template))
    except (NotRegistered, NotCounted) as reason:
        return PartsOpinion(None, f"the check of parts dropped out: {reason}")


def name_types(template: PartsTemplate | LooseTemplate, rules: Sequence[Rule]) -> Names:
    """Find the product's counting rules of the template's types."""
    from tools.parts import count_of

    types = template.expected_counts()
    counts = [(count_of(rule.quantity or ""), rule) for rule in rules if rule.kind == "tolerance"]
    return Names({one.name: rule for one, rule in counts if one and one.name in types})


def unchecked_counts(
    template: PartsTemplate | LooseTemplate | None, rules: Sequence[Rule], *, reason: str
) -> list[str]:
    """A line for each counting rule that the template does not serve; empty where all are checked.

    Args:
        template: None where none could be learned.
        rules: of the product.
        reason: why there is no template.
    """
    counting = [
        rule
        for rule in rules
        if rule.kind == "tolerance" and (rule.quantity or "").startswith("count:")
    ]
    if template is None:
        why = reason or "no template of parts was learned"
        return [f"rule {rule.id} was not checked: {why}" for rule in counting]
    checked = name_types(template, counting).rules
    types = template.expected_counts()
    return [
        f"rule {rule.id} was not checked: {_why_unchecked(rule, types, checked)}"
        for rule in counting
        if rule not in checked.values()
    ]


def _why_unchecked(rule: Rule, types: Mapping[str, int], checked: Mapping[str, Rule]) -> str:
    from tools.parts import count_of

    counted = count_of(rule.quantity or "")
    if counted is None:
        return f"its quantity {rule.quantity!r} names no part that can be counted"
    if counted.name in types:
        return f"rule {checked[counted.name].id} counts the same parts"
    return f"the references gave no part {counted.name!r} that can be counted"


def note_parts(report: PartsReport, *, names: Names, view: View, ledger: Ledger) -> int:
    """Write every missing, misplaced and extra part into the ledger with its region.

    Returns:
        How many there are.
    """
    wrong = [part for part in report.parts if not part.present or part.misplaced]
    for part in wrong:
        _note_found(part, names=names, view=view, ledger=ledger)
    for extra in report.extras:
        name = names.of(extra.type)
        region = ledger.new_region(
            _inside(extra.box_xyxy, view), view=view.id, label=f"extra {name}"
        )
        ledger.add(
            Draft(
                tool="measure",
                view=view.id,
                region=region,
                values={
                    "check": "extra",
                    "part": name,
                    "expected": 0,
                    "found": 1,
                    "correlation": extra.ncc,
                },
                text=f"One {name} too many in region {region.id}: the references have none there.",
            )
        )
    # Loose parts have no places; what was counted of them is told beside the rules.
    if report.parts and not wrong and not report.extras:
        ledger.add(_all_present(report, view=view))
    return len(wrong) + len(report.extras)


def _note_found(part: FoundPart, *, names: Names, view: View, ledger: Ledger) -> None:
    name = names.of(part.type)
    check = "misplaced" if part.present else "missing"
    region = ledger.new_region(_inside(part.box_xyxy, view), view=view.id, label=f"{check} {name}")
    off_px = (part.dx_px**2 + part.dy_px**2) ** 0.5
    text = (
        f"A {name} is missing in region {region.id}: its place correlates {part.ncc:.2f} with the "
        f"references', a part that is there {part.ncc_floor:.2f} or more."
    )
    if part.present:
        text = f"A {name} in region {region.id} lies {off_px:.0f} px off its place."
    ledger.add(
        Draft(
            tool="measure",
            view=view.id,
            region=region,
            values={
                "check": check,
                "part": name,
                "expected": 1,
                "found": int(part.present),
                "correlation": part.ncc,
                "correlation_floor": part.ncc_floor,
                "off_px": off_px,
            },
            text=text,
        )
    )


def _all_present(report: PartsReport, *, view: View) -> Draft:
    n_parts, n_types = len(report.parts), len(report.counts)
    return Draft(
        tool="measure",
        view=view.id,
        values={"check": "parts", "expected": n_parts, "found": n_parts},
        text=f"All {n_parts} parts of {n_types} kinds are in their places.",
    )


def _inside(box_xyxy: tuple[float, float, float, float], view: View) -> list[float]:
    """A box clipped to the view's window, at least one pixel wide."""
    wx1, wy1, wx2, wy2 = view.window_xyxy
    x1, y1 = min(max(box_xyxy[0], wx1), wx2 - 1), min(max(box_xyxy[1], wy1), wy2 - 1)
    x2, y2 = max(min(box_xyxy[2], wx2), x1 + 1), max(min(box_xyxy[3], wy2), y1 + 1)
    return [x1, y1, x2, y2]
