"""Runs the tools that the mind asked for; a refusal becomes an observation."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from langgraph.runtime import Runtime
from pydantic import ValidationError

from graphs.conversation.contract import Outcome, TalkContext, TalkTool
from graphs.conversation.events import NodeEvent, PictureEvent, ToolEvent
from graphs.conversation.room import Room
from graphs.conversation.state import TalkState
from graphs.journal import ToolLine, now
from graphs.records import ToolCall
from tools.errors import LoupeError, ToolError

MAX_CALLS = 8
"""Calls of one move that are run; more are refused."""


async def act(state: TalkState, runtime: Runtime[TalkContext]) -> dict[str, Any]:
    """Run the last step's calls, one after another, and write the step again with its answers."""
    writer, last = runtime.stream_writer, state.steps[-1]
    writer(NodeEvent(node="act", detail=", ".join(call.tool for call in last.calls)))
    room = Room.of(state, runtime.context, writer)
    outcomes = []
    for number, call in enumerate(last.calls):
        writer(ToolEvent(tool=call.tool, state="begins", arguments=call.model_dump()["arguments"]))
        started = perf_counter()
        outcome = await _run(call, room) if number < MAX_CALLS else _too_many()
        _note(call, outcome, room, seconds=perf_counter() - started)
        room.take(outcome)
        writer(ToolEvent(tool=call.tool, state="answers", text=outcome.text))
        for shown in outcome.pictures:
            writer(PictureEvent(artifact=shown.artifact, caption=shown.caption))
        outcomes.append(outcome)
    seen = {
        "observations": [one.text for one in outcomes],
        "data": [one.data for one in outcomes],
        "pictures": [shown for one in outcomes for shown in one.pictures],
    }
    return {
        "steps": [*state.steps[:-1], last.model_copy(update=seen)],
        "inspections": [seen for one in outcomes for seen in one.inspections],
        "sources": {source.id: source for one in outcomes for source in one.sources},
        "hypotheses": [changed for one in outcomes for changed in one.hypotheses],
        "reviews": room.reviews,
        "documents": [*state.documents, *(made for one in outcomes for made in one.documents)],
    }


def _note(call: ToolCall, outcome: Outcome, room: Room, *, seconds: float) -> None:
    """Tell the journal of a call that has its answer."""
    line = ToolLine(
        at=now(),
        round=len(room.state.steps),
        call=call,
        answer=outcome.text,
        artifacts=[shown.artifact for shown in outcome.pictures],
        seconds=seconds,
    )
    room.context.journal.write(line)


async def _run(call: ToolCall, room: Room) -> Outcome:
    tool = room.context.tools.get(call.tool)
    if tool is None:
        known = ", ".join(sorted(room.context.tools))
        return Outcome(text=f"There is no tool {call.tool!r}. Try one of: {known}.")
    try:
        return await tool.run(room, tool.arguments.model_validate(call.arguments))
    except ValidationError as error:
        return Outcome(text=_bad_arguments(tool, error), data={"refused": True})
    except (ToolError, LoupeError) as error:
        return Outcome(text=f"{call.tool} refused: {error}", data={"refused": True})


def _bad_arguments(tool: TalkTool, error: ValidationError) -> str:
    wrong = "; ".join(
        f"{'.'.join(map(str, one['loc'])) or 'arguments'}: {one['msg']}" for one in error.errors()
    )
    fields = ", ".join(
        f"{name}{'' if about.is_required() else ' (optional)'}"
        for name, about in tool.arguments.model_fields.items()
    )
    return f"{tool.name} refused its arguments: {wrong}. It takes: {fields or 'none'}."


def _too_many() -> Outcome:
    return Outcome(
        text=f"Not run: a move may have {MAX_CALLS} calls. Ask again.", data={"refused": True}
    )
