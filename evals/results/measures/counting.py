"""What became of every sample: decided, degraded, failed with its reason, not done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from evals.results.records import Results
from evals.runner.rows import Reason
from evals.tables.records import Measure

PART = "what became of the samples"
REASONS: tuple[Reason, ...] = get_args(Reason)


def measure_counts(results: Results) -> Iterator[Measure]:
    """Counts by condition over all products; reasons that never occur are left out."""
    for condition in results.conditions:
        rows = [row for row in results.rows if row.condition == condition]
        undone = sum(results.n_undone(condition, one) for one in results.materials)
        n_planned = len(rows) + undone
        counts: dict[str, int] = {
            status: sum(row.status == status for row in rows)
            for status in ("decided", "degraded", "failed")
        }
        for reason in REASONS:
            for status in ("degraded", "failed"):
                found = sum((row.status, row.reason) == (status, reason) for row in rows)
                counts[f"{status}: {reason.replace('_', ' ')}"] = found
        counts["not done: out of budget, or not yet"] = undone
        for name, count in counts.items():
            if count or name in ("decided", "degraded", "failed"):
                yield Measure(
                    part=PART,
                    subject=name,
                    metric="samples",
                    method=condition,
                    n=n_planned,
                    value=float(count),
                )
