"""Questions that a picture of the product cannot answer. Pure; asks no mind."""

from __future__ import annotations

import re
from collections.abc import Sequence

SAME_QUESTION = 0.6
"""Share of the words of both questions that they share, from which on they are one question."""
FILLERS = frozenset(
    {
        "a",
        "an",
        "and",
        "are",
        "at",
        "be",
        "by",
        "do",
        "does",
        "for",
        "how",
        "in",
        "is",
        "it",
        "of",
        "on",
        "or",
        "the",
        "this",
        "to",
    }
)


def ill_posed(question: str, listed: Sequence[str]) -> str | None:
    """The listed question that a person's question amounts to; None where there is none.

    Compared are sets of words without fillers (Jaccard index), so that the order and the articles
    do not matter.

    Args:
        question: of a person; may be empty.
        listed: questions that pictures of the product cannot answer.
    """
    asked = _words(question)
    likeness = {one: _jaccard(asked, _words(one)) for one in listed}
    nearest = max(likeness, key=lambda one: likeness[one], default=None)
    return nearest if nearest is not None and likeness[nearest] >= SAME_QUESTION else None


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower())) - FILLERS


def _jaccard(first: set[str], second: set[str]) -> float:
    return len(first & second) / len(first | second) if first and second else 0.0
