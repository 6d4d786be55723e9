"""A reply that is heard while it comes. Knows no request and no server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, AIMessageChunk


class Heard:
    """Passes text on, and knows whether there was any."""

    def __init__(self, hear: Callable[[str], None]) -> None:
        """Take who hears it."""
        self._hear = hear
        self.anything = False

    def hear(self, delta: str) -> None:
        """More text."""
        if delta:
            self.anything = True
            self._hear(delta)

    async def all_of(self, chunks: AsyncIterator[AIMessageChunk]) -> AIMessage:
        """Hear a reply of any of LangChain's models, and give all of it.

        Raises:
            ValueError: where nothing came.
        """
        whole: AIMessageChunk | None = None
        async for chunk in chunks:
            self.hear(str(chunk.text))
            whole = chunk if whole is None else whole + chunk
        if whole is None:
            raise ValueError("its stream is empty")
        return whole
