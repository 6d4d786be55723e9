"""One request to one turn of a conversation: finds its thread, keeps its pictures, tells events.

Knows no wire format.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from agent.loopback.refusals import Refused
from agent.server.data_urls import bytes_of, name_of
from agent.server.openai_chat.requests import MAX_PICTURES, Asked

if TYPE_CHECKING:
    from agent.server.reception import Reception
    from graphs.conversation.events import ChatEvent

MAX_THREADS = 20_000
ONLY_PICTURES = "inspect"
"""What is meant where a message has pictures and no words."""


class Threads:
    """Which thread a history belongs to. The wire has no name for a conversation."""

    def __init__(self) -> None:
        self._by_history: OrderedDict[tuple[str, str], str] = OrderedDict()

    def of(self, owner: str, history: str) -> str | None:
        """The thread of a history that was answered here; None where it was not."""
        return self._by_history.get((owner, history))

    def keep(self, owner: str, history: str, thread: str) -> None:
        """Remember what the next request of a thread begins with."""
        self._by_history[owner, history] = thread
        self._by_history.move_to_end((owner, history))
        while len(self._by_history) > MAX_THREADS:
            self._by_history.popitem(last=False)


class Answering:
    """Answers requests out of conversations."""

    def __init__(self, reception: Reception) -> None:
        """Take whose conversations they are."""
        self._reception = reception
        self._threads = Threads()

    async def assets(self, asked: Asked, *, owner: str) -> tuple[str, list[Path]]:
        """The thread of a request, and the files that come with it.

        A history that nobody here has answered (an edited one, or one of before a restart) begins
        a new thread, with all pictures that it shows.

        Raises:
            Refused: where a picture cannot be read or may not be fetched.
        """
        thread = self._threads.of(owner, asked.history)
        shown = asked.messages[-1:] if thread else asked.messages
        urls = [url for one in shown if one.role == "user" for url in one.pictures]
        if len(urls) > MAX_PICTURES:
            raise Refused(
                f"Too many pictures: {len(urls)}, the most at once are {MAX_PICTURES}.",
                param="messages",
                code="too_many_images",
            )
        paths = [await self._path(url, owner=owner) for url in urls]
        return thread or f"openai-{secrets.token_hex(12)}", paths

    async def answer(
        self, asked: Asked, thread: str, assets: list[Path], *, owner: str
    ) -> AsyncIterator[ChatEvent]:
        """What happens in the turn; the last event is `done`."""
        text = asked.last.text.strip() or ONLY_PICTURES
        say = self._reception.conversations.say(thread, text, assets, owner=owner)
        async for event in say:
            if event.kind == "done":
                self._threads.keep(owner, asked.answered(event.answer), thread)
            yield event

    async def _path(self, url: str, *, owner: str) -> Path:
        try:
            if url.startswith("data:"):
                content = bytes_of(url)
                part = await self._reception.keep(name_of(content), [content], owner=owner)
            else:
                part = await self._reception.fetched(url, owner=owner)
        except Refused as refused:
            if refused.status != 415:
                raise
            raise Refused(str(refused), param="messages", code="invalid_image_format") from refused
        return part.path
