"""The conversation without a VLM: commands in plain words, answers composed from what tools say.

Knows no pictures. It says plainly what it cannot do.
"""

from __future__ import annotations

import asyncio

from graphs.conversation.contract import Move, TalkContext
from graphs.conversation.minds.ill_posed import refused_question
from graphs.conversation.minds.routines import ROUTINES, unclear
from graphs.conversation.minds.words import command_of, decision_in
from graphs.conversation.state import TalkState
from graphs.inspection.context import EMBEDDED


class EmbeddedTalker:
    """Understands the commands of `words.COMMANDS`, and nothing beyond them."""

    @property
    def name(self) -> str:
        """As it stands beside every answer."""
        return EMBEDDED

    async def move(self, state: TalkState, context: TalkContext) -> Move:
        """The next move of the command's routine."""
        name = command_of(state.said)
        # What waited no longer does once its tool has run.
        begun = bool(state.steps) and state.steps[0].calls[0].tool == "decide_review"
        if begun or (state.reviews and decision_in(state.said)):
            name = "decide"
        if not name and state.given:
            name = "inspect"
        if not state.steps:
            products = await asyncio.to_thread(context.desk.products)
            refused = refused_question(state.said, products)
            if refused:
                return Move(answer=refused, asks=True)
        return ROUTINES.get(name, unclear)(state)
