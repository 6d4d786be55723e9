"""What each command does: its tool calls, then the answer from what they came to. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from graphs.conversation.contract import Move
from graphs.conversation.minds.correcting import correct, corrections, undo
from graphs.conversation.minds.counting import chart, compare, hypotheses, pareto, query, similar
from graphs.conversation.minds.investigation import investigate
from graphs.conversation.minds.moves import Arguments, calls, told
from graphs.conversation.minds.root_cause import (
    action,
    five_whys,
    is_is_not,
    ishikawa,
    report,
)
from graphs.conversation.minds.words import (
    COMMANDS,
    after,
    asset_in,
    box_in,
    decision_in,
    inspection_in,
    region_in,
)
from graphs.conversation.state import TalkState

Routine: TypeAlias = Callable[[TalkState], Move]
NEEDS_VLM = (
    "I am the embedded mind: I understand commands, not free speech, and I see pictures only "
    "through the experts' scores and measurements. Free questions, descriptions of what a picture "
    "shows and reasoning beyond the FMEA need a vision-language model (setting `model`)."
)
NO_FILE = "Which part? Give me a file to inspect, or name an inspection that is kept (RUN/ASSET)."


def _summary(state: TalkState) -> str:
    """The verdict of the last step's tool, without the list of evidence."""
    found = state.steps[-1].data[-1].get("summary")
    return str(found) if found else told(state)


def help_(state: TalkState) -> Move:
    """What can be said."""
    examples = "\n".join(f"- {one.example}" for one in COMMANDS)
    return Move(answer=f"Say, for example:\n{examples}\n{NEEDS_VLM}")


def unclear(state: TalkState) -> Move:
    """Ask back instead of guessing."""
    return Move(answer=f"What do you want to know? `help` lists what I do. {NEEDS_VLM}", asks=True)


def products(state: TalkState) -> Move:
    """What is known."""
    return Move(answer=told(state)) if state.steps else calls(state, ("list_products", {}))


def inspect(state: TalkState) -> Move:
    """Every file that came with the words, or the one that is named."""
    if state.steps:
        asks = any(one.get("review") for one, _ in _answers(state))
        parts = [str(one.get("summary") or text) for one, text in _answers(state)]
        return Move(answer="\n\n".join(parts), asks=asks)
    if not state.assets:
        return Move(answer=NO_FILE, asks=True)
    named = asset_in(state.said)
    new = [one.id for one in state.assets[len(state.assets) - len(state.given) :]]
    wanted = [named] if named else (new if state.given else [state.assets[-1].id])
    asked: list[tuple[str, Arguments]] = [("inspect", {"asset": one}) for one in wanted]
    return calls(state, *asked)


def _answers(state: TalkState) -> list[tuple[dict[str, object], str]]:
    last = state.steps[-1]
    return [(dict(data), text) for data, text in zip(last.data, last.observations, strict=True)]


def decide(state: TalkState) -> Move:
    """A person's decision on the inspection that waits."""
    if state.steps:
        return Move(answer=_summary(state), asks=bool(state.steps[-1].data[-1].get("review")))
    arguments: Arguments = {"decision": decision_in(state.said), "asset": asset_in(state.said)}
    return calls(state, ("decide_review", arguments))


def why(state: TalkState) -> Move:
    """The findings and causes of an inspection, from its record."""
    if state.steps:
        return Move(answer=_summary(state))
    unit = inspection_in(state.said)
    if not unit and not state.inspections:
        return inspect(state) if state.assets else Move(answer=NO_FILE, asks=True)
    return calls(state, ("open_unit", {"unit": unit or state.inspections[-1].id}))


def show(state: TalkState) -> Move:
    """A picture."""
    if state.steps:
        return Move(answer=told(state))
    if not state.inspections:
        return Move(answer=NO_FILE, asks=True)
    what = "reference" if "reference" in state.said.lower() else "overlay"
    return calls(state, ("show", {"inspection": inspection_in(state.said), "what": what}))


def _look(tool: str) -> Routine:
    def look(state: TalkState) -> Move:
        """A second look at a region or a box."""
        if state.steps:
            return Move(answer=told(state))
        if not state.inspections:
            return Move(answer=NO_FILE, asks=True)
        region, box = region_in(state.said), box_in(state.said)
        place: Arguments = {
            "inspection": inspection_in(state.said),
            "tool": tool,
        }
        if region is not None:
            place["region"] = region
        elif box is not None:
            place["box_xyxy"] = [*box]
        return calls(state, ("look_closer", place))

    return look


def next_(state: TalkState) -> Move:
    """Remedies of what was found, worst failure mode first."""
    if not state.inspections:
        return Move(answer=NO_FILE, asks=True)
    if not state.steps:
        unit = inspection_in(state.said) or state.inspections[-1].id
        return calls(state, ("open_unit", {"unit": unit}))
    lines = [one for one in _summary(state).splitlines() if one.startswith(("- To do", "- Cause"))]
    unit = state.inspections[-1].id
    nothing = f"Nothing is to be done for [{unit}]: no finding has a cause or a remedy on record."
    return Move(answer="\n".join(lines) or nothing)


def knowledge(state: TalkState) -> Move:
    """What is written about it."""
    if state.steps:
        return Move(answer=told(state))
    words = r"\blook up\b|\bsearch( for)?\b|\btell me about\b|\bwhat (?:is|does|are|do)\b( the\b)?"
    query = after(state.said, words) or state.said
    return calls(state, ("ask_knowledge", {"query": query[:400]}))


ROUTINES: dict[str, Routine] = {
    "help": help_,
    "products": products,
    "inspect": inspect,
    "why": why,
    "decide": decide,
    "show": show,
    "zoom": _look("zoom"),
    "measure": _look("measure"),
    "next": next_,
    "knowledge": knowledge,
    "yield": investigate,
    "whys": five_whys,
    "ishikawa": ishikawa,
    "is_is_not": is_is_not,
    "report": report,
    "action": action,
    "chart": chart,
    "pareto": pareto,
    "query": query,
    "similar": similar,
    "compare": compare,
    "hypotheses": hypotheses,
    "correct": correct,
    "corrections": corrections,
    "undo": undo,
}
