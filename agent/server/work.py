"""Inspections under way: a few at once, the others wait; what waits for a person is kept.

What an earlier process did not end is taken up. Knows no connection: whoever goes away stops
nothing.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from agent.failures import crashed_inspection
from agent.keeping import keep_failure
from agent.loopback.refusals import Refused
from agent.pursuit import Waiting
from agent.run_folder import asset_id
from agent.server.happenings import Happening, Stream
from agent.server.tickets import Ticket, Tickets
from agent.trace import read_trace
from graphs.records import Decision, Inspection
from tools.errors import LoupeError

if TYPE_CHECKING:
    from agent.inspector import Inspector

MAX_UNDER_WAY = 512
MAX_STREAMS = 1024
"""Of those that ended; a caller who comes later is told from the trace."""
ALONE_FROM = 2
"""Deaths of a process from which on a part is taken up alone, so that no other pays for it."""
MAX_STOPS = 3
"""Deaths after which a part is given up."""
Outcome: TypeAlias = Inspection | Waiting


class Work:
    """Starts inspections in the running loop and tells how they go."""

    def __init__(self, inspector: Inspector, tickets: Tickets) -> None:
        """Take who inspects, and where it is noted."""
        self._inspector = inspector
        self._tickets = tickets
        self._places = asyncio.Semaphore(inspector.settings.concurrency)
        self._tasks: dict[str, asyncio.Task[Ticket]] = {}
        self._streams: OrderedDict[str, Stream] = OrderedDict()
        self._alone = asyncio.Lock()

    async def take_up(self) -> None:
        """Go on with what was under way when an earlier process ended, the oldest first.

        A part may be what the process died of. The second time it is taken up when no other such
        part runs, and after the third it is told as failed.
        """
        for found in reversed(await asyncio.to_thread(self._tickets.all, None)):
            if found.state not in ("queued", "running"):
                continue
            stops = found.stops + (found.state == "running")
            ticket = found.model_copy(update={"state": "queued", "stops": stops})
            if stops >= MAX_STOPS:
                told = f"the server died {stops} times while it inspected this part; it is given up"
                ticket = ticket.model_copy(update={"state": "failed", "reason": told})
            await asyncio.to_thread(self._tickets.write, ticket)
            if stops < MAX_STOPS:
                self._stream(ticket.id, await asyncio.to_thread(self._from_trace, ticket))
                self._run(ticket, partial(self._go_on, ticket))

    def start(self, path: Path, *, name: str, product: str | None, owner: str) -> Ticket:
        """Inspect a file as soon as there is a place.

        Args:
            path: of the file.
            name: as its sender calls it.
            product: name or alias; recognised where None.
            owner: whose inspection it is.

        Raises:
            Refused: with 503 where too many wait.
        """
        if len(self._tasks) >= MAX_UNDER_WAY:
            raise Refused(
                f"{MAX_UNDER_WAY} inspections are under way; try again later.",
                status=503,
                kind="server_error",
                code="overloaded",
            )
        ticket = Ticket(
            id=f"{self._inspector.run.root.name}/{asset_id(path)}",
            owner=owner,
            name=name,
            path=str(path),
            state="queued",
            given_product=product,
            product=product,
            created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        )
        self._tickets.write(ticket)
        stream = self._stream(ticket.id)

        def inspect() -> Awaitable[Outcome]:
            return self._inspector.pursue(path, product, watcher=stream)

        self._run(ticket, inspect)
        return ticket

    def decide(self, ticket: Ticket, answer: Decision, *, by: str) -> Ticket:
        """Go on with an inspection that waits, with a person's answer.

        Raises:
            Refused: with 409 where it does not wait.
        """
        if ticket.state != "waiting" or ticket.id in self._tasks:
            raise Refused(
                f"Inspection {ticket.id!r} does not wait for a decision; it is {ticket.state}.",
                status=409,
                code="not_waiting",
            )
        stream = self._stream(ticket.id, self._streams.get(ticket.id) or self._from_trace(ticket))
        stream.reopen()
        waiting, product = ticket.waiting, ticket.given_product

        def go_on() -> Awaitable[Outcome]:
            return self._inspector.decide(
                waiting,
                answer,
                path=Path(ticket.path),
                product=product,
                run=self._tickets.run(ticket),
                watcher=stream,
            )

        decided = {"state": "queued", "decided_by": by, "answer": answer}
        ticket = ticket.model_copy(update=decided)
        self._run(ticket, go_on)
        return ticket

    async def wait(self, ticket: Ticket) -> Ticket:
        """The ticket when its inspection has ended, or waits for a person."""
        task = self._tasks.get(ticket.id)
        return await asyncio.shield(task) if task else self._tickets.find(ticket.id, ticket.owner)

    async def listen(self, ticket: Ticket, *, after: int = 0) -> AsyncIterator[Happening]:
        """What happened and happens, from a number on, until it ends or waits for a person."""
        stream = self._streams.get(ticket.id)
        if stream is None:
            stream = await asyncio.to_thread(self._from_trace, ticket)
            stream.tell("state", dict(ticket.public()))
            stream.close()
        async for one in stream.listen(after):
            yield one

    async def close(self) -> None:
        """Leave what is under way to the next process."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _from_trace(self, ticket: Ticket) -> Stream:
        """What happened before this process began."""
        stream = Stream()
        path = self._tickets.run(ticket).trace_path(ticket.asset)
        for line in read_trace(path).lines if path.is_file() else []:
            stream.write(line)
        return stream

    def _stream(self, ticket_id: str, stream: Stream | None = None) -> Stream:
        self._streams[ticket_id] = stream = stream or Stream()
        self._streams.move_to_end(ticket_id)
        while len(self._streams) > MAX_STREAMS + MAX_UNDER_WAY:
            self._streams.popitem(last=False)
        return stream

    def _run(self, ticket: Ticket, inspect: Callable[[], Awaitable[Outcome]]) -> None:
        task = asyncio.create_task(self._pursue(ticket, inspect))
        self._tasks[ticket.id] = task
        task.add_done_callback(lambda done: self._tasks.pop(ticket.id, None))

    async def _pursue(self, ticket: Ticket, inspect: Callable[[], Awaitable[Outcome]]) -> Ticket:
        stream = self._streams[ticket.id]
        stream.tell("state", dict(ticket.public()))
        try:
            async with self._turn(ticket), self._places:
                ticket = self._noted(ticket.model_copy(update={"state": "running"}), stream)
                outcome = await self._outcome(ticket, inspect)
            return self._noted(outcome, stream)
        except asyncio.CancelledError:
            # The process ends in good order, which is not the part's doing.
            self._tickets.write(ticket.model_copy(update={"state": "queued"}))
            raise
        finally:
            stream.close()

    def _turn(self, ticket: Ticket) -> AbstractAsyncContextManager[object]:
        return self._alone if ticket.stops >= ALONE_FROM else nullcontext()

    def _go_on(self, ticket: Ticket) -> Awaitable[Outcome]:
        return self._inspector.pursue(
            Path(ticket.path),
            ticket.given_product,
            watcher=self._streams[ticket.id],
            run=self._tickets.run(ticket),
            answer=ticket.answer,
        )

    async def _outcome(self, ticket: Ticket, inspect: Callable[[], Awaitable[Outcome]]) -> Ticket:
        try:
            found = await inspect()
        except LoupeError as error:
            return ticket.model_copy(update={"state": "failed", "reason": str(error)})
        # The one boundary of an inspection that is served: recorded as failed, never as normal.
        except Exception as error:  # noqa: BLE001
            path, settings = Path(ticket.path), self._inspector.settings
            failed = crashed_inspection(path, settings, error, product=ticket.given_product)
            await asyncio.to_thread(keep_failure, failed, run=self._tickets.run(ticket))
            return ticket.decided(failed)
        if isinstance(found, Inspection):
            return ticket.decided(found)
        reason = str(found.question.get("reason", ""))
        waits = {"state": "waiting", "thread": found.thread, "question": found.question}
        return ticket.model_copy(update={**waits, "reason": reason, "answer": None})

    def _noted(self, ticket: Ticket, stream: Stream) -> Ticket:
        self._tickets.write(ticket)
        stream.tell("state", dict(ticket.public()))
        return ticket
