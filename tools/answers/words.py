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


def refuses(answer: str) -> bool:
    """Whether the answer declines to answer."""
    return _REFUSALS.search(answer) is not None


def denies_anomaly(answer: str) -> bool:
    """Whether the answer says that nothing is wrong."""
    return _DENIALS.search(answer) is not None
