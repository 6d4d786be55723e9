"""Answers queries by counting units. Knows no files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from graphs.conversation.queries import Query, QueryResult, QueryRow, latest
from graphs.conversation.query_text import query_text
from graphs.conversation.shares import control_limits, wilson
from tools.errors import ToolError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PLAIN = {
    "product": "coalesce(product, 'unknown')",
    "decision": "decision",
    "cause": "coalesce(cause, 'none')",
    "run": "run",
    "file": "parse_filename(path)",
    "hour": "strftime(made, '%Y-%m-%d %H:00')",
    "day": "strftime(made, '%Y-%m-%d')",
    "weekday": "strftime(made, '%A')",
    "week": "strftime(made, '%G-W%V')",
}
"""What every unit has, as SQL."""
TIMES = ("hour", "day", "week")
LABEL = re.compile(r"[A-Za-z0-9_]{1,40}")
DEFAULT_BY = {"trend": "day", "p_chart": "day", "pareto": "defect"}
LATEST = "QUALIFY row_number() OVER (PARTITION BY sha256 ORDER BY created DESC, ref) = 1"


def count(connection: DuckDBPyConnection, query: Query) -> QueryResult:
    """Answer one query.

    Raises:
        ToolError: a name or a time that cannot be, or a group that no unit has.
    """
    query = query.model_copy(update={"by": query.by or DEFAULT_BY.get(query.measure, "")})
    labels = _labels(connection)
    conditions, values = _conditions(query, labels)
    where = " AND ".join(["decision IS NOT NULL", *conditions])
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE chosen AS SELECT * FROM units WHERE {where} {LATEST}", values
    )
    total = connection.execute(
        "SELECT count(*), count(*) FILTER (decision = 'anomalous') FROM chosen"
    ).fetchall()[0]
    rows, centre = _rows(connection, query, labels)
    result = QueryResult(
        query=query,
        n_units=total[0],
        n_anomalous=total[1],
        rows=latest(rows, query.limit) if query.in_time else rows[: query.limit],
        centre=centre,
        labels=labels,
    )
    return result.model_copy(update={"text": query_text(result)})


def _rows(
    connection: DuckDBPyConnection, query: Query, labels: list[str]
) -> tuple[list[QueryRow], float | None]:
    if query.measure == "units":
        return _each(connection), None
    if query.measure == "pareto":
        return _pareto(connection, query, labels), None
    order = "1" if query.by in TIMES or not query.by else "3 DESC, 2 DESC, 1"
    if query.measure in ("trend", "p_chart"):
        order = "min(made), 1"
    groups = _groups(connection, _expression(query.by, labels), order)
    if query.measure == "p_chart":
        return _charted(groups)
    return [_shared(*group) for group in groups], None


def _groups(connection: DuckDBPyConnection, expression: str, order: str) -> list[tuple[Any, ...]]:
    return connection.execute(
        f"""SELECT {expression}, count(*), count(*) FILTER (decision = 'anomalous'),
            count(*) FILTER (decision = 'review'), list(ref ORDER BY ref)
        FROM chosen WHERE {expression} IS NOT NULL GROUP BY 1 ORDER BY {order}"""
    ).fetchall()


def _shared(group: str, units: int, anomalous: int, review: int, refs: list[str]) -> QueryRow:
    low, high = wilson(anomalous, units)
    return QueryRow(
        group=group,
        units=units,
        anomalous=anomalous,
        review=review,
        share=anomalous / units,
        low=low,
        high=high,
        refs=refs,
    )


def _charted(groups: list[tuple[Any, ...]]) -> tuple[list[QueryRow], float | None]:
    if not groups:
        return [], None
    chart = control_limits([group[2] for group in groups], [group[1] for group in groups])
    rows = []
    for group, limits in zip(groups, chart.limits, strict=True):
        row = _shared(*group)
        flagged = not limits.low <= row.share <= limits.high
        rows.append(
            row.model_copy(update={"low": limits.low, "high": limits.high, "flagged": flagged})
        )
    return rows, chart.centre


def _pareto(connection: DuckDBPyConnection, query: Query, labels: list[str]) -> list[QueryRow]:
    many = "unnest(defects)" if query.by == "defect" else _expression(query.by, labels)
    groups = connection.execute(
        f"""WITH each AS (
            SELECT {many} AS what, decision, ref FROM chosen WHERE decision <> 'normal')
        SELECT what, count(*), count(*) FILTER (decision = 'anomalous'),
            count(*) FILTER (decision = 'review'), list(ref ORDER BY ref)
        FROM each WHERE what IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"""
    ).fetchall()
    total = sum(group[1] for group in groups)
    rows, so_far = [], 0
    for what, units, anomalous, review, refs in groups:
        so_far += units
        rows.append(
            QueryRow(
                group=what,
                units=units,
                anomalous=anomalous,
                review=review,
                share=units / total,
                cumulative=so_far / total,
                refs=refs,
            )
        )
    return rows


def _each(connection: DuckDBPyConnection) -> list[QueryRow]:
    found = connection.execute(
        """SELECT parse_filename(path), decision, strftime(made, '%Y-%m-%d %H:%M'), defects, ref
        FROM chosen ORDER BY made DESC, ref"""
    ).fetchall()
    return [
        QueryRow(
            group=f"{name} ({at}) {decision}{': ' + ', '.join(defects) if defects else ''}",
            units=1,
            anomalous=int(decision == "anomalous"),
            review=int(decision == "review"),
            share=float(decision == "anomalous"),
            refs=[ref],
        )
        for name, decision, at, defects, ref in found
    ]


def _labels(connection: DuckDBPyConnection) -> list[str]:
    """Names of labels that any unit has, those that only place it in time left out."""
    found = connection.execute(
        "SELECT DISTINCT unnest(json_keys(labels)) AS name FROM units ORDER BY name"
    ).fetchall()
    return [name for (name,) in found if name != "time" and LABEL.fullmatch(name)]


def _expression(name: str, labels: list[str]) -> str:
    """SQL of a dimension. Only names of a fixed form enter the text of a statement."""
    if not name:
        return "'all'"
    if name in PLAIN:
        return PLAIN[name]
    if name == "defect":
        return "coalesce(defects[1], 'none')"
    if name not in labels or not LABEL.fullmatch(name):
        known = ", ".join([*PLAIN, "defect", *labels])
        raise ToolError(f"units have no {name!r}; group or choose by {known}")
    return f"json_extract_string(labels, '$.{name}')"


def _conditions(query: Query, labels: list[str]) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []
    for name, value in query.where.items():
        if name == "defect":
            conditions.append("list_contains(defects, ?)")
        else:
            conditions.append(f"lower({_expression(name, labels)}) = lower(?)")
        values.append(value)
    for bound, sign in ((query.since, ">="), (query.until, "<")):
        if bound:
            conditions.append(f"made {sign} CAST(? AS TIMESTAMPTZ) AT TIME ZONE 'UTC'")
            values.append(_time(bound))
    return conditions, values


def _time(bound: str) -> str:
    from datetime import datetime

    try:
        return datetime.fromisoformat(bound).isoformat()
    except ValueError as error:
        raise ToolError(f"a time must be ISO 8601 as in 2026-11-24T08:00, got {bound!r}") from error
