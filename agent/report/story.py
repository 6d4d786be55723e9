"""The rounds of an inspection as a story: thought, asked, seen, concluded. Knows no page.

The record says what was decided; the trace, where there is one, says what each step cost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from agent.report.figures import arguments_words
from agent.report.pictures import PageBook, Shot
from agent.trace import Trace
from graphs.journal import CallLine, NodeLine, ToolLine
from graphs.records import Inspection, Round, ToolCall
from tools.records import Evidence, View

CITED = re.compile(r"\s*\[((?:E[1-9][0-9]*)(?:, E[1-9][0-9]*)*)\]$")


class Seen(NamedTuple):
    """A picture that a tool call brought."""

    shot: Shot
    caption: str


class Step(NamedTuple):
    """One tool call and its answer."""

    tool: str
    arguments: str
    answer: str
    evidence_ids: list[str]
    pictures: list[Seen]
    seconds: float | None
    """None where the trace does not tell it."""


class ToldRound(NamedTuple):
    """One turn of the mind."""

    round: Round
    steps: list[Step]
    attempts: list[CallLine]
    """At the model for this turn; empty for a mind without one."""


class Story(NamedTuple):
    """An inspection in the order in which it happened."""

    sights: list[Evidence]
    """The direct judgement and its check of stability."""
    sight_attempts: list[CallLine]
    rounds: list[ToldRound]
    refutations: list[CallLine]
    """Attempts at the model to refute the candidates."""
    told_in_rounds: frozenset[str]
    """Ids of evidence whose picture stands in a round."""


def tell_story(inspection: Inspection, trace: Trace, book: PageBook) -> Story:
    """Put rounds, tool calls and attempts together.

    Args:
        inspection: the record.
        trace: of the same inspection; may be empty.
        book: where the pictures come from.
    """
    attempts = _attempts_by_round(trace)
    ran = {(line.round, line.call.id): line for line in trace.lines if isinstance(line, ToolLine)}
    rounds, shown = [], set[str]()
    for one in inspection.rounds:
        steps = list(_steps(one, ran, inspection, book))
        shown.update(name for step in steps if step.pictures for name in step.evidence_ids)
        rounds.append(ToldRound(one, steps, attempts.get(one.number, [])))
    return Story(
        sights=[one for one in inspection.evidence if one.tool in ("direct", "stability")],
        sight_attempts=[c for c in trace.calls if c.request.purpose in ("direct", "stability")],
        rounds=rounds,
        refutations=[call for call in trace.calls if call.request.purpose == "refute"],
        told_in_rounds=frozenset(shown),
    )


def _attempts_by_round(trace: Trace) -> dict[int, list[CallLine]]:
    """A turn's attempts stand before the line of the `look` that they made."""
    found: dict[int, list[CallLine]] = {}
    number = 1
    for line in trace.lines:
        if isinstance(line, CallLine) and line.request.purpose == "look":
            found.setdefault(number, []).append(line)
        elif isinstance(line, NodeLine) and line.node == "look":
            number += 1
    return found


def _steps(
    one: Round,
    ran: dict[tuple[int, str], ToolLine],
    inspection: Inspection,
    book: PageBook,
) -> Iterator[Step]:
    evidence = {found.id: found for found in inspection.evidence}
    for position, call in enumerate(one.tool_calls):
        answer = one.observations[position] if position < len(one.observations) else ""
        cited = CITED.search(answer)
        named = cited[1].split(", ") if cited else []
        line = ran.get((one.number, call.id))
        yield Step(
            tool=call.tool,
            arguments=arguments_words(call.arguments),
            answer=CITED.sub("", answer) or _not_run(call),
            evidence_ids=named,
            pictures=_pictures([evidence[n] for n in named if n in evidence], inspection, book),
            seconds=line.seconds if line else None,
        )


def _not_run(call: ToolCall) -> str:
    return f"{call.tool} was not run: the inspection ended before."


def _pictures(brought: Sequence[Evidence], inspection: Inspection, book: PageBook) -> list[Seen]:
    """Each picture once; a view's caption is the view's own."""
    views = {view.artifact: view for view in inspection.views}
    seen: dict[str, Seen] = {}
    for one in brought:
        shot = book.shot(one.artifact)
        if one.artifact and shot:
            view = views.get(one.artifact)
            caption = view_words(view) if view else f"{one.tool}, {one.id}"
            seen.setdefault(one.artifact, Seen(shot, caption))
    return list(seen.values())


def view_words(view: View) -> str:
    """A view in words: its id, what it shows and how large."""
    x1, y1, x2, y2 = view.window_xyxy
    factor = view.factor_xy[0]
    scale = f", {factor:.3g} times as large" if abs(factor - 1) > 1e-3 else ""
    label = f"{view.label}: " if view.label else ""
    return f"{view.id}: {label}pixels {x1:.0f}, {y1:.0f} to {x2:.0f}, {y2:.0f}{scale}"
