"""Charts of query results: Pareto, p-chart, trend, shares by group. Counts nothing."""

from __future__ import annotations

from typing import Any

from graphs.conversation.figures.canvas import BLUE, GREY, INK, RED, drawn, new_figure, plain
from graphs.conversation.queries import QueryResult
from tools.arrays import UInt8Image

MAX_BARS = 30


def draw_result(result: QueryResult) -> UInt8Image:
    """(H, W, 3): the chart that suits what was measured."""
    figure = new_figure(max(5.0, 2.0 + 0.45 * min(len(result.rows), MAX_BARS)), 3.6)
    axes = figure.add_subplot()
    if result.query.measure == "pareto":
        _pareto(axes, result)
    elif result.query.measure == "p_chart":
        _p_chart(axes, result)
    else:
        _shares(axes, result)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(plain(_title(result)), fontsize=9, color=INK, loc="left")
    return drawn(figure)


def _title(result: QueryResult) -> str:
    query = result.query
    chosen = ", ".join(f"{name} {value}" for name, value in query.where.items())
    times = " to ".join(one for one in (query.since, query.until) if one)
    rest = ", ".join(one for one in (chosen, times) if one)
    words = {"pareto": "Pareto", "p_chart": "p-chart of anomalous units"}
    return f"{words.get(query.measure, 'anomalous units')} by {query.by or 'all'}" + (
        f" ({rest})" if rest else ""
    )


def _names(axes: Any, result: QueryResult) -> None:
    rows = result.some(MAX_BARS)
    axes.set_xticks(
        range(len(rows)),
        [plain(f"{row.group}\nn={row.units}") for row in rows],
        rotation=40,
        ha="right",
        fontsize=7,
    )


def _pareto(axes: Any, result: QueryResult) -> None:
    rows = result.some(MAX_BARS)
    axes.bar(range(len(rows)), [row.units for row in rows], color=BLUE)
    axes.set_ylabel("units", fontsize=8)
    line = axes.twinx()
    line.plot(range(len(rows)), [row.cumulative for row in rows], "o-", color=RED, markersize=3)
    line.set_ylim(0, 1.05)
    line.set_ylabel("cumulative share", fontsize=8)
    line.spines["top"].set_visible(False)
    _names(axes, result)


def _p_chart(axes: Any, result: QueryResult) -> None:
    rows = result.some(MAX_BARS)
    places = range(len(rows))
    for limits in ([row.low for row in rows], [row.high for row in rows]):
        axes.step(places, limits, where="mid", color=GREY, linestyle="--", linewidth=1)
    axes.axhline(result.centre, color=GREY, linewidth=1)
    axes.plot(places, [row.share for row in rows], "o-", color=BLUE, markersize=4)
    out = [place for place in places if rows[place].flagged]
    axes.plot(out, [rows[place].share for place in out], "o", color=RED, markersize=8)
    axes.set_ylim(0, 1)
    axes.set_ylabel("share anomalous", fontsize=8)
    _names(axes, result)


def _shares(axes: Any, result: QueryResult) -> None:
    rows = result.some(MAX_BARS)
    axes.bar(range(len(rows)), [row.share for row in rows], color=BLUE)
    for place, row in enumerate(rows):
        if row.low is not None and row.high is not None:
            axes.plot([place, place], [row.low, row.high], color=INK, linewidth=1)
    axes.set_ylim(0, 1)
    axes.set_ylabel("share anomalous", fontsize=8)
    _names(axes, result)
