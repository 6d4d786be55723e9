"""Recall at 1, 3 and 5 of rankings, with chance beside. Knows no retrieval."""

from collections.abc import Iterator
from typing import NamedTuple

from evals.metrics import chance_at_k, recall_at_k
from evals.tables.records import Measure

PART = "recall"
LOUPE = "Loupe"
CHANCE = "chance"
KS = (1, 3, 5)


class Ranking(NamedTuple):
    """The right id of each query, and the ids that were found for it, best first."""

    expected: list[str]
    ranked: list[list[str]]


def measure_recall(
    subject: str, ranking: Ranking, *, method: str, ks: tuple[int, ...] = KS
) -> Iterator[Measure]:
    """Recall of one method at each k."""
    for k in ks:
        yield Measure.of(
            recall_at_k(ranking.expected, ranking.ranked, k=k),
            part=PART,
            subject=subject,
            metric=f"recall at {k}",
            method=method,
            n=len(ranking.expected),
        )


def measure_chance(
    subject: str, n_choices: int, *, n: int, ks: tuple[int, ...] = KS
) -> Iterator[Measure]:
    """Recall of guesses among equally likely choices at each k."""
    for k in ks:
        yield Measure(
            part=PART,
            subject=subject,
            metric=f"recall at {k}",
            method=CHANCE,
            n=n,
            value=chance_at_k(n_choices, k=k),
        )
