"""Tolerance rules on the size of a defect: what the measured region is within or beyond. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graphs.causes import stems
from graphs.inspection.rule_survey import allowed
from knowledge.records import FailureMode, Rule
from tools.records import Evidence, Scalar

FILLERS = frozenset({"a", "and", "at", "by", "in", "no", "of", "on", "or", "the", "to", "with"})


class Measured(NamedTuple):
    """A tolerance that speaks of a region's failure mode, and what was measured of the region."""

    rule: Rule
    evidence: Evidence
    value: float

    @property
    def within(self) -> bool:
        """Whether the value keeps the limits."""
        above = self.rule.min is None or self.value >= self.rule.min
        return above and (self.rule.max is None or self.value <= self.rule.max)

    @property
    def sentence(self) -> str:
        """The value against the limits."""
        unit = f" {self.rule.unit}" if self.rule.unit else ""
        verb = "kept" if self.within else "broken"
        return (
            f"{self.rule.quantity} is {self.value:.3g}{unit}, rule {self.rule.id} allows "
            f"{allowed(self.rule)}: {verb}."
        )


def measured_tolerances(
    measurements: Sequence[Evidence], rules: Sequence[Rule], mode: FailureMode | None
) -> list[Measured]:
    """Tolerances whose text names the failure mode and whose quantity was measured.

    Args:
        measurements: evidence of the region's size.
        rules: of the product.
        mode: what the region looks like; without one no tolerance is known to speak of it.
    """
    if mode is None:
        return []
    named = stems(mode.mode) - FILLERS
    return [
        Measured(rule, one, _number(one.values[rule.quantity]))
        for rule in rules
        if rule.kind == "tolerance" and rule.quantity and named & stems(rule.text)
        for one in measurements
        if rule.quantity in one.values
    ]


def _number(value: Scalar | list[Scalar]) -> float:
    return float(str(value))
