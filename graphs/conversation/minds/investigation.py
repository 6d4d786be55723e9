"""The embedded mind asks why yield dropped: when, where, which defect, then hypotheses. Pure.

Likelihoods are shares: of the day's anomalous units that one group holds beyond the rate of the
others, at most SURE, and halved where it is no worse on that day than on its other days.
"""

from __future__ import annotations

from datetime import date

from graphs.conversation.contract import Move
from graphs.conversation.minds.gathered import (
    ALPHA,
    Counted,
    Problem,
    contrasts,
    counted,
    modes_of,
    problem_of,
)
from graphs.conversation.minds.moves import Arguments, calls, told
from graphs.conversation.minds.words import weekday_in
from graphs.conversation.queries import QueryResult, QueryRow
from graphs.conversation.state import TalkState

MAX_LABELS = 5
"""Labels that are looked at."""
HALVED = 0.5
SURE = 0.95
"""The most, since nothing that was only counted is certain before a person confirms it."""
UNKNOWN_DEFECT = ("unnamed", "none")


def investigate(state: TalkState) -> Move:
    """The next step: chart, contrasts, hypotheses, other days, answer."""
    if not state.steps:
        return calls(state, ("list_products", {}), ("query", {"measure": "p_chart", "by": "day"}))
    chart = _last(state, measure="p_chart")
    if chart is None or not chart.result.rows:
        return Move(answer=told(state))
    if len(state.steps) == 1:
        return _contrast_calls(state, chart, chosen_day(state.said, chart.result))
    problem = problem_of(state.sources)
    if problem is None:
        return Move(answer=told(state))
    stages = {2: _first_hypotheses, 3: _other_days, 4: _second_hypotheses}
    stage = stages.get(len(state.steps))
    move = stage(state, problem) if stage else None
    return move or Move(answer=conclusion(state, problem), asks=True)


def chosen_day(said: str, chart: QueryResult) -> QueryRow:
    """The latest day of the weekday that is named; else the one furthest out of the limits."""
    named = weekday_in(said)
    days = [row for row in chart.rows if f"{date.fromisoformat(row.group):%A}" == named]
    if days:
        return days[-1]
    return max(chart.rows, key=lambda row: (row.flagged, row.share))


def _last(state: TalkState, *, measure: str) -> Counted | None:
    """The last result of this turn's tools."""
    ids = [str(data.get("result")) for step in state.steps for data in step.data]
    found = [one for one in counted(state.sources.values()) if one.id in ids]
    return next((one for one in found if one.result.query.measure == measure), None)


def _contrast_calls(state: TalkState, chart: Counted, day: QueryRow) -> Move:
    where: Arguments = {"where": [f"day={day.group}"]}
    labels: list[tuple[str, Arguments]] = [
        ("query", {"measure": "count", "by": label, **where})
        for label in chart.result.labels[:MAX_LABELS]
    ]
    return calls(state, *labels, ("query", {"measure": "pareto", "by": "defect", **where}))


def top_defect(problem: Problem) -> str:
    """The most frequent defect of the day; empty where there is none with a name."""
    rows = problem.defects.result.rows if problem.defects else []
    return next((row.group for row in rows if row.group not in UNKNOWN_DEFECT), "")


def _cause(state: TalkState, problem: Problem) -> tuple[str, list[str]]:
    """The FMEA's cause of the day's defect, and what says so."""
    defect = top_defect(problem)
    modes = modes_of(state.sources, defect) if defect else []
    if not modes:
        return "a cause that no failure mode names", []
    return str(modes[0].data["cause"]), [modes[0].id]


def _first_hypotheses(state: TalkState, problem: Problem) -> Move | None:
    if problem.where is None:
        return None
    cause, said_by = _cause(state, problem)
    where, share = problem.where, round(min(problem.where.explained, SURE), 2)
    defects = [problem.defects.id] if problem.defects else []
    local: Arguments = {
        "text": f"At {where.name} on {problem.day.group}: {cause}",
        "likelihood": share,
        "support": [where.counted.id, *defects, *said_by],
        "why": f"{share:.0%} of the day's anomalous units are beyond the others' rate and its own",
    }
    general: Arguments = {
        "text": f"A cause common to every {where.counted.result.query.by} on {problem.day.group}",
        "likelihood": round(1 - share, 2),
        "support": [problem.chart.id],
        "against": [where.counted.id],
        "why": "what the group that stands out leaves over",
    }
    return calls(state, ("hypothesis", local), ("hypothesis", general))


def _other_days(state: TalkState, problem: Problem) -> Move | None:
    if problem.where is None:
        return None
    by, group = problem.where.counted.result.query.by, problem.where.row.group
    return calls(state, ("query", {"measure": "count", "by": "day", "where": [f"{by}={group}"]}))


def _second_hypotheses(state: TalkState, problem: Problem) -> Move | None:
    """Whether the group was worse on that day than on its other days."""
    if problem.where is None or len(state.hypotheses) < 2:
        return None
    days = counted(state.sources.values())[-1]
    own = [one for one in contrasts([days]) if one.row.group == problem.day.group]
    local, general = state.hypotheses[-2], state.hypotheses[-1]
    changed = bool(own) and own[0].p_value < ALPHA
    share = local.likelihood if changed else local.likelihood * HALVED
    why = (
        f"on its other days {problem.where.name} had {own[0].other_anomalous} of "
        f"{own[0].other_units} anomalous (Fisher p = {own[0].p_value:.2g})"
        if changed
        else f"{problem.where.name} is not clearly worse on that day than on its other days"
    )
    speaks = "support" if changed else "against"
    first: Arguments = {"id": local.id, "likelihood": round(share, 2), speaks: [days.id]}
    second: Arguments = {"id": general.id, "likelihood": round(1 - share, 2)}
    return calls(
        state, ("hypothesis", {**first, "why": why}), ("hypothesis", {**second, "why": why})
    )


def conclusion(state: TalkState, problem: Problem) -> str:
    """When, which defect, where, the hypotheses, and what to ask the plant."""
    day, chart = problem.day, problem.chart
    high = f"{day.high:.1%}" if day.high is not None else "none"
    verdict = "above" if day.flagged else "within"
    lines = [
        f"On {day.group} {day.anomalous} of {day.units} units were anomalous ({day.share:.1%}), "
        f"{verdict} the upper control limit of {high}; over all days it is "
        f"{chart.result.centre:.1%} of {chart.result.n_units} units [{chart.id}]."
    ]
    if problem.defects:
        rows = problem.defects.result.rows[:3]
        shares = ", ".join(f"{row.group} {row.units} units ({row.share:.0%})" for row in rows)
        lines.append(f"Defects of that day: {shares} [{problem.defects.id}].")
    if problem.where is None:
        names = ", ".join(chart.result.labels) or "no label"
        lines.append(f"No group of {names} stands out on that day (Fisher's test, p < {ALPHA}).")
        return "\n".join([*lines, "Which other label of the units may tell them apart?"])
    lines.append(f"What stands out: {problem.where.text()}.")
    best = sorted(state.hypotheses, key=lambda one: -one.likelihood)
    lines += [f"- {one.text}: {one.likelihood:.2f} [{one.id}]" for one in best]
    lines.append(
        f"What was changed at {problem.where.name} before {day.group}? Say `H1 is confirmed: ...` "
        "or `H1 is rejected: ...`; `five whys`, `is / is not`, `ishikawa` and `8D report` go on."
    )
    return "\n".join(lines)
