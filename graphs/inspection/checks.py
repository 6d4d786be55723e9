"""Candidates that counting and measuring put forward by themselves. Pure; reads evidence only."""

from __future__ import annotations

from collections.abc import Sequence

from graphs.inspection.support import says
from graphs.records import Candidate
from tools.records import Evidence

PLACED = ("missing", "extra", "misplaced")
CERTAIN = 0.95


def check_candidates(evidence: Sequence[Evidence]) -> list[Candidate]:
    """One candidate for each part that is wrong, and for each broken rule that none explains.

    A rule that counts a part is cited by every candidate about such a part.
    """
    broken = [one for one in evidence if one.values.get("check") == "rule" and says(one)]
    candidates = [
        _of_part(one, [rule for rule in broken if _part(rule) == _part(one)])
        for one in evidence
        if one.values.get("check") in PLACED
    ]
    cited = {rule_id for candidate in candidates for rule_id in candidate.rule_ids}
    alone = [one for one in broken if str(one.values["rule"]) not in cited]
    return candidates + [
        Candidate(
            claim=one.text,
            evidence_ids=[one.id],
            rule_ids=[str(one.values["rule"])],
            suspicion=CERTAIN,
        )
        for one in alone
    ]


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


def _of_part(placed: Evidence, rules: Sequence[Evidence]) -> Candidate:
    counted = "".join(f" {rule.text}" for rule in rules)
    return Candidate(
        claim=f"{placed.text}{counted}",
        region=placed.region.id if placed.region else None,
        evidence_ids=[placed.id, *(rule.id for rule in rules)],
        rule_ids=[str(rule.values["rule"]) for rule in rules],
        suspicion=CERTAIN,
    )


def _direction(rule: Evidence) -> str:
    low = rule.values.get("min")
    value = float(str(rule.values.get("value", 0)))
    return "missing" if low is not None and value < float(str(low)) else "extra"


def _part(evidence: Evidence) -> str:
    return str(evidence.values.get("part", ""))
