"""The root-cause methods as the embedded mind fills them in, from what was counted. Pure.

It writes down what the results and the FMEA say, and leaves open what nobody said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from graphs.conversation.contract import Move
from graphs.conversation.minds.gathered import Problem, modes_of, problem_of
from graphs.conversation.minds.investigation import top_defect
from graphs.conversation.minds.moves import Arguments, calls, told
from graphs.conversation.minds.one_unit import (
    NO_REMEDY,
    Unit,
    is_meant,
    of_unit,
    unit_action,
    unit_report,
    unit_whys,
)
from graphs.conversation.records import Hypothesis, Source
from graphs.conversation.state import TalkState

FIRST = (
    "First I need a problem that was counted: ask, for example, `why did yield drop on Tuesday`; "
    "or a part to inspect. What is it about?"
)
NOT_RECORDED = "what let it happen there and then is not on record; the process owner must say"
CATEGORY_WORDS = {
    "Man": r"operator|worker|hand|left one out|knocked|touched",
    "Material": r"paste|supplier|came short|moist|material|flux|bath",
    "Method": r"profile|ramp|program|procedure|preheat",
    "Measurement": r"sensor|gauge|camera|measure",
    "Environment": r"humid|dust|temperature of the room|electrostatic",
    "Machine": r"feeder|nozzle|fixture|oven|machine|screwdriver|press|bent",
}
"""Words of a cause by the category of an Ishikawa diagram; the first that fits."""


def _mode(state: TalkState, problem: Problem) -> Source | None:
    modes = modes_of(state.sources, top_defect(problem))
    return modes[0] if modes else None


def _best(state: TalkState) -> Hypothesis | None:
    kept = [one for one in state.hypotheses if one.status != "rejected"]
    return max(kept, key=lambda one: (one.status == "confirmed", one.likelihood), default=None)


def problem_line(problem: Problem) -> str:
    """The problem with its numbers and citations."""
    day = problem.day
    return (
        f"On {day.group} {day.anomalous} of {day.units} units were anomalous "
        f"({day.share:.1%}); over all days {problem.chart.result.centre:.1%} [{problem.chart.id}]"
    )


def _defect_line(problem: Problem) -> str:
    if problem.defects is None:
        return "no defect was named"
    row = problem.defects.result.rows[0]
    return f"{row.units} of them show {row.group} [{problem.defects.id}]"


def five_whys(state: TalkState) -> Move:
    """Day, defect, place, the FMEA's cause, and what nobody recorded."""
    problem = problem_of(state.sources)
    if is_meant(state, counted=problem is not None):
        return of_unit(state, unit_whys)
    if problem is None:
        return Move(answer=FIRST, asks=True)
    if state.steps:
        return Move(answer=told(state))
    mode, best = _mode(state, problem), _best(state)
    answers = [_defect_line(problem)]
    answers += [problem.where.text()] if problem.where else []
    answers += [f"{mode.data['cause']} [{mode.id}]"] if mode else []
    confirmed = best is not None and best.status == "confirmed"
    answers.append(f"{best.history[-1].why} [{best.id}]" if best and confirmed else NOT_RECORDED)
    arguments: Arguments = {"problem": problem_line(problem), "answers": [*answers]}
    return calls(state, ("five_whys", arguments))


def is_is_not(state: TalkState) -> Move:
    """What, where, when, how much: from the results."""
    problem = problem_of(state.sources)
    if problem is None:
        return Move(answer=FIRST, asks=True)
    if state.steps:
        return Move(answer=told(state))
    defects = problem.defects.result.rows if problem.defects else []
    cited = f" [{problem.defects.id}]" if problem.defects else ""
    others = ", ".join(f"{row.group} ({row.units})" for row in defects[1:4]) or "no other defect"
    where, calm = problem.where, [r for r in problem.chart.result.rows if r is not problem.day]
    day, chart = problem.day, problem.chart.id
    rest = sum(row.anomalous for row in calm), sum(row.units for row in calm)
    place = f"{where.name} [{where.counted.id}]" if where else "no group stands out"
    by = where.counted.result.query.by if where else "group"
    elsewhere = (
        f"other {by}s: {where.other_anomalous} of {where.other_units} [{where.counted.id}]"
        if where
        else "all groups alike"
    )
    arguments: Arguments = {
        "problem": problem_line(problem),
        "what_is": f"{defects[0].group} ({defects[0].units}){cited}" if defects else "not named",
        "what_is_not": f"{others}{cited}",
        "where_is": place,
        "where_is_not": elsewhere,
        "when_is": f"{day.group} [{chart}]",
        "when_is_not": f"{', '.join(row.group for row in calm[:10]) or 'no other day'} [{chart}]",
        "how_much_is": f"{day.anomalous} of {day.units} units [{chart}]",
        "how_much_is_not": f"{rest[0]} of {rest[1]} units on the other days [{chart}]",
    }
    return calls(state, ("is_is_not", arguments))


