"""One request to one turn of a conversation: finds its thread, keeps its pictures, tells events.

Knows no wire format.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator
from functools import partial
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

    def taken(self, asked: Asked, *, owner: str) -> tuple[str, list[str | bytes]]:
        """The thread of a request, and its pictures: bytes that were sent, or where they lie.

        Looks at nothing that takes long: whoever waits is first told that somebody listens.

        A history that nobody here has answered (an edited one, or one of before a restart) begins
        a new thread, with all pictures that it shows.

        Raises:
            Refused: where a picture is no base64 or may not be fetched.
        """
        thread = self._threads.of(owner, asked.history)
        if thread and not self._reception.conversations.is_there(thread, owner):
            # It was deleted; what the client still shows begins a new one.
            thread = None
        shown = asked.messages[-1:] if thread else asked.messages
        urls = [url for one in shown if one.role == "user" for url in one.pictures]
        if len(urls) > MAX_PICTURES:
            raise Refused(
                f"Too many pictures: {len(urls)}, the most at once are {MAX_PICTURES}.",
                param="messages",
                code="too_many_images",
            )
        return thread or f"openai-{secrets.token_hex(12)}", [self._picture(url) for url in urls]

    async def answer(
        self, asked: Asked, thread: str, pictures: list[str | bytes], *, owner: str
    ) -> AsyncIterator[ChatEvent]:
        """What happens in the turn; the last event is `done`.

        Raises:
            Refused: where a picture cannot be read or fetched.
        """
        text = asked.last.text.strip() or ONLY_PICTURES
        kept = partial(self._kept, pictures, owner=owner)
        conversations = self._reception.conversations
        say = conversations.say(thread, text, kept, owner=owner, live=asked.stream)
        async for event in say:
            if event.kind == "done":
                self._threads.keep(owner, asked.answered(event.answer), thread)
            yield event

    def _picture(self, url: str) -> str | bytes:
        if url.startswith("data:"):
            return bytes_of(url)
        self._reception.check_remote()
        return url

    async def _kept(self, pictures: list[str | bytes], *, owner: str) -> list[Path]:
        return [await self._path(one, owner=owner) for one in pictures]

    async def _path(self, picture: str | bytes, *, owner: str) -> Path:
        try:
            if isinstance(picture, bytes):
                part = await self._reception.keep(name_of(picture), [picture], owner=owner)
            else:
                part = await self._reception.fetched(picture, owner=owner)
        except Refused as refused:
            if refused.status != 415:
                raise
            raise Refused(str(refused), param="messages", code="invalid_image_format") from refused
        return part.path
