"""What a thread has counted so far of one problem: when, where, which defect. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pydantic import ValidationError

from graphs.conversation.queries import QueryResult, QueryRow
from graphs.conversation.records import Source
from graphs.conversation.shares import explained, fisher

ALPHA = 0.05
"""Groups whose rate differs with a smaller p-value stand out."""


class Counted(NamedTuple):
    """A query's result and the id by which it is cited."""

    id: str
    result: QueryResult


class Contrast(NamedTuple):
    """One group against all others of the same result."""

    counted: Counted
    row: QueryRow
    other_units: int
    other_anomalous: int
    p_value: float
    """Of Fisher's exact test that the rates are one."""
    explained: float
    """Share of the anomalous units beyond the others' rate that the group holds."""

    @property
    def name(self) -> str:
        """`station S3`."""
        return f"{self.counted.result.query.by} {self.row.group}"

    def text(self) -> str:
        """The contrast in words, with its citation."""
        return (
            f"{self.name}: {self.row.anomalous} of {self.row.units} anomalous, elsewhere "
            f"{self.other_anomalous} of {self.other_units} (Fisher p = {self.p_value:.2g}) "
            f"[{self.counted.id}]"
        )


class Problem(NamedTuple):
    """What was counted of a problem of one day."""

    chart: Counted
    """p-chart by day of all units."""
    day: QueryRow
    where: Contrast | None
    """The group that stands out most on that day."""
    defects: Counted | None
    """Pareto of that day."""


def counted(sources: Iterable[Source]) -> list[Counted]:
    """Results of queries, the oldest first."""
    found = []
    for one in sources:
        if one.kind == "query" and "query" in one.data:
            try:
                found.append(Counted(one.id, QueryResult.model_validate(one.data)))
            except ValidationError:
                # A source of similar units has another form.
                continue
    return found


def contrasts(results: Iterable[Counted]) -> list[Contrast]:
    """Every group with a higher rate than the others of its result, the clearest first."""
    found = []
    for one in results:
        rows = one.result.rows
        for row in rows:
            others = [other for other in rows if other is not row]
            units = sum(other.units for other in others)
            hits = sum(other.anomalous for other in others)
            if not units or row.anomalous * units <= hits * row.units:
                continue
            numbers = (row.anomalous, row.units, hits, units)
            found.append(Contrast(one, row, units, hits, fisher(*numbers), explained(*numbers)))
    return sorted(found, key=lambda one: (one.p_value, -one.explained, one.name))


def problem_of(sources: Mapping[str, Source]) -> Problem | None:
    """The problem that was investigated last; None where none was."""
    results = counted(sources.values())
    dated = [one for one in results if "day" in one.result.query.where]
    if not dated:
        return None
    named = dated[-1].result.query.where["day"]
    found = [(chart, row) for chart in results if (row := _day_of(chart.result, named))]
    if not found:
        return None
    chart, day = found[-1]
    own = [one for one in dated if one.result.query.where == {"day": named}]
    counts = [one for one in own if one.result.query.measure == "count"]
    clear = [one for one in contrasts(counts) if one.p_value < ALPHA]
    paretos = [one for one in own if one.result.query.measure == "pareto" and one.result.rows]
    return Problem(chart, day, clear[0] if clear else None, paretos[-1] if paretos else None)


def _day_of(result: QueryResult, day: str) -> QueryRow | None:
    """The row of a day in a p-chart of all units by day; None where it is another result."""
    if (result.query.measure, result.query.by, result.query.where) != ("p_chart", "day", {}):
        return None
    return next((row for row in result.rows if row.group == day), None)


def modes_of(sources: Mapping[str, Source], name: str) -> list[Source]:
    """Failure modes of a name among the sources, those with their FMEA row."""
    return [
        one
        for one in sources.values()
        if one.kind == "failure_mode" and one.data and one.id.rsplit("/", 1)[-1] == name
    ]
