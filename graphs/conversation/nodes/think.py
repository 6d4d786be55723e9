"""Asks the mind for its next move."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from graphs.conversation.contract import TalkContext
from graphs.conversation.events import NodeEvent
from graphs.conversation.records import Step
from graphs.conversation.state import TalkState
from graphs.inspection.state import add_usage
from graphs.minds.contract import MindFault

NOTHING = "I have nothing to say to that."


async def think(state: TalkState, runtime: Runtime[TalkContext]) -> dict[str, Any]:
    """Tools to call, or a draft of the answer; a mind that fails says so as the answer."""
    context = runtime.context
    runtime.stream_writer(NodeEvent(node="think", detail=context.mind.name))
    try:
        move = await context.mind.move(state, context)
    except MindFault as fault:
        return {
            "draft": f"I cannot answer: {fault.message}. What was found so far is kept; ask again.",
            "usage": add_usage(state.usage, fault.usage),
        }
    usage = add_usage(state.usage, move.usage)
    if move.calls:
        return {
            "steps": [*state.steps, Step(calls=move.calls, reply=move.reply)],
            "draft": "",
            "usage": usage,
        }
    return {"draft": move.answer.strip() or NOTHING, "asks": move.asks, "usage": usage}
