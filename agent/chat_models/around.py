"""What chat models around another one share: its name, and that its words stream through them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from graphs.minds.chat import ChatPort, ChatReply, ChatRequest
from tools.ports import ArtifactPort


class ChatAround:
    """A chat model that goes by the name of the one that it wraps."""

    def __init__(self, chat: ChatPort) -> None:
        """Take the model."""
        self._chat = chat

    @property
    def name(self) -> str:
        """The model's."""
        return self._chat.name

    @property
    def calls_tools(self) -> bool:
        """The model's."""
        return self._chat.calls_tools


class StreamingAsk(ABC):
    """Both ways to ask, by one method that may have somebody to tell of the words that come."""

    async def complete(self, request: ChatRequest, *, artifacts: ArtifactPort) -> ChatReply:
        """Ask once.

        Raises:
            ChatFault: the model's.
        """
        return await self._ask(request, artifacts, None)

    async def stream(
        self, request: ChatRequest, *, artifacts: ArtifactPort, hear: Callable[[str], None]
    ) -> ChatReply:
        """As `complete`, and pass on the reply's text as it comes where the model streams.

        Raises:
            ChatFault: the model's.
        """
        return await self._ask(request, artifacts, hear)

    @abstractmethod
    async def _ask(
        self,
        request: ChatRequest,
        artifacts: ArtifactPort,
        hear: Callable[[str], None] | None,
    ) -> ChatReply:
        """Ask once, and tell `hear` of the words where it is given and the model streams."""
