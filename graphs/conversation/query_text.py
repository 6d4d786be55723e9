"""Results of queries in lines that a person reads. Pure."""

from __future__ import annotations

from graphs.conversation.queries import QueryResult, QueryRow

MAX_TOLD = 20
"""Rows that are told; the result has all."""
_WORDS = {
    "count": "anomalous units",
    "trend": "anomalous units in the order of time",
    "p_chart": "p-chart of anomalous units",
    "pareto": "Pareto",
    "units": "units",
}


def query_text(result: QueryResult) -> str:
    """A line that says what was counted, then one for each group."""
    query = result.query
    by = f" by {query.by}" if query.by else ""
    chosen = "".join(f", {name} {value}" for name, value in query.where.items())
    chosen += f", since {query.since}" if query.since else ""
    chosen += f", before {query.until}" if query.until else ""
    share = f"{result.n_anomalous / result.n_units:.1%}" if result.n_units else "none"
    head = (
        f"{_WORDS[query.measure]}{by}{chosen}: {result.n_anomalous} of {result.n_units} units "
        f"are anomalous ({share})"
    )
    if result.centre is not None:
        head += f"; centre {result.centre:.1%}"
    lines = [_line(row, query.measure) for row in result.some(MAX_TOLD)]
    more = len(result.rows) - len(lines)
    told = [f"and {more} {'earlier ones' if query.in_time else 'more'}"] * (more > 0)
    return "\n".join([f"{head[0].upper()}{head[1:]}.", *lines, *told])


def _line(row: QueryRow, measure: str) -> str:
    if measure == "units":
        return f"- {row.group} {row.refs[0]}"
    if measure == "pareto":
        return f"- {row.group}: {row.units} units, {row.share:.0%}, together {row.cumulative:.0%}"
    told = f"- {row.group}: {row.anomalous} of {row.units} ({row.share:.1%})"
    if row.review:
        told += f", {row.review} to review"
    if row.low is not None and row.high is not None:
        words = "limits" if measure == "p_chart" else "95 %"
        told += f", {words} {row.low:.1%} to {row.high:.1%}"
    return f"{told}{', OUT OF CONTROL' if row.flagged else ''}"
