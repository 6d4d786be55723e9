"""Commands of the embedded mind that count, compare and keep hypotheses. Pure."""

from __future__ import annotations

import re

from graphs.conversation.contract import Move
from graphs.conversation.minds.moves import Arguments, calls, told
from graphs.conversation.minds.words import by_in, inspection_in, where_in
from graphs.conversation.state import TalkState
from graphs.conversation.tools.hypothesis import hypothesis_text

NO_INSPECTION = "Which unit? Give me a file to inspect, or name one that is kept (RUN/ASSET)."
TWO = "Which two? Say `compare I1 with I2`; `why RUN/ASSET` opens a unit that is kept."
_DECIDED = re.compile(
    r"\b(H[1-9][0-9]*)\b\s+(?:is|was)?\s*(confirmed|rejected|right|wrong|true|false)\b[ :,.-]*(.*)",
    re.IGNORECASE | re.DOTALL,
)
_CONFIRMS = ("confirmed", "right", "true")


def pareto(state: TalkState) -> Move:
    """What is most frequent, as a picture."""
    if state.steps:
        return Move(answer=told(state))
    by = by_in(state.said) or ("cause" if "cause" in state.said.lower() else "defect")
    arguments: Arguments = {"measure": "pareto", "by": by, "where": [*where_in(state.said)]}
    return calls(state, ("query", arguments))


def chart(state: TalkState) -> Move:
    """Shares in the order of time: a trend, or with control limits."""
    if state.steps:
        return Move(answer=told(state))
    arguments: Arguments = {
        "measure": "trend" if "trend" in state.said.lower() else "p_chart",
        "by": by_in(state.said) or "day",
        "where": [*where_in(state.said)],
    }
    return calls(state, ("query", arguments))


def query(state: TalkState) -> Move:
    """Units and shares by group."""
    if state.steps:
        return Move(answer=told(state))
    arguments: Arguments = {"by": by_in(state.said), "where": [*where_in(state.said)]}
    return calls(state, ("query", arguments))


def similar(state: TalkState) -> Move:
    """Past units that look like the last one."""
    if state.steps:
        return Move(answer=told(state))
    if not state.inspections:
        return Move(answer=NO_INSPECTION, asks=True)
    return calls(state, ("similar_units", {"inspection": inspection_in(state.said)}))


def compare(state: TalkState) -> Move:
    """Two inspections of this thread."""
    if state.steps:
        return Move(answer=told(state))
    named = re.findall(r"\bI[1-9][0-9]*\b", state.said)
    if len(named) < 2:
        named = [one.id for one in state.inspections[-2:]]
    if len(named) < 2:
        return Move(answer=TWO, asks=True)
    return calls(state, ("compare_with", {"one": named[0], "other": named[1]}))


def hypotheses(state: TalkState) -> Move:
    """Tell them, or change one as the person says."""
    found = _DECIDED.search(state.said)
    if found and not state.steps:
        confirmed = found[2].lower() in _CONFIRMS
        arguments: Arguments = {
            "id": found[1].upper(),
            "likelihood": 1.0 if confirmed else 0.0,
            "status": "confirmed" if confirmed else "rejected",
            "why": " ".join(found[3].split())[:600] or "the person says so",
        }
        return calls(state, ("hypothesis", arguments))
    if state.steps and "refused" in state.steps[-1].data[-1]:
        return Move(answer=told(state))
    lines = [f"- {hypothesis_text(one)}" for one in state.hypotheses]
    return Move(answer="\n".join(lines) or "There is no hypothesis yet; what went wrong?")
