"""What a finished batch comes to: decisions, Pareto of what was found, the worst, what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from agent.batch.records import BatchRow

UNNAMED = "no failure mode and no rule named"
N_WORST = 5


class Bar(NamedTuple):
    """One bar of a Pareto chart."""

    name: str
    n: int
    share: float
    """Of all that are counted, with those before it."""


class Summary(NamedTuple):
    """A batch in figures."""

    n: int
    decisions: dict[str, int]
    """Rows by decision; those without one by their status."""
    degraded: int
    shared: int
    pareto: list[Bar]
    """Failure modes or else broken rules of anomalous parts, the most frequent first."""
    worst: list[BatchRow]
    """Anomalous parts first, by score."""
    vlm_calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float


def summarise(rows: Sequence[BatchRow]) -> Summary:
    """Count rows."""
    return Summary(
        n=len(rows),
        decisions=dict(Counter(one.decision or one.status for one in rows)),
        degraded=sum(one.status == "degraded" for one in rows),
        shared=sum(one.shared for one in rows),
        pareto=pareto(rows),
        worst=worst(rows),
        vlm_calls=sum(one.vlm_calls for one in rows),
        input_tokens=sum(one.input_tokens for one in rows),
        output_tokens=sum(one.output_tokens for one in rows),
        cost_usd=sum(one.cost_usd for one in rows),
    )


def pareto(rows: Sequence[BatchRow]) -> list[Bar]:
    """Failure modes of the anomalous parts; a part with two is counted for each.

    Where none is named, the rules that are broken tell most.
    """
    counted: Counter[str] = Counter()
    for one in rows:
        if one.decision == "anomalous":
            broken = [f"rule {name}" for name in one.rules]
            counted.update(one.failure_modes or broken or [UNNAMED])
    total, so_far, bars = counted.total(), 0, []
    for name, count in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])):
        so_far += count
        bars.append(Bar(name, count, so_far / total))
    return bars


def worst(rows: Sequence[BatchRow], *, k: int = N_WORST) -> list[BatchRow]:
    """The rows that a person should look at first; none that is normal."""
    order = {"anomalous": 0, "review": 1}
    found = [one for one in rows if one.decision in order and not one.shared]
    found.sort(key=lambda one: (order[one.decision or ""], -(one.score or 0.0), one.asset))
    return found[:k]
