"""Causes and remediation from failure modes. Never without a match; knows no pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from graphs.records import Cause, Finding, Remediation
from knowledge.records import FailureMode

MAX_MODES = 3
"""Failure modes of one finding that become causes, best first."""
SPOKEN_LIKELIHOOD = 0.9
"""Of a failure mode that names both the part and what is wrong with it."""
DETAIL_WEIGHT = 0.25
"""Of a mode that speaks of a place's size, length or side, beside 1 for what it looks like."""
WORDS_OF_CHECK: dict[str, frozenset[str]] = {
    "missing": frozenset(
        {"missing", "absent", "lost", "lacking", "bare", "empty", "fewer", "wrong", "number"}
    ),
    "extra": frozenset({"additional", "extra", "surplus", "superfluous", "too", "many", "double"}),
    "misplaced": frozenset(
        {"misplaced", "shifted", "offset", "tilted", "rotated", "skewed", "displaced", "moved"}
    ),
}
PLURAL = re.compile(r"(?<=ch|sh|ss)es$|(?<=x)es$|(?<!s)s$")
FILLERS = frozenset({"part", "of", "type"})


class LikelyMode(NamedTuple):
    """A failure mode that a finding may be, and how likely."""

    mode: FailureMode
    likelihood: float
    """In [0, 1]."""


class Explanation(NamedTuple):
    """Why it probably happened and what to do, merged over findings."""

    causes: list[Cause]
    remediation: list[Remediation]


def match_part_check(
    check: str, part: str, failure_modes: Sequence[FailureMode]
) -> list[LikelyMode]:
    """Failure modes that speak of this part being missing, extra or misplaced.

    Args:
        check: an entry of WORDS_OF_CHECK.
        part: the part's name.
        failure_modes: of the product.

    Returns:
        Best first: most of the check's words, in the mode's name above all. Empty when no mode
        speaks of both the part and the check.
    """
    wanted, names = WORDS_OF_CHECK.get(check, frozenset()), stems(part) - FILLERS
    ranked = []
    for mode in failure_modes:
        title, whole = stems(mode.mode), stems(f"{mode.mode} {mode.appearance}")
        if names and names <= whole and wanted & whole:
            weight = 2 * len(wanted & title) + 2 * len(names & title) + len(wanted & whole)
            ranked.append((weight, mode))
    ranked.sort(key=lambda pair: -pair[0])
    return [LikelyMode(mode, SPOKEN_LIKELIHOOD / (n + 1)) for n, (_, mode) in enumerate(ranked)]


def match_looks(looks: Sequence[str], failure_modes: Sequence[FailureMode]) -> list[LikelyMode]:
    """Failure modes that speak of what a place looks like, by their words.

    Args:
        looks: entries of `tools.place_looks.LOOKS`, the plainest first.
        failure_modes: of the product.

    Returns:
        Best first: most of the looks, those in the mode's name above all; empty where no mode
        speaks of any. How large, how long and where it is orders modes, but makes none likely.
    """
    from tools.place_looks import DETAILS, LOOKS

    details = [look for look in looks if look in DETAILS]
    looks = [look for look in looks if look not in DETAILS]
    ranked = []
    for mode in failure_modes:
        title, whole = stems(mode.mode), stems(f"{mode.mode} {mode.appearance}")
        words = [_stems_of(LOOKS[look]) for look in looks]
        told = [bool(one & whole) for one in words]
        if any(told):
            weight = sum(told) + 0.5 * sum(bool(one & title) for one in words)
            weight += DETAIL_WEIGHT * sum(bool(_stems_of(LOOKS[look]) & whole) for look in details)
            ranked.append((weight, sum(told) / len(told), mode))
    ranked.sort(key=lambda one: -one[0])
    total = sum(weight for weight, _, _ in ranked)
    return [
        LikelyMode(mode, SPOKEN_LIKELIHOOD * share * weight / total)
        for weight, share, mode in ranked
    ]


def _stems_of(words: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*(stems(word) for word in words))


def explain(findings: Sequence[Finding], modes: Mapping[str, Sequence[LikelyMode]]) -> Explanation:
    """Causes of the likeliest modes of each finding, and the remediation of the first.

    Args:
        findings: that survived refutation.
        modes: by finding id, best first; a finding without any gets no cause.
    """
    causes: dict[str, Cause] = {}
    remediation: dict[str, Remediation] = {}
    for finding in findings:
        likely = list(modes.get(finding.id, ()))[:MAX_MODES]
        for one in likely:
            if one.mode.cause:
                causes[one.mode.id] = _joined(causes.get(one.mode.id), one, finding)
        if likely and likely[0].mode.remediation:
            first = likely[0].mode
            remediation.setdefault(first.id, Remediation(text=first.remediation, source=_of(first)))
    ordered = sorted(causes.values(), key=lambda cause: -cause.likelihood)
    return Explanation(ordered, list(remediation.values()))


def _joined(known: Cause | None, likely: LikelyMode, finding: Finding) -> Cause:
    evidence_ids = [*(known.evidence_ids if known else []), *finding.evidence_ids]
    return Cause(
        text=likely.mode.cause,
        likelihood=max(likely.likelihood, known.likelihood if known else 0.0),
        evidence_ids=list(dict.fromkeys(evidence_ids)),
        source=_of(likely.mode),
    )


def _of(mode: FailureMode) -> str:
    return f"{mode.id}: {mode.mode}" + (f" ({mode.source})" if mode.source else "")


def stems(text: str) -> frozenset[str]:
    """Lower-case words without a plural ending."""
    words = re.findall(r"[a-z]+", text.lower())
    return frozenset(PLURAL.sub("", word) if len(word) > 3 else word for word in words)
