"""Which parts a product's rules count, and whether a template counts them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from knowledge.records import Rule

if TYPE_CHECKING:
    from tools.parts import LooseTemplate, PartsTemplate, Wanted


def wanted_of(rules: Sequence[Rule]) -> list[Wanted]:
    """What a product's tolerances count, and how many there may be; the first of a name holds."""
    from tools.parts import Wanted, count_of

    wanted: dict[str, Wanted] = {}
    for rule in rules:
        count = count_of(rule.quantity or "") if rule.kind == "tolerance" else None
        if count is not None:
            low = float("-inf") if rule.min is None else rule.min
            high = float("inf") if rule.max is None else rule.max
            wanted.setdefault(count.name, Wanted(count.name, count.box_xyxy, low, high))
    return list(wanted.values())


def serves(found: PartsTemplate | LooseTemplate | str, wanted: Sequence[Wanted]) -> bool:
    """Whether a template counts any of what is to be counted."""
    return not isinstance(found, str) and any(one.name in found.expected_counts() for one in wanted)
