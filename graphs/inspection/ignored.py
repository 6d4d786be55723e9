"""Rules that tell to ignore a kind of difference, up to a size where they state one. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from knowledge.records import FailureMode, Rule
from tools.ports import Draft
from tools.records import Region

if TYPE_CHECKING:
    from graphs.inspection.appearance import Cutout
    from tools.attributes import RegionAttributes

MIN_IGNORE_EVIDENCE = 1.5
"""Weighted log ratio from which on a rule's text describes a region: a wrong one is an escape."""
SIZE_DOUBT = 0.05
"""Added to both sides of the ratio of a size, as any measurement may err."""
BELOW_MM = re.compile(r"(?:below|under|smaller than|less than|up to)\s+([\d.]+)\s*mm")
LONGEST_MM = "length_mm"
"""What a limit in a rule's text is taken to limit where no field names the quantity."""


class Limit(NamedTuple):
    """The sizes that a rule covers."""

    quantity: str
    """An entry of tools.measure.QUANTITIES, of a region."""
    min: float
    max: float


class Sized(NamedTuple):
    """A rule with a limit, and what was measured of a region against it."""

    rule: Rule
    limit: Limit
    value: float
    limit_px: float
    side_px: float
    """Of the picture, the root of its area."""

    @property
    def covers(self) -> bool:
        """Whether the rule speaks of a region of this size."""
        return self.limit.min <= self.value <= self.limit.max

    @property
    def rarity(self) -> float:
        """Log of how much likelier a size within the limit is under the rule than in general.

        Sizes in general are taken to be spread evenly over their logarithm, Jeffreys' prior of a
        scale, from a pixel to the picture.
        """
        if not math.isfinite(self.limit_px):
            return 0.0
        share = math.log(max(self.limit_px, 1.0)) / math.log(max(self.side_px, 2.0))
        return math.log((1 + SIZE_DOUBT) / (min(1.0, share) + SIZE_DOUBT))

    def draft(self, region: Region) -> Draft:
        """Evidence of the value against the limit."""
        verb = "covers it" if self.covers else "does not cover it"
        return Draft(
            tool="measure",
            view=region.view,
            region=region,
            values={
                "check": "ignore",
                "rule": self.rule.id,
                "quantity": self.limit.quantity,
                "value": self.value,
                "covered": self.covers,
                **{
                    name: bound
                    for name, bound in (("min", self.limit.min), ("max", self.limit.max))
                    if math.isfinite(bound)
                },
            },
            text=(
                f"{self.limit.quantity} of region {region.id} is {self.value:.3g} at half of its "
                f"contrast: rule {self.rule.id} {verb}."
            ),
            source=self.rule.source or self.rule.id,
        )


class IgnoredBy(NamedTuple):
    """The rule that a region's appearance is described by best, and whether it decides."""

    rule: Rule
    sized: Sized | None
    """None where the rule states no size."""
    reason: str

    @property
    def sentence(self) -> str:
        """Why the region is ignored."""
        size = f"; {self.sized.limit.quantity} {self.sized.value:.3g}" if self.sized else ""
        return f"rule {self.rule.id} tells to ignore it: {self.rule.text} ({self.reason}{size})"

    @property
    def decides(self) -> bool:
        """Whether the region is to be ignored: of the right look, and of the right size."""
        return self.sized is None or self.sized.covers


def find_ignoring(
    attributes: RegionAttributes,
    cutout: Cutout | None,
    *,
    rules: Sequence[Rule],
    failure_modes: Sequence[FailureMode],
    mm_per_px: float | None,
) -> IgnoredBy | None:
    """The ignore rule whose text describes a region better than any failure mode does.

    A rule that states a size gains by it, as few regions are that small, and then the measured
    size decides. Where the size cannot be measured such a rule says nothing.

    Args:
        attributes: of the region.
        cutout: the region with its surroundings, in original pixels.
        rules: of the product.
        failure_modes: of the product.
        mm_per_px: size of a pixel, None where unknown.
    """
    from knowledge.appearance import match_failure_modes

    sized = {one.rule.id: one for one in _measured(cutout, rules, mm_per_px=mm_per_px)}
    asked = {
        f"rule {rule.id}": rule
        for rule in rules
        if rule.kind == "ignore" and (rule.id in sized or limit_of(rule) is None)
    }
    rarity = {f"rule {rule_id}": one.rarity for rule_id, one in sized.items()}
    matches = match_failure_modes(
        attributes,
        [*(_as_mode(name, rule, failure_modes) for name, rule in asked.items()), *failure_modes],
        measured={name: gain for name, gain in rarity.items() if sized[asked[name].id].covers},
    )
    too_large: IgnoredBy | None = None
    for match in matches:
        name = match.failure_mode.id
        if name not in asked:
            break
        found = IgnoredBy(asked[name], sized.get(asked[name].id), match.reason)
        gain = 0.0 if found.decides else rarity[name]
        if match.evidence + gain >= MIN_IGNORE_EVIDENCE:
            if found.decides:
                return found
            too_large = too_large or found
    return too_large


def limit_of(rule: Rule) -> Limit | None:
    """The sizes that a rule covers, from its fields or, without any, from its text."""
    if rule.quantity is not None:
        low = -math.inf if rule.min is None else rule.min
        return Limit(rule.quantity, low, math.inf if rule.max is None else rule.max)
    found = BELOW_MM.search(rule.text)
    return None if found is None else Limit(LONGEST_MM, -math.inf, float(found[1]))


def _measured(
    cutout: Cutout | None, rules: Sequence[Rule], *, mm_per_px: float | None
) -> list[Sized]:
    limits = [(rule, limit_of(rule)) for rule in rules if rule.kind == "ignore"]
    limited = [(rule, limit) for rule, limit in limits if limit is not None]
    if not limited or cutout is None or not cutout.mask.any():
        return []
    from tools.half_height import half_height_mask
    from tools.measure_shape import measure_mask

    mask = half_height_mask(cutout.image_hwc, cutout.mask, reference_hwc=cutout.reference_hwc)
    values = measure_mask(mask, mm_per_px=mm_per_px)
    return [
        Sized(
            rule,
            limit,
            values[limit.quantity],
            limit_px=_limit_px(limit, mm_per_px=mm_per_px),
            side_px=math.sqrt(cutout.picture_px),
        )
        for rule, limit in limited
        if limit.quantity in values
    ]


def _limit_px(limit: Limit, *, mm_per_px: float | None) -> float:
    """The largest covered length in pixels; of an area, its square root."""
    power = 2 if limit.quantity.endswith("2") else 1
    per_px = mm_per_px if "_mm" in limit.quantity and mm_per_px is not None else 1.0
    return float(limit.max ** (1 / power) / per_px)


def _as_mode(name: str, rule: Rule, failure_modes: Sequence[FailureMode]) -> FailureMode:
    """A rule as a mode that is as frequent as modes are on average."""
    occurrences = [mode.occurrence for mode in failure_modes] or [1]
    return FailureMode(
        id=name,
        mode=rule.text,
        appearance=rule.text,
        severity=1,
        occurrence=round(sum(occurrences) / len(occurrences)),
        detection=1,
    )
