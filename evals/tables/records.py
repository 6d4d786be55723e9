"""What one figure of a table is, and what must stand beside it. Knows nothing of how it came."""

from dataclasses import asdict, dataclass, field
from typing import Any

from evals.metrics import Interval


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One figure with its count and its 95 % interval."""

    part: str
    """Which part of the table: deeppcb, sets, decisions, causes, recall."""
    subject: str
    """What it was measured on: a set, or `macro mean`."""
    metric: str
    method: str
    n: int
    value: float
    low: float | None = None
    high: float | None = None
    note: str = ""

    @classmethod
    def of(
        cls,
        interval: Interval,
        *,
        part: str,
        subject: str,
        metric: str,
        method: str,
        n: int,
        note: str = "",
    ) -> "Measure":
        """A measure from a value with its interval."""
        return cls(
            part=part,
            subject=subject,
            metric=metric,
            method=method,
            n=n,
            value=interval.value,
            low=interval.low,
            high=interval.high,
            note=note,
        )


@dataclass(frozen=True, kw_only=True)
class Table:
    """All figures of one run, with what is needed to make them again."""

    command: str
    commit: str
    seed: int
    versions: dict[str, str]
    machine: str
    created: str
    measures: list[Measure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Plain values, ready for ``json.dump``."""
        return {"format": "loupe.table/1", **asdict(self)}
