"""Asks the mind for its next move, and says its reply while it comes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime

from graphs.conversation.contract import TalkContext
from graphs.conversation.events import NodeEvent, TextEvent
from graphs.conversation.records import Step
from graphs.conversation.spoken import Spoken
from graphs.conversation.state import TalkState
from graphs.inspection.state import add_usage
from graphs.minds.contract import MindFault

NOTHING = "I have nothing to say to that."


async def think(state: TalkState, runtime: Runtime[TalkContext]) -> dict[str, Any]:
    """Tools to call, or a draft of the answer; a mind that fails says so as the answer."""
    context, writer = runtime.context, runtime.stream_writer
    writer(NodeEvent(node="think", detail=context.mind.name))
    spoken = Spoken(state.told, state.sources, lambda text: writer(TextEvent(delta=text)))
    try:
        heard = replace(context, hearer=spoken if context.live else None)
        move = await context.mind.move(state, heard)
    except MindFault as fault:
        return {
            "draft": f"I cannot answer: {fault.message}. What was found so far is kept; ask again.",
            "told": spoken.told,
            "n_told": 0,
            "usage": add_usage(state.usage, fault.usage),
        }
    usage = add_usage(state.usage, move.usage)
    if move.calls:
        return {
            "steps": [*state.steps, Step(calls=move.calls, reply=move.reply)],
            "draft": "",
            "told": spoken.told,
            "n_told": 0,
            "usage": usage,
        }
    draft = move.answer.strip() or NOTHING
    return {
        "draft": draft,
        "asks": move.asks,
        "told": spoken.told,
        "n_told": spoken.n_told_of(draft),
        "usage": usage,
    }
