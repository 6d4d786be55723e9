"""The two ways in which a model asks for tools. Knows no scene and no answer's meaning."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Protocol

from graphs.minds.chat import ChatPort, Message, OfferedTool, ShownPicture
from graphs.minds.vlm.fence import fence
from graphs.minds.vlm.options import ProtocolName
from graphs.minds.vlm.strict_schema import strict_schema
from graphs.minds.vlm.templates import render
from graphs.records import Round
from tools.table import TOOLS


class Speech(Protocol):
    """How tools are offered, and how a round is told again."""

    def instructions(self, tools: Sequence[OfferedTool]) -> str:
        """What the system prompt says of it."""
        ...

    def offered(self, tools: Sequence[OfferedTool]) -> list[OfferedTool]:
        """Tools that the request names."""
        ...

    def turns(
        self,
        done: Round,
        observations: Sequence[str],
        pictures: Sequence[ShownPicture],
        *,
        note: str,
    ) -> list[Message]:
        """The messages of a round.

        Args:
            done: the round.
            observations: one for each of its calls.
            pictures: that its tools made.
            note: of pictures that were shown before; may be empty.
        """
        ...


class NativeSpeech:
    """Tool calls of the API; pictures follow in a message of the user, where alone they may be."""

    def instructions(self, tools: Sequence[OfferedTool]) -> str:
        """The API tells the tools."""
        return ""

    def offered(self, tools: Sequence[OfferedTool]) -> list[OfferedTool]:
        """All of them."""
        return list(tools)

    def turns(
        self,
        done: Round,
        observations: Sequence[str],
        pictures: Sequence[ShownPicture],
        *,
        note: str,
    ) -> list[Message]:
        """The model's message, an answer for each of its calls, then the pictures."""
        messages = [Message(role="assistant", text=done.reply, tool_calls=done.tool_calls)]
        messages += [
            Message(role="tool", tool_call_id=call.id, text=fence(text, f"answer of {call.tool}"))
            for call, text in zip(done.tool_calls, observations, strict=True)
        ]
        if pictures or note:
            said = note or "The pictures of these answers:"
            messages.append(Message(role="user", text=said, pictures=list(pictures)))
        return messages


class TextSpeech:
    """JSON in the answer, for models without tool calls; roles take turns."""

    def instructions(self, tools: Sequence[OfferedTool]) -> str:
        """The form of the answer, and the tools."""
        return render("text_protocol", tools=tools)

    def offered(self, tools: Sequence[OfferedTool]) -> list[OfferedTool]:
        """None: they stand in the system prompt."""
        return []

    def turns(
        self,
        done: Round,
        observations: Sequence[str],
        pictures: Sequence[ShownPicture],
        *,
        note: str,
    ) -> list[Message]:
        """The model's message to the letter, then all answers with the pictures."""
        calls = [
            {"tool": call.tool, "answer": text}
            for call, text in zip(done.tool_calls, observations, strict=True)
        ]
        text = render("observations", calls=calls, repeated=note)
        return [
            Message(role="assistant", text=done.reply),
            Message(role="user", text=text, pictures=list(pictures)),
        ]


def speech_of(protocol: ProtocolName, chat: ChatPort) -> Speech:
    """The protocol that was asked for, or the one that the model can."""
    native = chat.calls_tools if protocol == "auto" else protocol == "native"
    return NativeSpeech() if native else TextSpeech()


def offered_tools(names: Sequence[str]) -> list[OfferedTool]:
    """Tools of the table with strict schemas, `submit` last."""
    wanted = [*(name for name in names if name in TOOLS and name != "submit"), "submit"]
    return [_offered(name) for name in wanted]


@cache
def _offered(name: str) -> OfferedTool:
    """Made once: the schemas of all tools take 20 ms, more than all else in a turn."""
    tool = TOOLS[name]
    return OfferedTool(
        name=name,
        description=tool.description,
        parameters=strict_schema(tool.arguments.model_json_schema()),
    )
