"""What is asked of many inspections, and what is answered. Records; counts nothing."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tools.records import Record

Measure = Literal["count", "trend", "p_chart", "pareto", "units"]


class Query(Record):
    """A question about kept inspections."""

    measure: Measure = "count"
    """count: units and share of anomalous ones by group; trend: the same in the order of time;
    p_chart: with control limits; pareto: what is most frequent; units: the units themselves."""
    by: str = ""
    """product, defect, cause, decision, day, hour, week, run, or a label such as station or lot.
    Empty: all together; for trend and p_chart the day, for pareto the defect."""
    where: dict[str, str] = Field(default_factory=dict)
    """Only units with these values, of the same names as `by`."""
    since: str = ""
    """ISO 8601; only units from then on."""
    until: str = ""
    """ISO 8601; only units before."""
    limit: int = Field(default=50, ge=1, le=1000)
    """Rows at most: the latest of those in the order of time, else the first."""

    @property
    def in_time(self) -> bool:
        """Whether rows stand in the order of time, the oldest first."""
        return self.measure in ("trend", "p_chart") or (
            self.measure == "count" and self.by in ("hour", "day", "week")
        )


class QueryRow(Record):
    """One group of units."""

    group: str
    units: int = Field(ge=0)
    """Of pareto: units with this defect or cause."""
    anomalous: int = Field(ge=0)
    review: int = Field(ge=0)
    share: float
    """count, trend, p_chart: anomalous of units. Pareto: of all occurrences."""
    low: float | None = None
    """count, trend: of the 95 % interval (Wilson); p_chart: lower control limit."""
    high: float | None = None
    """Upper likewise."""
    cumulative: float | None = None
    """Of pareto: share of this row and those before it."""
    flagged: bool = False
    """Of p_chart: outside of the limits."""
    refs: list[str] = Field(default_factory=list)
    """`<run>/<asset>` of every unit that is counted here."""


class QueryResult(Record):
    """The answer."""

    query: Query
    n_units: int
    """All that were looked at."""
    n_anomalous: int
    rows: list[QueryRow]
    centre: float | None = None
    """Of p_chart: anomalous of all units."""
    labels: list[str] = Field(default_factory=list)
    """Names of the labels that these units have."""
    text: str = ""
    """In a few lines for a person."""

    def some(self, most: int) -> list[QueryRow]:
        """At most so many rows: the latest of those in the order of time, else the first."""
        return latest(self.rows, most) if self.query.in_time else self.rows[:most]


def latest(rows: list[QueryRow], most: int) -> list[QueryRow]:
    """The last rows."""
    return rows[max(len(rows) - most, 0) :]
