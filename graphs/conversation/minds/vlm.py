"""The conversation with a VLM: its messages, and what its replies mean. Knows no wire format."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from pydantic import BaseModel

from graphs.conversation.contract import Move, TalkContext, TalkTool
from graphs.conversation.minds.said_move import read_move
from graphs.conversation.minds.talk_messages import talk_messages
from graphs.conversation.state import TalkState
from graphs.journal import Journal
from graphs.minds.chat import ChatPort, ChatRequest, OfferedTool
from graphs.minds.contract import MindFault
from graphs.minds.vlm.asking import Asker, Patience, total
from graphs.minds.vlm.options import MindOptions
from graphs.minds.vlm.protocols import NativeSpeech, Speech, speech_of
from graphs.minds.vlm.strict_schema import strict_schema
from tools.ports import ArtifactPort

ASK = OfferedTool(
    name="ask_person",
    description=(
        "Ask the person one question, where theirs is ill-posed: no product, no picture, or "
        "something that no picture shows. Ends your turn."
    ),
    parameters={
        "type": "object",
        "properties": {"question": {"type": "string", "description": "One question."}},
        "required": ["question"],
        "additionalProperties": False,
    },
)


class VlmTalker:
    """Asks one chat model; holds nothing between two moves."""

    def __init__(
        self,
        chat: ChatPort,
        *,
        artifacts: ArtifactPort,
        journal: Journal,
        options: MindOptions | None = None,
    ) -> None:
        """Take the model, where pictures are, who is told of each attempt, and how to ask."""
        self._chat = chat
        self._options = options or MindOptions()
        patience = Patience(
            max_attempts=self._options.max_attempts,
            first_pause_s=self._options.first_pause_s,
            max_pause_s=self._options.max_pause_s,
        )
        self._asker = Asker(chat=chat, artifacts=artifacts, journal=journal, patience=patience)

    @property
    def name(self) -> str:
        """As it stands beside every answer: `vlm:<model>`."""
        return f"vlm:{self._chat.name}"

    async def move(self, state: TalkState, context: TalkContext) -> Move:
        """Ask for the next move.

        Raises:
            MindFault: where no usable answer came.
        """
        speech = speech_of(self._options.protocol, self._chat)
        try:
            return await self._move(state, context, speech)
        except MindFault as fault:
            other = speech_of(self._options.protocol, self._chat)
            if type(other) is type(speech):
                raise
            # The server was found to take no tool calls; the text protocol needs none.
            move = await self._move(state, context, other)
            return replace(move, usage=total([fault.usage, move.usage]))

    async def _move(self, state: TalkState, context: TalkContext, speech: Speech) -> Move:
        last = 0 < context.max_steps <= len(state.steps)
        tools = [] if last else [*offered(context.tools), ASK]
        products = await asyncio.to_thread(context.desk.products)
        request = ChatRequest(
            purpose="converse",
            messages=talk_messages(
                state, speech, tools, products=[one.name for one in products], last=last
            ),
            tools=speech.offered(tools),
            max_output_tokens=self._options.max_output_tokens,
            temperature=self._options.temperature,
        )
        number = len(state.steps) + 1
        # Text of the other protocol is JSON, which nobody wants to hear.
        hearer = context.hearer if isinstance(speech, NativeSpeech) else None
        asked = await self._asker.ask(
            request, lambda reply, _: read_move(reply, number=number, last=last), hearer=hearer
        )
        return replace(asked.answer, usage=asked.usage)


def offered(tools: Mapping[str, TalkTool]) -> list[OfferedTool]:
    """Tools with strict schemas."""
    return [_offered(one.name, one.description, one.arguments) for one in tools.values()]


@cache
def _offered(name: str, description: str, arguments: type[BaseModel]) -> OfferedTool:
    """Made once: the schemas of all tools take longer than all else in a move."""
    return OfferedTool(
        name=name,
        description=description,
        parameters=strict_schema(arguments.model_json_schema()),
    )
