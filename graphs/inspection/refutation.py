"""Candidates that measurement, alignment and rules refute, before any mind is asked. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from graphs.inspection.appearance import Cutout, explained_by_shift
from graphs.inspection.checks import part_check
from graphs.inspection.support import says, supporting
from graphs.inspection.tolerances import Measured, measured_tolerances
from graphs.records import Candidate, Refuted
from knowledge.records import FailureMode, Rule
from tools.records import Evidence, Region, View

if TYPE_CHECKING:
    from tools.attributes import RegionAttributes

MIN_COVERED = 0.5
"""Share of a region that the reference must cover."""
MIN_IGNORE_EVIDENCE = 1.5
"""Weighted log ratio from which on a rule's text describes a region: a wrong one is an escape."""
BELOW_MM = re.compile(r"(?:below|under|smaller than|less than|up to)\s+([\d.]+)\s*mm")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A candidate with everything that speaks for and against it."""

    candidate: Candidate
    cited: list[Evidence]
    region: Region | None = None
    cutout: Cutout | None = None
    attributes: RegionAttributes | None = None
    measurements: list[Evidence] = field(default_factory=list)
    """Of the region's size."""


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """What candidates are judged against."""

    views: Mapping[str, View]
    rules: Sequence[Rule] = ()
    failure_modes: Sequence[FailureMode] = ()
    mm_per_px: float | None = None


class Sifted(NamedTuple):
    """Which candidates are left undecided, and why the others are not."""

    undecided: list[Case]
    refuted: list[Refuted]
    n_ignored: int
    """How many of the refuted an ignore rule covers."""


def sift(cases: Sequence[Case], grounds: Grounds) -> Sifted:
    """Refute what measurement, alignment or an ignore rule decides."""
    undecided: list[Case] = []
    refuted: list[Refuted] = []
    n_ignored = 0
    for case in cases:
        sizes = _sizes(case, grounds)
        reason = _unsupported(case, grounds) or _aligned_away(case) or _tolerated(sizes)
        ignored = None if reason else _ignored(case, grounds)
        if reason is None and ignored is None:
            undecided.append(_with_broken(case, sizes))
            continue
        n_ignored += ignored is not None
        refuted.append(
            Refuted(
                claim=case.candidate.claim,
                reason=reason or ignored or "",
                evidence_ids=[one.id for one in case.cited],
            )
        )
    return Sifted(undecided, refuted, n_ignored)


def _unsupported(case: Case, grounds: Grounds) -> str | None:
    if supporting(case.cited, region=case.region, views=grounds.views):
        return None
    within = [one for one in case.cited if says(one) is False]
    if within:
        return f"measured within bounds: {within[0].text}"
    return "no evidence that exists shows this region with a value beyond the normal level"


def _aligned_away(case: Case) -> str | None:
    """A difference that the alignment made; counted parts and other experts stand against it."""
    cutout = case.cutout
    if cutout is None or part_check(case.cited) is not None:
        return None
    if cutout.overlap is not None and cutout.mask.any():
        covered = float(cutout.overlap[cutout.mask].mean())
        if covered < MIN_COVERED and _only_compared(case):
            return f"the reference covers only {covered:.0%} of it"
    if _only_compared(case) and explained_by_shift(cutout):
        return "moving the reference by one pixel explains it: an edge that is not laid exactly"
    return None


def _sizes(case: Case, grounds: Grounds) -> list[Measured]:
    if not case.measurements or case.attributes is None:
        return []
    from knowledge.appearance import match_failure_modes

    matches = match_failure_modes(case.attributes, grounds.failure_modes)
    mode = matches[0].failure_mode if matches else None
    return measured_tolerances(case.measurements, grounds.rules, mode)


def _tolerated(sizes: Sequence[Measured]) -> str | None:
    """A size that every rule on it allows."""
    if not sizes or not all(one.within for one in sizes):
        return None
    return " ".join(one.sentence for one in sizes)


def _with_broken(case: Case, sizes: Sequence[Measured]) -> Case:
    """The case with the rules that its size breaks, and the measurements that say so."""
    broken = [one for one in sizes if not one.within]
    if not broken:
        return case
    candidate = case.candidate.model_copy(
        update={
            "claim": " ".join([case.candidate.claim, *(one.sentence for one in broken)]),
            "rule_ids": [*case.candidate.rule_ids, *(one.rule.id for one in broken)],
        }
    )
    return replace(case, candidate=candidate, cited=[*case.cited, *(b.evidence for b in broken)])


def _only_compared(case: Case) -> bool:
    experts = {str(one.values["expert"]) for one in case.cited if "expert" in one.values}
    return experts <= {"registered_difference"}


def _ignored(case: Case, grounds: Grounds) -> str | None:
    """The ignore rule whose text describes the region better than any failure mode does."""
    ignore = [rule for rule in grounds.rules if rule.kind == "ignore"]
    if not ignore or case.attributes is None or part_check(case.cited) is not None:
        return None
    from knowledge.appearance import match_failure_modes

    modes = [_as_mode(rule) for rule in ignore if _small_enough(rule, case.region, grounds)]
    matches = match_failure_modes(case.attributes, [*modes, *grounds.failure_modes])
    if not matches or matches[0].failure_mode not in modes:
        return None
    if matches[0].evidence < MIN_IGNORE_EVIDENCE:
        return None
    rule = next(rule for rule in ignore if rule.id == matches[0].failure_mode.id)
    return f"rule {rule.id} tells to ignore it: {rule.text} ({matches[0].reason})"


def _small_enough(rule: Rule, region: Region | None, grounds: Grounds) -> bool:
    """Whether a region is below the size that a rule states, if it states one."""
    limit = BELOW_MM.search(rule.text)
    if limit is None or region is None:
        return True
    x1, y1, x2, y2 = region.box_xyxy
    longest_px = max(x2 - x1, y2 - y1)
    return grounds.mm_per_px is not None and longest_px * grounds.mm_per_px < float(limit[1])


def _as_mode(rule: Rule) -> FailureMode:
    return FailureMode(
        id=rule.id, mode=rule.text, appearance=rule.text, severity=1, occurrence=1, detection=1
    )
