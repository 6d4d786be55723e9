"""Candidates that measurement, alignment and rules refute, before any mind is asked. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from graphs.inspection.appearance import Cutout, explained_by_shift
from graphs.inspection.checks import part_check
from graphs.inspection.ignored import IgnoredBy, find_ignoring
from graphs.inspection.numbering import Ledger
from graphs.inspection.support import says, supporting
from graphs.inspection.tolerances import Measured, measured_tolerances
from graphs.records import Candidate, Refuted
from knowledge.records import FailureMode, Rule
from tools.records import Evidence, Region, View

if TYPE_CHECKING:
    from tools.attributes import RegionAttributes

MIN_COVERED = 0.5
"""Share of a region that the reference must cover."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A candidate with everything that speaks for and against it."""

    candidate: Candidate
    cited: list[Evidence]
    region: Region | None = None
    others: Sequence[Region] = ()
    """Further regions of the same claim."""
    cutout: Cutout | None = None
    attributes: RegionAttributes | None = None
    looks: Sequence[str] = ()
    """Of a place of an asset that is no single image."""
    measurements: list[Evidence] = field(default_factory=list)
    """Of the region's size."""


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """What candidates are judged against."""

    views: Mapping[str, View]
    rules: Sequence[Rule] = ()
    failure_modes: Sequence[FailureMode] = ()
    mm_per_px: float | None = None
    n_evidence: int = 0
    """How many pieces of evidence there are already."""


def support_of(case: Case, views: Mapping[str, View]) -> list[Evidence]:
    """The cited evidence that supports the claim at any of its regions."""
    places = [case.region, *case.others]
    found = [one for place in places for one in supporting(case.cited, region=place, views=views)]
    return [one for one in case.cited if one in found]


class Sifted(NamedTuple):
    """Which candidates are left undecided, and why the others are not."""

    undecided: list[Case]
    refuted: list[Refuted]
    n_ignored: int
    """How many of the refuted an ignore rule covers."""
    evidence: list[Evidence]
    """Sizes that were measured against ignore rules, numbered."""


def sift(cases: Sequence[Case], grounds: Grounds) -> Sifted:
    """Refute what measurement, alignment or an ignore rule decides."""
    undecided: list[Case] = []
    refuted: list[Refuted] = []
    n_ignored = 0
    ledger = Ledger(n_evidence=grounds.n_evidence, n_regions=0)
    for case in cases:
        sizes = _sizes(case, grounds)
        reason = _unsupported(case, grounds) or _aligned_away(case) or _tolerated(sizes)
        ignored = None if reason else _ignored(case, grounds)
        told = _with_size(case, ignored, ledger)
        if reason is None and (ignored is None or not ignored.decides):
            undecided.append(_with_broken(told, sizes))
            continue
        n_ignored += reason is None
        refuted.append(
            Refuted(
                claim=case.candidate.claim,
                reason=reason or (ignored.sentence if ignored else ""),
                evidence_ids=[one.id for one in told.cited],
            )
        )
    return Sifted(undecided, refuted, n_ignored, ledger.evidence)


def _with_size(case: Case, ignored: IgnoredBy | None, ledger: Ledger) -> Case:
    """The case with the size that was measured against an ignore rule, as evidence."""
    if ignored is None or ignored.sized is None or case.region is None:
        return case
    ledger.add(ignored.sized.draft(case.region))
    return replace(case, cited=[*case.cited, ledger.evidence[-1]])


def _unsupported(case: Case, grounds: Grounds) -> str | None:
    if support_of(case, grounds.views):
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
    """Whether nothing but a picture laid over a reference speaks for the case."""
    sources = {str(one.values["expert"]) for one in case.cited if "expert" in one.values}
    sources |= {one.tool for one in case.cited if one.tool == "compare"}
    return bool(sources) and sources <= {"registered_difference", "compare"}


def _ignored(case: Case, grounds: Grounds) -> IgnoredBy | None:
    """The ignore rule that speaks of a region; counted parts are never ignored."""
    rules = [rule for rule in grounds.rules if rule.kind == "ignore"]
    if not rules or case.attributes is None or part_check(case.cited) is not None:
        return None
    return find_ignoring(
        case.attributes,
        case.cutout,
        rules=rules,
        failure_modes=grounds.failure_modes,
        mm_per_px=grounds.mm_per_px,
    )
