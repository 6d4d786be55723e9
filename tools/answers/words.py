"""Whether an answer without scores refuses, or says that nothing is wrong. Words only."""

from __future__ import annotations

import re

_REFUSALS = re.compile(
    r"""
    \bI(?:['\u2019]m|\ am)\ (?:very\ )?sorry
    | \b(?:can(?:not|['\u2019]t)|(?:am|I['\u2019]m)\ (?:not\ able|unable)\ to
         |unable\ to|won['\u2019]t)
      \ (?:\w+\ ){0,2}?(?:assist|help|provide|analy[sz]e|determine|assign|give|identify|comply|see)
    | \bas\ an\ AI\b | \bagainst\ (?:my|the)\ (?:policy|guidelines)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_DENIALS = re.compile(
    r"""
    \bno\ (?:\w+\ ){0,3}?(?:anomal(?:y|ies)|defects?|damage
         |abnormalit(?:y|ies)|irregularit(?:y|ies))
    | \b(?:not|n['\u2019]t)\ (?:\w+\ ){0,2}?(?:anomal(?:y|ies|ous)|defective|abnormal)
    | \bwithout\ (?:any\ )?(?:\w+\ )?(?:anomal(?:y|ies)|defects?|damage)
    | \bfree\ (?:of|from)\ (?:any\ )?(?:\w+\ )?(?:anomal(?:y|ies)|defects?)
    | \b(?:is|are|appears?|looks?|seems?)\ (?:\w+\ ){0,2}?normal\b
    """,
    re.IGNORECASE | re.VERBOSE,
)

_WRONG = (
    r"(?:anomal(?:y|ies|ous)|defect(?:s|ive)?|outliers?|damag(?:e|es|ed)|abnormal(?:ity|ities)?"
    r"|irregularit(?:y|ies))"
)
_MORE = rf"(?:[\s,]+(?:(?:or|nor|and)\s+)?(?:any\s+|other\s+)?{_WRONG}\b)*"
"""What is denied along with it: `no anomalies, defects or damage`."""
_NEGATED = re.compile(
    rf"""
    \b(?:no|not|never|without|neither|nor|none|free\ of|free\ from|n['\u2019]t)\b(?!\s+only)
      (?:[\s,]+["\u201c]?[\w'-]+["\u201d]?){{0,6}}?[\s,]+["\u201c]?{_WRONG}\b{_MORE}
    | n['\u2019]t\b(?:\s+\w+){{0,6}}?\s+{_WRONG}\b{_MORE}
    | \b(?:is|are|appears?|looks?|seems?)\ (?:\w+\ ){{0,3}}?(?:normal|clean|intact)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_CLAIMED = re.compile(rf"\b{_WRONG}\b", re.IGNORECASE)
_BEGINS = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)


def refuses(answer: str) -> bool:
    """Whether the answer declines to answer."""
    return _REFUSALS.search(answer) is not None


def denies_anomaly(answer: str) -> bool:
    """Whether the answer says that nothing is wrong."""
    return _DENIALS.search(answer) is not None


def last_claim(answer: str) -> bool | None:
    """Whether an answer in sentences says that something is wrong.

    A yes or no at the beginning decides; else what is claimed or denied last, as answers weigh
    one thing against the other before they conclude.

    Returns:
        None where it neither claims nor denies.
    """
    begun = _BEGINS.match(answer)
    if begun is not None:
        return begun[1].lower() == "yes"
    denials = [found.span() for found in _NEGATED.finditer(answer)]
    claims = [
        found.start()
        for found in _CLAIMED.finditer(answer)
        if not any(begin <= found.start() < end for begin, end in denials)
    ]
    if not denials and not claims:
        return None
    return max(claims, default=-1) > max((begin for begin, _ in denials), default=-1)
