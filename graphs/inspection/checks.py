"""Candidates that counting and measuring put forward by themselves. Pure; reads evidence only."""

from __future__ import annotations

from collections.abc import Sequence

from graphs.inspection.support import says
from graphs.records import Candidate
from tools.extents import place_words
from tools.records import Evidence

PLACED = ("missing", "extra", "misplaced")
CERTAIN = 0.95
HIDDEN_SHARE = 0.5
"""Of a part's place that a part too many must cover to hide it."""


def check_candidates(evidence: Sequence[Evidence]) -> list[Candidate]:
    """One candidate for each part that is wrong, and for each broken rule that none explains.

    A rule that counts a part is cited by every candidate about such a part. What is missing under
    a part too many is hidden by it, and no candidate of its own. A rule that is broken in several
    places is one candidate with several regions.
    """
    broken = [one for one in evidence if one.values.get("check") == "rule" and says(one)]
    placed = [one for one in evidence if one.values.get("check") in PLACED]
    extras = [one for one in placed if one.values["check"] == "extra"]
    candidates = [
        _of_part(one, [rule for rule in broken if _part(rule) == _part(one)])
        for one in placed
        if not any(_covers(extra, one) for extra in extras)
    ]
    cited = {rule_id for candidate in candidates for rule_id in candidate.rule_ids}
    by_rule: dict[str, list[Evidence]] = {}
    for one in broken:
        if str(one.values["rule"]) not in cited:
            by_rule.setdefault(str(one.values["rule"]), []).append(one)
    return candidates + [_of_rule(rule, places) for rule, places in by_rule.items()]


def part_check(evidence: Sequence[Evidence]) -> tuple[str, str] | None:
    """Which check a candidate's evidence failed, and of which part; None where it is none."""
    for one in evidence:
        check = str(one.values.get("check", ""))
        if check in PLACED:
            return check, _part(one)
    for one in evidence:
        if one.values.get("check") == "rule" and says(one):
            return _direction(one), _part(one)
    return None


def _of_rule(rule: str, broken: Sequence[Evidence]) -> Candidate:
    """One claim about all the places at which a rule is broken, the first of them foremost."""
    regions = [one.region for one in broken if one.region is not None]
    claim = broken[0].text
    if len(regions) > 1:
        claim += f" Also at {'; at '.join(place_words(one.source) for one in regions[1:])}."
    n_left_out = int(str(broken[0].values.get("n_places", 0))) - len(regions)
    if n_left_out > 0:
        claim += f" And in {n_left_out} smaller place{'s' if n_left_out > 1 else ''}."
    return Candidate(
        claim=claim,
        region=regions[0].id if regions else None,
        other_regions=[one.id for one in regions[1:]],
        evidence_ids=[one.id for one in broken],
        rule_ids=[rule],
        suspicion=CERTAIN,
    )


def _of_part(placed: Evidence, rules: Sequence[Evidence]) -> Candidate:
    counted = "".join(f" {rule.text}" for rule in rules)
    return Candidate(
        claim=f"{placed.text}{counted}",
        region=placed.region.id if placed.region else None,
        evidence_ids=[placed.id, *(rule.id for rule in rules)],
        rule_ids=[str(rule.values["rule"]) for rule in rules],
        suspicion=CERTAIN,
    )


def _covers(extra: Evidence, other: Evidence) -> bool:
    """Whether a part too many hides most of another's place."""
    if extra is other or extra.region is None or other.region is None:
        return False
    (ax1, ay1, ax2, ay2), (bx1, by1, bx2, by2) = extra.region.box_xyxy, other.region.box_xyxy
    shared_x, shared_y = min(ax2, bx2) - max(ax1, bx1), min(ay2, by2) - max(ay1, by1)
    if shared_x <= 0 or shared_y <= 0 or other.values["check"] == "extra":
        return False
    return shared_x * shared_y >= HIDDEN_SHARE * (bx2 - bx1) * (by2 - by1)


def _direction(rule: Evidence) -> str:
    low = rule.values.get("min")
    value = float(str(rule.values.get("value", 0)))
    return "missing" if low is not None and value < float(str(low)) else "extra"


def _part(evidence: Evidence) -> str:
    return str(evidence.values.get("part", ""))
