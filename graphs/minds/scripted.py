"""A chat model that plays back replies and faults, for tests and demos. Knows no wire."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Sequence

from graphs.minds.chat import ChatFault, ChatReply, ChatRequest
from tools.ports import ArtifactPort

ScriptedLine = ChatReply | ChatFault | Callable[[ChatRequest], ChatReply]


class ScriptedChat:
    """Plays back lines in their order; keeps the requests."""

    def __init__(
        self,
        lines: Sequence[ScriptedLine],
        *,
        name: str = "scripted",
        calls_tools: bool = True,
    ) -> None:
        """A script.

        Args:
            lines: replies, faults that are raised, or functions of the request.
            name: of the model.
            calls_tools: whether it is asked with native tool calls.
        """
        self._lines = deque(lines)
        self._name = name
        self.calls_tools = calls_tools
        self.requests: list[ChatRequest] = []

    @property
    def name(self) -> str:
        """As it stands in the name of the mind."""
        return self._name

    def then(self, lines: Sequence[ScriptedLine]) -> None:
        """Go on with more lines after those that are left."""
        self._lines.extend(lines)

    async def complete(self, request: ChatRequest, *, artifacts: ArtifactPort) -> ChatReply:
        """The next line.

        Raises:
            ChatFault: the line is one, or none is left.
        """
        self.requests.append(request)
        if not self._lines:
            raise ChatFault(
                "not_recorded",
                f"the script has no reply for request {len(self.requests)}",
                retryable=False,
            )
        line = self._lines.popleft()
        if isinstance(line, ChatFault):
            raise line
        return line if isinstance(line, ChatReply) else line(request)


class SpeakingChat(ScriptedChat):
    """Plays back lines as `ScriptedChat` does, and is heard word by word. A `StreamingChat`."""

    async def stream(
        self, request: ChatRequest, *, artifacts: ArtifactPort, hear: Callable[[str], None]
    ) -> ChatReply:
        """The next line, its words one after the other.

        Raises:
            ChatFault: the line is one, or none is left.
        """
        reply = await self.complete(request, artifacts=artifacts)
        for word in re.findall(r"\s*\S+|\s+", reply.text):
            hear(word)
            await asyncio.sleep(0)
        return reply