def ishikawa(state: TalkState) -> Move:
    """The FMEA's causes of the defects that were counted, by category."""
    problem = problem_of(state.sources)
    if is_meant(state, counted=problem is not None):
        return of_unit(state, _unit_bones)
    if problem is None:
        return Move(answer=FIRST, asks=True)
    if state.steps:
        return Move(answer=told(state))
    rows = problem.defects.result.rows if problem.defects else []
    modes = [mode for row in rows for mode in modes_of(state.sources, row.group)[:1]]
    return _bones(
        state, f"{top_defect(problem) or 'anomalous units'} on {problem.day.group}", modes
    )


def _unit_bones(state: TalkState, unit: Unit) -> Move:
    return _bones(state, unit.line, unit.modes)


def _bones(state: TalkState, effect: str, modes: Sequence[Source]) -> Move:
    causes = [
        f"{category_of(cause)}: {cause} [{mode.id}]"
        for mode in modes
        for cause in re.split(r" or |; ", str(mode.data["cause"]))
    ]
    if not causes:
        return Move(answer="No failure mode names a cause of what was found.", asks=False)
    return calls(state, ("ishikawa", {"effect": effect, "causes": [*causes]}))


def category_of(cause: str) -> str:
    """The category of an Ishikawa diagram that a cause's words speak of."""
    for category, pattern in CATEGORY_WORDS.items():
        if re.search(pattern, cause, re.IGNORECASE):
            return category
    return "Method"


def report(state: TalkState) -> Move:
    """An 8D report of the problem."""
    problem = problem_of(state.sources)
    if is_meant(state, counted=problem is not None):
        return of_unit(state, unit_report)
    if problem is None:
        return Move(answer=FIRST, asks=True)
    if state.steps:
        return Move(answer=told(state))
    mode, best, where = _mode(state, problem), _best(state), problem.where
    parts = [f"{problem_line(problem)}.", f"{_defect_line(problem)}."]
    parts += [f"{where.text()}."] if where else []
    cause = "Not agreed yet; no hypothesis stands."
    if best:
        said = f": {best.history[-1].why}" if best.status == "confirmed" else ""
        cause = f"{best.text} (likelihood {best.likelihood:.2f}, {best.status}{said}) [{best.id}]"
    hold = (
        f"Hold the {where.row.units} units of {where.name} of {problem.day.group} and inspect them "
        f"again [{where.counted.id}]."
        if where
        else f"Hold the {problem.day.units} units of {problem.day.group} [{problem.chart.id}]."
    )
    remedy = (
        f"{mode.data['remediation']} [{mode.id}]" if mode else "No failure mode names a remedy."
    )
    figures = [problem.chart.id, *([problem.defects.id] if problem.defects else [])]
    figures += [where.counted.id] if where else []
    figures += [one.id for one in state.sources.values() if one.kind == "method" and one.artifact]
    detection = f"Its detection rating in the FMEA is {mode.data['detection']}" if mode else ""
    arguments: Arguments = {
        "title": f"{top_defect(problem) or 'anomalous units'} on {problem.day.group}",
        "problem": " ".join(parts),
        "containment": hold,
        "root_cause": cause,
        "corrective_actions": remedy,
        "prevention": f"{detection} [{mode.id}]; review the FMEA row with this case."
        if mode
        else "Add a failure mode for this defect to the FMEA.",
        "figures": [*dict.fromkeys(figures)],
    }
    return calls(state, ("report_8d", arguments))


def action(state: TalkState) -> Move:
    """A corrective action from the FMEA's remedy."""
    problem = problem_of(state.sources)
    if is_meant(state, counted=problem is not None):
        return of_unit(state, unit_action)
    if problem is None:
        return Move(answer=FIRST, asks=True)
    if state.steps:
        return Move(answer=told(state))
    mode, best = _mode(state, problem), _best(state)
    if mode is None or best is None:
        return Move(answer=NO_REMEDY, asks=True)
    arguments: Arguments = {
        "problem": problem_line(problem),
        "cause": f"{best.text} [{best.id}]",
        "action": str(mode.data["remediation"]),
        "check": f"The share of anomalous units is back within the limits of [{problem.chart.id}].",
    }
    return calls(state, ("corrective_action", arguments))
