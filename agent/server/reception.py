"""What every face stands on: one Inspector of a home, uploads, tickets, work and conversations.

Knows no route and no protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.conversations import Conversations
from agent.loopback.refusals import Refused
from agent.server.forgetting import Forgotten, forget
from agent.server.remote import Fetcher
from agent.server.roots import inside
from agent.server.tickets import Ticket, Tickets
from agent.server.unit_files import Sent, files_of
from agent.server.uploads import Uploads
from agent.server.work import Work

if TYPE_CHECKING:
    from agent.inspector import Inspector
    from agent.settings import Settings
    from graphs.records import Inspection
    from knowledge.store import KnowledgeStore


THREADS = 64
NOBODY = "a person on this machine"
"""Who corrects and decides where no tokens tell persons apart."""


class Part(NamedTuple):
    """A file that is to be inspected."""

    path: Path
    name: str
    """As its sender calls it."""


class Reception:
    """Takes parts in from whoever calls, and finds what became of them."""

    def __init__(self, inspector: Inspector, *, fetcher: Fetcher | None = None) -> None:
        """Take who inspects; its home keeps what is sent. Needs a running loop."""
        settings = inspector.settings
        self.inspector = inspector
        self.settings = settings
        self.uploads = Uploads(
            settings.home.resolve() / "uploads",
            max_bytes=settings.max_upload_bytes,
            max_pixels=settings.max_pixels,
        )
        self.tickets = Tickets(inspector.run.root.parent, self.uploads)
        self.work = Work(inspector, self.tickets)
        self.conversations = Conversations(inspector, may_see=self.tickets.may_see, person=NOBODY)
        self._fetcher = fetcher or Fetcher(max_bytes=settings.max_upload_bytes)

    @property
    def store(self) -> KnowledgeStore:
        """What the home knows."""
        return self.inspector.workshop.store

    async def keep(self, name: str, content: Iterable[bytes], *, owner: str) -> Part:
        """A file that was sent.

        Raises:
            Refused: where it cannot be inspected.
        """
        upload = await asyncio.to_thread(self.uploads.keep, name, content, owner=owner)
        return Part(self.uploads.path(upload), upload.name)

    async def keep_all(self, files: Sequence[Sent], *, owner: str) -> Part:
        """Files that were sent together: one alone, or those of one unit.

        Raises:
            Refused: where they cannot be inspected.
        """
        upload = await asyncio.to_thread(self.uploads.keep_all, files, owner=owner)
        return Part(self.uploads.path(upload), upload.name)

    def uploaded(self, upload_id: str, *, owner: str) -> Part:
        """A file that was sent before.

        Raises:
            Refused: where the person sent none of this id.
        """
        upload = self.uploads.find(upload_id, owner)
        return Part(self.uploads.path(upload), upload.name)

    async def named(self, path: str, *, owner: str) -> Part:
        """A copy of a file that lies in one of the roots, and of those that it names.

        Raises:
            Refused: where it lies outside, or cannot be inspected.
        """
        found = await asyncio.to_thread(inside, path, self.settings.serve_roots)
        with ExitStack() as opened:
            files = await asyncio.to_thread(files_of, found, opened)
            return await self.keep_all(files, owner=owner)

    async def fetched(self, url: str, *, owner: str) -> Part:
        """A file that lies on the public internet.

        Raises:
            Refused: where that is not allowed, or it cannot be inspected.
        """
        self.check_remote()
        content = await self._fetcher.fetch(url)
        return await self.keep(_name_in(url, content), [content], owner=owner)

    def check_remote(self) -> None:
        """See that remote URLs may be fetched.

        Raises:
            Refused: where they may not.
        """
        if not self.settings.remote_urls:
            raise Refused(
                "Remote URLs are not fetched here (setting remote_urls); send the file.",
                param="url",
                code="remote_urls_off",
            )

    def start(self, part: Part, *, product: str | None, owner: str) -> Ticket:
        """Inspect a part as soon as there is a place."""
        return self.work.start(part.path, name=part.name, product=product, owner=owner)

    async def forget(self, thread: str, *, owner: str) -> Forgotten:
        """Delete a thread, and what was sent to it alone.

        Raises:
            ThreadRefused: the thread is not there, or another person's.
        """
        uploads, tickets = self.uploads, self.tickets
        return await forget(
            self.conversations, thread, owner=owner, uploads=uploads, tickets=tickets
        )

    def inspection(self, ticket: Ticket) -> Inspection:
        """The record of an inspection.

        Raises:
            Refused: with 409 where there is none yet.
        """
        from agent.kept_runs import read_inspection

        path = self.tickets.folder(ticket) / "inspection.json"
        if not path.is_file():
            raise Refused(
                f"Inspection {ticket.id!r} has no record: it is {ticket.state}. {ticket.reason}",
                status=409,
                code="no_record",
            )
        return read_inspection(path)


@asynccontextmanager
async def open_reception(
    settings: Settings, *, fetcher: Fetcher | None = None, **given: Any
) -> AsyncIterator[Reception]:
    """Own a home and receive callers until the end.

    Args:
        settings: of the process.
        fetcher: of remote URLs; one that keeps to the public internet where None.
        **given: what an Inspector takes besides: run, chat, experts.

    Raises:
        KnowledgeError: where another process owns the home.
    """
    from agent.inspector import Inspector

    # Small work must not wait behind inspections, which keep a thread each for a good while.
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="loupe")
    asyncio.get_running_loop().set_default_executor(pool)
    async with Inspector(settings, reviewer=_left_open, **given) as inspector:
        reception = Reception(inspector, fetcher=fetcher)
        await asyncio.to_thread(_load_graph)
        await reception.work.take_up()
        try:
            yield reception
        finally:
            await reception.work.close()


def _load_graph() -> None:
    """What the first caller would wait for otherwise: its import takes seconds."""
    from graphs.conversation.graph import build_conversation_graph
    from graphs.inspection.graph import build_inspection_graph

    build_inspection_graph()
    build_conversation_graph()


def _left_open(question: dict[str, Any]) -> str:
    """Of an inspection in a conversation: nobody is asked beside it, and it is never normal.

    What is inspected by itself waits, and is decided over HTTP.
    """
    return "review"


def _name_in(url: str, content: bytes) -> str:
    """A file's name for what was fetched: its kind is told by its first bytes."""
    from urllib.parse import urlsplit

    from agent.server.data_urls import name_of
    from tools.assets.opening import is_asset

    last = Path(urlsplit(url).path).name
    return last if is_asset(Path(last)) else name_of(content, Path(last).stem or "fetched")
