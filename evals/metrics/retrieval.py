"""Quality of ranked answers: retrieval and failure modes. Knows nothing of their ranking."""

from collections.abc import Hashable, Sequence, Set
from typing import NamedTuple

import numpy as np

from evals.metrics.intervals import Interval, mean_interval, wilson_interval


class ModeQuality(NamedTuple):
    """How well failure modes are named; intervals are Wilson's, None where there is no case."""

    right_at_1: Interval | None
    right_at_3: Interval | None
    rightly_none: Interval | None
    wrongly_none: Interval | None


def recall_at_k(
    expected: Sequence[Hashable], ranked: Sequence[Sequence[Hashable]], *, k: int
) -> Interval:
    """Share of queries whose one expected id is among the first k answers.

    Args:
        expected: the right id per query.
        ranked: the answers per query, best first; fewer than k are allowed.
        k: how many answers count.

    Raises:
        ValueError: lengths differ, no query, or k below 1.
    """
    if k < 1 or not expected or len(expected) != len(ranked):
        raise ValueError(
            f"needs k >= 1 and one answer list per query, got k={k}, {len(expected)} queries and "
            f"{len(ranked)} answer lists"
        )
    hits = [right in answers[:k] for right, answers in zip(expected, ranked, strict=True)]
    return wilson_interval(sum(hits), len(hits))


def recall_of_several_at_k(
    expected: Sequence[Set[Hashable]],
    ranked: Sequence[Sequence[Hashable]],
    *,
    k: int,
    seed: int = 0,
) -> Interval:
    """Mean over queries of the share of their expected ids among the first k answers.

    Args:
        expected: the right ids per query, at least one.
        ranked: the answers per query, best first; fewer than k are allowed.
        k: how many answers count.
        seed: of the bootstrap over queries.

    Raises:
        ValueError: lengths differ, no query, a query without an expected id, or k below 1.
    """
    if k < 1 or not expected or len(expected) != len(ranked) or not all(expected):
        raise ValueError(
            f"needs k >= 1, one answer list per query and an expected id for each, got k={k}, "
            f"{len(expected)} queries and {len(ranked)} answer lists"
        )
    shares = [
        len(right & set(answers[:k])) / len(right)
        for right, answers in zip(expected, ranked, strict=True)
    ]
    return mean_interval(shares, seed=seed)


def chance_at_k(n_choices: int, *, k: int) -> float:
    """Recall at k of answers drawn without replacement from equally likely choices.

    Raises:
        ValueError: n_choices or k below 1.
    """
    if n_choices < 1 or k < 1:
        raise ValueError(f"n_choices and k must be at least 1, got {n_choices} and {k}")
    return min(1.0, k / n_choices)


def most_frequent_at_k(expected: Sequence[Hashable], *, k: int) -> float:
    """Recall at k of always answering the k most frequent ids: the best constant answer.

    Raises:
        ValueError: nothing expected.
    """
    if not expected:
        raise ValueError("needs at least one expected id")
    counts = sorted((list(expected).count(value) for value in set(expected)), reverse=True)
    return float(np.sum(counts[:k]) / len(expected))


def failure_mode_quality(
    expected: Sequence[str | None], ranked: Sequence[Sequence[str]]
) -> ModeQuality:
    """Failure modes right at 1 and at 3, and how often "none" is said rightly and wrongly.

    Args:
        expected: the true mode of each case; None where no mode fits (a normal part, or a defect
            that the FMEA does not list).
        ranked: the named modes per case, best first; empty means "none".

    Returns:
        Right at 1 and 3, and wrongly none: over cases with a mode, "none" counting as wrong.
        Rightly none: over cases without one.

    Raises:
        ValueError: lengths differ.
    """
    pairs = list(zip(expected, ranked, strict=True))
    known = [(mode, answers) for mode, answers in pairs if mode is not None]
    unknown = [answers for mode, answers in pairs if mode is None]
    modes, answers = [mode for mode, _ in known], [given for _, given in known]
    return ModeQuality(
        right_at_1=recall_at_k(modes, answers, k=1) if known else None,
        right_at_3=recall_at_k(modes, answers, k=3) if known else None,
        rightly_none=_share_of_none(unknown),
        wrongly_none=_share_of_none(answers),
    )


def _share_of_none(answers: Sequence[Sequence[str]]) -> Interval | None:
    if not answers:
        return None
    return wilson_interval(sum(not given for given in answers), len(answers))
