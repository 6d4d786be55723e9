"""Causes and remediation against the FMEA: the right row cited, and its words told.

Knows nothing of how a verdict was reached.
"""

from collections.abc import Sequence
from typing import NamedTuple

from evals.metrics.intervals import Interval, mean_interval, wilson_interval
from evals.metrics.texts import rouge_l, words_of
from knowledge.records import FailureMode


class Told(NamedTuple):
    """One cause or remediation of a verdict."""

    text: str
    source: str  # as the verdict cites it: "id: mode (file:line)", or any other text


class Case(NamedTuple):
    """One anomalous part whose failure mode is known."""

    mode: FailureMode
    causes: Sequence[Told]  # best first; empty where none is given
    remediation: Sequence[Told]


class ExplanationQuality(NamedTuple):
    """Shares over cases, the first answer counting; an answer that is not given is wrong."""

    cause_source: Interval | None
    """The first cause cites the true mode's row; None where no case's row has a cause."""
    cause_text: Interval | None
    """Its words are the row's, whatever their case and punctuation."""
    cause_rouge_l: Interval | None
    """Mean ROUGE-L of the first cause against the row's, for minds that use their own words."""
    remediation_source: Interval | None
    remediation_text: Interval | None
    remediation_rouge_l: Interval | None
    unsupported: Interval | None
    """Of all texts told: share whose words stand in no row of the FMEA."""


class _Judged(NamedTuple):
    source: list[bool]
    text: list[bool]
    rouge_l: list[float]


def explanation_quality(
    cases: Sequence[Case], fmea: Sequence[FailureMode], *, seed: int = 0
) -> ExplanationQuality:
    """Judge causes and remediation of parts whose failure mode is known.

    Args:
        cases: one for each part.
        fmea: all rows of the product, for what is told without support.
        seed: of the bootstrap of the mean ROUGE-L.

    Raises:
        ValueError: no case.
    """
    if not cases:
        raise ValueError("needs at least one case")
    cause = _judge([(case.mode.cause, case.mode, case.causes) for case in cases])
    remedy = _judge([(case.mode.remediation, case.mode, case.remediation) for case in cases])
    said = [one for case in cases for one in (*case.causes, *case.remediation)]
    known = {words(text) for row in fmea for text in (row.cause, row.remediation)}
    unsupported = [words(one.text) not in known for one in said]
    return ExplanationQuality(
        cause_source=_share(cause.source),
        cause_text=_share(cause.text),
        cause_rouge_l=mean_interval(cause.rouge_l, seed=seed) if cause.rouge_l else None,
        remediation_source=_share(remedy.source),
        remediation_text=_share(remedy.text),
        remediation_rouge_l=mean_interval(remedy.rouge_l, seed=seed) if remedy.rouge_l else None,
        unsupported=_share(unsupported),
    )


def cites(source: str, mode: FailureMode) -> bool:
    """Whether a source names the row: by the mode's id before a colon, or by its file and line."""
    named = source.split(":")[0].strip()
    return named == mode.id or bool(mode.source and mode.source in source)


def words(text: str) -> tuple[str, ...]:
    """The words of a text, for comparing texts whatever their case and punctuation."""
    return tuple(words_of(text))


def _judge(asked: Sequence[tuple[str, FailureMode, Sequence[Told]]]) -> _Judged:
    judged = _Judged([], [], [])
    for right, mode, told in asked:
        if right:
            first = told[0] if told else Told("", "")
            judged.source.append(cites(first.source, mode))
            judged.text.append(words(first.text) == words(right))
            judged.rouge_l.append(rouge_l(right, first.text))
    return judged


def _share(hits: Sequence[bool]) -> Interval | None:
    return wilson_interval(sum(hits), len(hits)) if hits else None
