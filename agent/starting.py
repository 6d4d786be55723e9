"""Lets inspections begin a few at a time, so that the first ask their model early.

What comes before a first call needs the processor. Shared among all at once it would end for all
at the same time, late; one after another, the first ones wait for answers meanwhile, and answers
come spread over time. Knows no inspection.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from agent.chat_models.around import ChatAround

if TYPE_CHECKING:
    from graphs.minds.chat import ChatPort, ChatReply, ChatRequest
    from tools.ports import ArtifactPort

BESIDE_PROCESSORS = 4
MOST = 32
"""As many threads asyncio gives to what blocks: more at once would not fill a batch of a model."""


def at_once() -> int:
    """How many may begin at once."""
    return min(MOST, (os.cpu_count() or 1) + BESIDE_PROCESSORS)


class Turn:
    """The time from the beginning to the first call, or to the end where there is no call."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._held = False

    async def __aenter__(self) -> Turn:
        await self._places.acquire()
        self._held = True
        return self

    async def __aexit__(self, *error: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Make place for the next; does nothing a second time."""
        if self._held:
            self._held = False
            self._places.release()


class Turnstile:
    """Gives turns, in the order in which they are asked for in each loop."""

    def __init__(self, limit: int | None = None) -> None:
        """Take how many turns there may be at once; as many as `at_once` says where None."""
        self._limit = at_once() if limit is None else limit
        self._places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
            WeakKeyDictionary()
        )

    def turn(self) -> Turn:
        """A turn in the running loop."""
        loop = asyncio.get_running_loop()
        return Turn(self._places.setdefault(loop, asyncio.Semaphore(self._limit)))


class LeavingChat(ChatAround):
    """A chat model that tells of each call before it is made."""

    def __init__(self, chat: ChatPort, leave: Callable[[], None]) -> None:
        """Take the model, and who is told."""
        super().__init__(chat)
        self._leave = leave

    async def complete(self, request: ChatRequest, *, artifacts: ArtifactPort) -> ChatReply:
        """Tell, then ask."""
        self._leave()
        return await self._chat.complete(request, artifacts=artifacts)
