"""One turn of the mind. Knows nothing of prompts or of how a mind thinks."""

from __future__ import annotations

import asyncio
from typing import Any

from langgraph.runtime import Runtime

from graphs.inspection.context import Context
from graphs.inspection.scene import build_scene, model_of
from graphs.inspection.state import State
from graphs.records import Round


async def look(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Let the mind think once, and keep what it thought as a round without observations."""
    context = runtime.context
    model = await asyncio.to_thread(model_of, state, context)
    turn = await context.mind.look(build_scene(state, context, model))
    update: dict[str, Any] = {
        "rounds": [
            Round(
                number=len(state.rounds) + 1,
                thought=turn.thought,
                tool_calls=turn.tool_calls,
                candidates=turn.candidates,
                submitted=turn.submitted,
            )
        ],
        "usage": turn.usage,
        "detail": "submitted" if turn.submitted else f"{len(turn.tool_calls)} tool calls",
    }
    if turn.raw_score is not None:
        update["raw_scores"] = {context.strategy: turn.raw_score}
    return update
