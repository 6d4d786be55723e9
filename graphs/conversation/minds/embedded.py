"""The conversation without a VLM: commands in plain words, answers composed from what tools say.

Knows no pictures. It says plainly what it cannot do.
"""

from __future__ import annotations

import asyncio

from graphs.conversation.contract import Move, TalkContext
from graphs.conversation.minds.ill_posed import refused_question
from graphs.conversation.minds.routines import ROUTINES, unclear
from graphs.conversation.minds.words import command_of
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
        if not name and state.given:
            name = "inspect"
        if not state.steps:
            products = await asyncio.to_thread(context.desk.products)
            refused = refused_question(state.said, products)
            if refused:
                return Move(answer=refused, asks=True)
        return ROUTINES.get(name, unclear)(state)
