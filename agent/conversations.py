"""Conversations of a home: threads that are kept, resumed and belong to a person.

What faces build on: `say` yields events as they happen. Knows no terminal and no wire.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakKeyDictionary

from agent.talk.checkpoints import open_thread
from agent.talk.cut_off import cut_off, resumed, told_before
from agent.talk.hearing import Hearing
from agent.talk.journals import TurnJournal, turn_journal
from agent.talk.threads import ThreadFolders, ThreadRefused, ThreadRow
from graphs.conversation.events import ChatEvent, DoneEvent, NodeEvent, PictureEvent, TextEvent
from graphs.conversation.records import TalkTurn
from tools.errors import SettingsError

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    from agent.inspector import Inspector
    from graphs.conversation.contract import TalkContext

__all__ = ["ChatEvent", "Conversations", "TalkTurn", "ThreadRefused", "ThreadRow"]
MaySee: TypeAlias = Callable[[str, str], bool]
Assets: TypeAlias = Sequence[Path] | Callable[[], Awaitable[Sequence[Path]]]
MAX_SAID = 20_000
"""Characters of one message."""


class Conversations:
    """All threads of an Inspector's home; any number of them may go on at once.

    A thread takes one message at a time: a second waits for the first. Nothing is opened before
    the first message.
    """

    def __init__(
        self, inspector: Inspector, *, may_see: MaySee | None = None, person: str = ""
    ) -> None:
        """Take who inspects; its home keeps the threads.

        Args:
            inspector: inspects what is given.
            may_see: whether a person may see a kept inspection, given its `<run>/<asset>` and the
                owner of the thread; all may be seen where None.
            person: who corrects in threads that have no owner.
        """
        self._inspector = inspector
        self._may_see = may_see
        self._person = person
        self._threads = ThreadFolders(inspector.settings.home / "conversations")
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
        self._threads.found(thread, owner, text)
        # Here and not in its node: with fifty threads at once, that would be after their files.
        yield NodeEvent(node="listen")
        await self._hearing.wait()
        async with self._lock(thread):
            # Read again: it may have gone on, or been deleted, since.
            row = self._threads.found(thread, owner, text)
            files = await assets() if callable(assets) else assets
            async with (
                self._saver(thread) as saver,
                aclosing(self._run(row, saver, text, files, live=live)) as events,
            ):
                async for event in events:
                    yield event

    async def turns(self, thread: str, owner: str = "") -> list[TalkTurn]:
        """What was said and answered, the oldest first; empty where the thread is not there.

        A turn that was cut off is the last one, and says so.

        Raises:
            ThreadRefused: the thread is another person's.
        """
        from graphs.conversation.graph import build_conversation_graph

        if self._threads.find(thread, owner) is None:
            return []
        async with self._saver(thread) as saver:
            kept = await build_conversation_graph(saver).aget_state(
                {"configurable": {"thread_id": thread}}
            )
        turns = [TalkTurn.model_validate(one) for one in kept.values.get("turns", [])]
        left = None if self._lock(thread).locked() else cut_off(kept)
        return [*turns, left] if left else turns

    def threads(self, owner: str = "") -> list[ThreadRow]:
        """The threads of a person, the one that was spoken in last first."""
        own = [one for one in self._threads.all() if one.owner == owner]
        return sorted(own, key=lambda one: one.said or one.created, reverse=True)

    def is_there(self, thread: str, owner: str = "") -> bool:
        """Whether a person has such a thread.

        Raises:
            ThreadRefused: the thread is another person's.
        """
        return self._threads.find(thread, owner) is not None

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
            row = self._threads.find(thread, owner)
            if row is None:
                raise ThreadRefused(f"there is no thread {thread!r} to delete")
            await asyncio.to_thread(self._threads.remove, thread)
        elsewhere = {path for one in self.threads(owner) for path in one.given}
        return [Path(one) for one in dict.fromkeys(row.given) if one not in elsewhere]

    def folder(self, thread: str, owner: str = "") -> Path:
        """Where pictures (`artifacts/<digest>.png`) and documents of a thread lie.

        Raises:
            ThreadRefused: the thread is another person's.
        """
        self._threads.find(thread, owner)
        return self._threads.folder(thread)

    async def _run(
        self,
        row: ThreadRow,
        saver: AsyncSqliteSaver,
        text: str,
        assets: Sequence[Path],
        *,
        live: bool,
    ) -> AsyncGenerator[ChatEvent, None]:
        from graphs.conversation.graph import build_conversation_graph, turn_config
        from graphs.conversation.state import TalkInput
        from tools.artifacts import ArtifactFolder

        given = [str(Path(one).resolve()) for one in assets]
        if given:
            row = row.model_copy(update={"given": list(dict.fromkeys([*row.given, *given]))})
            self._threads.write(row)
        folder, workshop = self._threads.folder(row.thread), self._inspector.workshop
        artifacts = ArtifactFolder(folder / "artifacts")
        await asyncio.to_thread(workshop.open)
        now = datetime.now(UTC)
        at = now.isoformat(timespec="seconds")
        said = TalkInput(said=text, given=given, at=at)
        with turn_journal(folder / "trace.jsonl", workshop.spans, thread=row.thread) as journal:
            context = replace(self._context(row, artifacts, journal), live=live)
            config = turn_config(row.thread, max_steps=context.max_steps)
            graph = build_conversation_graph(saver)
            begin = await resumed(graph, config, said)
            told = "" if begin else await told_before(graph, config)
            if told:
                yield TextEvent(delta=told)
            turn: Any = graph.astream(begin, config, context=context, stream_mode="custom")
            done: DoneEvent | None = None
            # A turn that is given up must end before its journal does.
            async with aclosing(turn) as events:
                async for event in events:
                    if isinstance(event, PictureEvent):
                        path = str(artifacts.path(event.artifact))
                        yield event.model_copy(update={"path": path})
                    elif isinstance(event, DoneEvent):
                        journal.done = done = event
                    elif not (isinstance(event, NodeEvent) and event.node == "listen"):
                        yield event
            # Told once its checkpoint is there: who goes away on `done` finds the answer kept.
            if done:
                # Finer than the turn has it: of two threads of a second one was spoken in last.
                last = {"said": now.isoformat(timespec="milliseconds"), "turns": done.turn}
                self._threads.write(row.model_copy(update=last))
                yield done.model_copy(update={"thread": row.thread})

    def _context(self, row: ThreadRow, artifacts: Any, journal: TurnJournal) -> TalkContext:
        from agent.talk.desk import HomeDesk
        from agent.talk.talkers import build_talker
        from graphs.conversation.contract import TalkContext
        from graphs.conversation.tools.table import TALK_TOOLS

        return TalkContext(
            mind=build_talker(self._inspector.workshop, artifacts=artifacts, journal=journal),
            desk=HomeDesk(
                self._inspector,
                self._threads.folder(row.thread),
                may_see=self._seen_by(row.owner),
                spans=journal.spans,
            ),
            artifacts=artifacts,
            tools=TALK_TOOLS,
            journal=journal,
            who=row.owner or self._person,
        )

    def _seen_by(self, owner: str) -> Callable[[str], bool] | None:
        may_see = self._may_see
        return None if may_see is None else lambda ref: may_see(ref, owner)

    def _lock(self, thread: str) -> asyncio.Lock:
        locks = self._busy.setdefault(asyncio.get_running_loop(), {})
        return locks.setdefault(thread, asyncio.Lock())

    def _saver(self, thread: str) -> AbstractAsyncContextManager[AsyncSqliteSaver]:
        return open_thread(self._threads.folder(thread) / "checkpoints.sqlite")
