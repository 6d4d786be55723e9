"""Conversations of a home: threads that are kept, resumed and belong to a person.

What faces build on: `say` yields events as they happen. Knows no terminal and no wire.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakKeyDictionary

from pydantic import Field

from agent.run_folder import write_atomically
from agent.talk.hearing import Hearing
from agent.talk.journals import TurnJournal, short_name, turn_journal
from graphs.conversation.events import ChatEvent, DoneEvent, NodeEvent, PictureEvent
from graphs.conversation.records import TalkTurn
from tools.errors import LoupeError, SettingsError
from tools.records import Record

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    from agent.inspector import Inspector
    from graphs.conversation.contract import TalkContext

__all__ = ["ChatEvent", "Conversations", "TalkTurn", "ThreadRefused", "ThreadRow"]
MaySee: TypeAlias = Callable[[str, str], bool]
Assets: TypeAlias = Sequence[Path] | Callable[[], Awaitable[Sequence[Path]]]
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
MAX_SAID = 20_000
"""Characters of one message."""


class ThreadRefused(LoupeError):
    """A thread of another person, or one that is not there."""


class ThreadRow(Record):
    """A thread as it is listed."""

    thread: str
    owner: str
    title: str
    """The first words that were said."""
    created: str
    """ISO 8601, UTC."""
    said: str = ""
    """When something was said last."""
    turns: int = 0
    given: list[str] = Field(default_factory=list)
    """Paths of the files that came with what was said."""


class Conversations:
    """All threads of an Inspector's home; any number of them may go on at once.

    A thread takes one message at a time: a second waits for the first. Nothing is opened before
    the first message.
    """

    def __init__(self, inspector: Inspector, *, may_see: MaySee | None = None) -> None:
        """Take who inspects; its home keeps the threads.

        Args:
            inspector: inspects what is given.
            may_see: whether a person may see a kept inspection, given its `<run>/<asset>` and the
                owner of the thread; all may be seen where None.
        """
        self._inspector = inspector
        self._may_see = may_see
        self._root = inspector.settings.home / "conversations"
        self._hearing = Hearing()
        self._busy: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Lock]] = (
            WeakKeyDictionary()
        )

    async def say(
        self, thread: str, text: str, assets: Assets = (), *, owner: str = "", live: bool = True
    ) -> AsyncIterator[ChatEvent]:
        """Say something in a thread, which is made where it is new.

        Args:
            thread: 1 to 100 letters, digits, dots, dashes and underscores.
            text: what the person says.
            assets: files that come with it, or what makes them while somebody listens already;
                the caller has checked that they may be read.
            owner: the person; of a thread that is there, the one who began it.
            live: somebody hears the answer while a model says it; else it comes whole.

        Yields:
            Events of graphs.conversation.events; the first before anything is read or asked, the
            last is `done`.

        Raises:
            ThreadRefused: the thread is another person's.
            SettingsError: the name of the thread or the text cannot be.
        """
        if len(text) > MAX_SAID:
            raise SettingsError(f"a message may have {MAX_SAID} characters, got {len(text)}")
        self._hearing.note()
        self._row(thread, owner, text)
        # Here and not in its node: with fifty threads at once, that would be after their files.
        yield NodeEvent(node="listen")
        await self._hearing.wait()
        async with self._lock(thread):
            # Read again: it may have gone on, or been deleted, since.
            row = self._row(thread, owner, text)
            files = await assets() if callable(assets) else assets
            async with self._saver(thread) as saver:
                async for event in self._run(row, saver, text, files, live=live):
                    yield event

    async def turns(self, thread: str, owner: str = "") -> list[TalkTurn]:
        """What was said and answered, the oldest first; empty where the thread is not there.

        Raises:
            ThreadRefused: the thread is another person's.
        """
        from graphs.conversation.graph import build_conversation_graph

        if self._mine(thread, owner) is None:
            return []
        async with self._saver(thread) as saver:
            kept = await build_conversation_graph(saver).aget_state(
                {"configurable": {"thread_id": thread}}
            )
        return [TalkTurn.model_validate(one) for one in kept.values.get("turns", [])]

    def threads(self, owner: str = "") -> list[ThreadRow]:
        """The threads of a person, the one that was spoken in last first."""
        own = [one for one in self._rows() if one.owner == owner]
        return sorted(own, key=lambda one: one.said or one.created, reverse=True)

    def is_there(self, thread: str, owner: str = "") -> bool:
        """Whether a person has such a thread.

        Raises:
            ThreadRefused: the thread is another person's.
        """
        return self._mine(thread, owner) is not None

    async def delete(self, thread: str, owner: str = "") -> list[Path]:
        """Delete a thread: what was said, its pictures, documents, trace and checkpoints.

        A turn that is under way ends first. Inspections are records of their own and stay.

        Returns:
            The files that were given in it and in no other thread of the person. They lie
            elsewhere: whoever took them in knows what becomes of them.

        Raises:
            ThreadRefused: the thread is not there, or another person's.
        """
        async with self._lock(thread):
            row = self._mine(thread, owner)
            if row is None:
                raise ThreadRefused(f"there is no thread {thread!r} to delete")
            await asyncio.to_thread(self._remove, thread)
        elsewhere = {path for one in self.threads(owner) for path in one.given}
        return [Path(one) for one in dict.fromkeys(row.given) if one not in elsewhere]

    def folder(self, thread: str, owner: str = "") -> Path:
        """Where pictures (`artifacts/<digest>.png`) and documents of a thread lie.

        Raises:
            ThreadRefused: the thread is another person's.
        """
        self._mine(thread, owner)
        return self._folder(thread)

    async def _run(
        self,
        row: ThreadRow,
        saver: AsyncSqliteSaver,
        text: str,
        assets: Sequence[Path],
        *,
        live: bool,
    ) -> AsyncIterator[ChatEvent]:
        from graphs.conversation.graph import build_conversation_graph, turn_config
        from graphs.conversation.state import TalkInput
        from tools.artifacts import ArtifactFolder

        given = [str(Path(one).resolve()) for one in assets]
        if given:
            row = row.model_copy(update={"given": [*row.given, *given]})
            self._write(row)
        folder, workshop = self._folder(row.thread), self._inspector.workshop
        artifacts = ArtifactFolder(folder / "artifacts")
        await asyncio.to_thread(workshop.open)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        said = TalkInput(said=text, given=given, at=at)
        with turn_journal(folder / "trace.jsonl", workshop.spans, thread=row.thread) as journal:
            context = replace(self._context(row, artifacts, journal), live=live)
            config = turn_config(row.thread, max_steps=context.max_steps)
            graph = build_conversation_graph(saver)
            events: Any = graph.astream(said, config, context=context, stream_mode="custom")
            async for event in events:
                if isinstance(event, PictureEvent):
                    path = str(artifacts.path(event.artifact))
                    yield event.model_copy(update={"path": path})
                elif isinstance(event, DoneEvent):
                    journal.done = event
                    self._write(row.model_copy(update={"said": at, "turns": event.turn}))
                    yield event.model_copy(update={"thread": row.thread})
                elif not (isinstance(event, NodeEvent) and event.node == "listen"):
                    yield event

    def _context(self, row: ThreadRow, artifacts: Any, journal: TurnJournal) -> TalkContext:
        from agent.talk.desk import HomeDesk
        from agent.talk.talkers import build_talker
        from graphs.conversation.contract import TalkContext
        from graphs.conversation.tools.table import TALK_TOOLS

        return TalkContext(
            mind=build_talker(self._inspector.workshop, artifacts=artifacts, journal=journal),
            desk=HomeDesk(
                self._inspector, self._folder(row.thread), may_see=self._seen_by(row.owner)
            ),
            artifacts=artifacts,
            tools=TALK_TOOLS,
            journal=journal,
            who=row.owner,
        )

    def _seen_by(self, owner: str) -> Callable[[str], bool] | None:
        may_see = self._may_see
        return None if may_see is None else lambda ref: may_see(ref, owner)

    def _mine(self, thread: str, owner: str) -> ThreadRow | None:
        path = self._folder(thread) / "thread.json"
        if not path.is_file():
            return None
        row = _read_row(path)
        if row.owner != owner:
            raise ThreadRefused(f"thread {thread!r} belongs to another person; begin one of yours")
        return row

    def _row(self, thread: str, owner: str, said: str) -> ThreadRow:
        """The thread, which is made where it is new."""
        row = self._mine(thread, owner)
        if row is None:
            created = datetime.now(UTC).isoformat(timespec="seconds")
            title = " ".join(said.split())[:80]
            row = ThreadRow(thread=thread, owner=owner, title=title, created=created)
            self._write(row)
        return row

    def _write(self, row: ThreadRow) -> None:
        data = row.model_dump_json(indent=2).encode()
        write_atomically(self._folder(row.thread) / "thread.json", data)

    def _folder(self, thread: str) -> Path:
        if not NAME.fullmatch(thread):
            raise SettingsError(
                f"a thread's name has 1 to 100 letters, digits, dots, dashes and underscores and "
                f"begins with a letter or digit, got {thread!r}"
            )
        # Some file systems take upper and lower case for the same name.
        return self._root / f"{thread}-{short_name(thread)}"

    def _rows(self) -> Iterator[ThreadRow]:
        for path in self._root.glob("[!.]*/thread.json"):
            try:
                yield _read_row(path)
            except FileNotFoundError:
                # It was deleted meanwhile.
                continue

    def _remove(self, thread: str) -> None:
        # By another name first: whatever is left of it after a crash is no thread, and goes with
        # the next one.
        self._folder(thread).rename(self._root / f".gone-{secrets.token_hex(8)}")
        for folder in self._root.glob(".gone-*"):
            shutil.rmtree(folder)

    def _lock(self, thread: str) -> asyncio.Lock:
        locks = self._busy.setdefault(asyncio.get_running_loop(), {})
        return locks.setdefault(thread, asyncio.Lock())

    @asynccontextmanager
    async def _saver(self, thread: str) -> AsyncIterator[AsyncSqliteSaver]:
        """Checkpoints of one thread; a file for each, so that threads never wait for each other."""
        import aiosqlite
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

        from graphs.conversation.graph import build_serializer

        async with aiosqlite.connect(self._folder(thread) / "checkpoints.sqlite") as connection:
            yield AsyncSqliteSaver(connection, serde=build_serializer())


def _read_row(path: Path) -> ThreadRow:
    return ThreadRow.model_validate_json(path.read_bytes())
