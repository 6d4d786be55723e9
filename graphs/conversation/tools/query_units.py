"""Tool `query`: counts kept inspections, and draws the chart. Knows no store."""

from __future__ import annotations

import asyncio

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from graphs.conversation.contract import Outcome
from graphs.conversation.queries import Measure, Query, QueryResult
from graphs.conversation.records import Source
from graphs.conversation.room import Room
from tools.errors import ToolError

DRAWN = ("pareto", "p_chart", "trend", "count")
MIN_DRAWN = 2
"""Groups; fewer need no chart."""


class QueryArguments(BaseModel):
    """Arguments of `query`."""

    model_config = ConfigDict(extra="forbid")

    measure: Measure = Field(
        default="count",
        description="count, trend, p_chart (control limits), pareto, or units (the units).",
    )
    by: str = Field(
        default="",
        max_length=40,
        description="product, defect, cause, decision, day, weekday, hour, week, run, file, or a "
        "label such as station or lot.",
    )
    where: list[str] = Field(
        default_factory=list,
        max_length=8,
        description='NAME=VALUE of the same names, all must hold: ["station=S3", "day=2026-11-24"]',
    )
    since: str = Field(default="", description="ISO 8601; only units from then on.")
    until: str = Field(default="", description="ISO 8601; only units before.")
    limit: int = Field(default=50, ge=1, le=1000)


class QueryTool:
    """Figures over many inspections."""

    name = "query"
    description = (
        "Count kept inspections over all runs: shares of anomalous units by product, defect, "
        "cause, station, lot or time, a trend, a p-chart with control limits, a Pareto chart, or "
        "the units themselves. The result has an id such as Q1: cite it beside every number."
    )
    arguments = QueryArguments

    async def run(self, room: Room, arguments: QueryArguments) -> Outcome:
        """Ask, number the result, draw it.

        Raises:
            ToolError: where the query cannot be.
        """
        query = Query(
            measure=arguments.measure,
            by=arguments.by,
            where=read_where(arguments.where),
            since=arguments.since,
            until=arguments.until,
            limit=arguments.limit,
        )
        result = await asyncio.to_thread(room.context.desk.query, query)
        return await asyncio.to_thread(_outcome, room, result)


def read_where(given: list[str]) -> dict[str, str]:
    """Conditions as they are written, `station=S3`.

    Raises:
        ToolError: where one is not NAME=VALUE.
    """
    where = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise ToolError(f"a condition must be NAME=VALUE, got {one!r}; as in station=S3")
        where[name.strip().lower()] = value.strip()
    return where


def _outcome(room: Room, result: QueryResult) -> Outcome:
    from graphs.conversation.figures.charts import draw_result

    number = room.next_id("Q")
    pictures = []
    if result.query.measure in DRAWN and len(result.rows) >= MIN_DRAWN:
        pictures = [room.show(draw_result(result), f"{number}: {result.text.splitlines()[0]}")]
    data: dict[str, JsonValue] = result.model_dump(mode="json")
    source = Source(
        id=number,
        kind="query",
        text=result.text,
        artifact=pictures[0].artifact if pictures else "",
        data=data,
    )
    return Outcome(
        text=f"[{number}] {result.text}",
        data={"result": number, **data},
        sources=[source],
        pictures=pictures,
    )


query_units = QueryTool()
