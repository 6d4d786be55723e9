"""What a bare model's answer says. Knows no model; an answer that says nothing is never normal."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.datasets.records import Question
from evals.metrics.variants import anomaly_ov_says_yes
from evals.suites.records import Asking
from graphs.minds.vlm.asking import Unusable
from graphs.minds.vlm.direct import READERS

BETWEEN = "\n\x1e\n"
"""Stands between the answers of one conversation; no model writes a record separator."""
HALF = 0.5
_CHOICES = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"(?i:answer|option|choice)\s*(?i:is|would be|:)?[\s:*(\"']*([A-H])\b(?!\s+[a-z])",
        r"^\W*([A-H])(?:[).:*,\"']|\s*$)",
        r"[(*\"']([A-H])[)*\"']",
        r"(?<![A-Za-z'])([A-H])(?![A-Za-z'])(?!\s+[a-z])",
    )
)
"""Where a letter stands for an option, surest first; `A scratch` is no option A."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One answer, read."""

    text: str
    score: float | None = None
    """In [0, 1], higher is worse; None where the answer is no judgement."""
    region_scores: Mapping[int, float] = field(default_factory=dict)
    choice: str = ""

    @classmethod
    def together(cls, answers: Sequence[Heard]) -> Heard:
        """The answers of a conversation as one: all texts, and the last judgement."""
        text = BETWEEN.join(one.text for one in answers)
        last = answers[-1]
        return cls(
            text=text, score=last.score, region_scores=last.region_scores, choice=last.choice
        )

    def as_values(self) -> dict[str, Any]:
        """By names of `Row`."""
        said: dict[str, Any] = {"answer": self.choice or self.text}
        if self.score is not None:
            said |= {
                "raw_score": self.score,
                "score": self.score,
                "decision": "anomalous" if self.score >= HALF else "normal",
            }
        return said


def hear(text: str, asking: Asking, numbers: Collection[int] = ()) -> Heard:
    """Read an answer as its prompt asked for it.

    Args:
        text: the whole answer.
        asking: names the form.
        numbers: of the regions that the model was shown.

    Raises:
        Unusable: it is in another form.
    """
    if asking.reads == "text":
        return Heard(text=text.strip())
    if asking.reads == "choice":
        return Heard(text=text.strip(), choice=_choice(text))
    if asking.reads == "contains_yes":
        return Heard(text=text.strip(), score=_contains_yes(text))
    judged = READERS[asking.reads](text)
    known = {n: score for n, score in judged.region_scores.items() if n in numbers}
    return Heard(text=text.strip(), score=judged.score, region_scores=known)


def expected_of(questions: Sequence[Question], asking: Asking) -> str:
    """What the answers should be, as `Row.answer` has them; empty where nothing is known."""
    if asking.reads not in ("text", "choice"):
        return ""
    return BETWEEN.join(one.answer or "" for one in questions).strip()


def _choice(text: str) -> str:
    """The letter of an option: in the surest place there is, the last one there."""
    for pattern in _CHOICES:
        found = pattern.findall(text)
        if found:
            return str(found[-1])
    raise Unusable("unreadable", "it names none of the options", advice="Answer one letter.")


def _contains_yes(text: str) -> float:
    """Anomaly-OV's rule: anomalous where `Yes` or `yes` occurs.

    Theirs takes anything else for normal; here an answer without a `no` either says nothing.
    """
    if anomaly_ov_says_yes(text):
        return 1.0
    if re.search(r"\bno\b", text, re.IGNORECASE):
        return 0.0
    raise Unusable("unreadable", "it says neither yes nor no")
