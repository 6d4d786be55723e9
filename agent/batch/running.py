"""Runs the orders of a batch: equal files once, each order one row, whatever happens between.

Knows no manifest, no terminal, and not where orders are done.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from agent.batch.engines.contract import DoOrder, Engine
from agent.batch.records import BatchRow, Order, row_like
from agent.failures import UNREAD, digest_of
from agent.orders import as_done
from agent.purse import BudgetSpent, Unanswered
from agent.result_log import ResultLog


@dataclass
class Batch:
    """Orders under way."""

    engine: Engine
    log: ResultLog[BatchRow]
    max_seconds: float = 0.0
    """After which no further order is begun. 0 means no limit."""
    clock: Callable[[], float] = time.monotonic
    stopped: str = ""
    """Why orders were left undone; empty where none was."""
    _first: dict[str, asyncio.Future[BatchRow | None]] = field(default_factory=dict)
    """By file and product: the row whose inspection others share, while it is under way."""
    _done: dict[str, str] = field(default_factory=dict)
    """The same, done: its task."""
    _last_read: asyncio.Event | None = None
    """Of the order that began last: whether it and all before it know what they share."""

    async def rows(self, orders: Sequence[Order]) -> AsyncGenerator[BatchRow, None]:
        """Do what has no row yet; yields rows as they are on the disc.

        An order that the budget does not allow has no row, and is done when the run goes on.
        """
        self.remember()
        started = self.clock()
        async with self.engine.doing() as do:
            waiting = (self.row(do, one) for one in self._undone(orders, started))
            async with aclosing(as_done(waiting, at_once=self.engine.at_once)) as done:
                async for row in done:
                    if row is not None:
                        yield row

    def remember(self) -> None:
        """Take the rows of earlier processes, so that files equal to theirs share them."""
        for kept in self.log.rows:
            if kept.status != "failed" and kept.sha256 and not kept.shared:
                self._done[f"{kept.sha256} {kept.ordered}"] = kept.task

    def _undone(self, orders: Sequence[Order], started: float) -> Iterator[Order]:
        for one in orders:
            if one.task in self.log:
                continue
            if self.max_seconds and self.clock() - started >= self.max_seconds:
                self.stopped = f"the run's {self.max_seconds:g} seconds are over"
            if self.stopped:
                return
            yield one

    async def row(self, do: DoOrder, order: Order) -> BatchRow | None:
        """Do one order that has no row; None where it is left undone."""
        key = await self._key_in_turn(order)
        first = None if key is None else await self._shared(key)
        if first is not None:
            like = row_like(order, first)
            await self.log.add(like)
            return like
        mine = None if key is None else self._first.setdefault(key, _future())
        row: BatchRow | None = None
        try:
            row = await do(order)
        except BudgetSpent as spent:
            self.stopped = str(spent)
        except Unanswered:
            # It is done when the run goes on, as all others are.
            pass
        finally:
            if key is not None and mine is not None:
                del self._first[key]
                if row is not None and row.status != "failed":
                    self._done[key] = row.task
                mine.set_result(row)
        return row

    async def _shared(self, key: str) -> BatchRow | None:
        """The row of an equal file, waited for where it is under way; None where there is none."""
        while key in self._first:
            # Who gives up waiting must not give up the row for all others.
            row = await asyncio.shield(self._first[key])
            if row is not None and row.status != "failed":
                return row
        if key not in self._done:
            return None
        task = self._done[key]
        return self.log.row(task) if task in self.log else self.engine.row(task)

    async def _key_in_turn(self, order: Order) -> str | None:
        """The same, once all orders that began before have theirs.

        So the first of equal files is the one that is inspected, however fast each is read.
        """
        before, read = self._last_read, asyncio.Event()
        self._last_read = read
        try:
            key = await self._key(order)
            if before is not None:
                await before.wait()
            return key
        finally:
            read.set()

    async def _key(self, order: Order) -> str | None:
        """What equal orders share; None for a file that cannot be read."""
        digest = await asyncio.to_thread(digest_of, order.path)
        return None if digest == UNREAD else f"{digest} {order.product}"


def _future() -> asyncio.Future[BatchRow | None]:
    return asyncio.get_running_loop().create_future()
