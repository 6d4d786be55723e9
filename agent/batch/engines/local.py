"""Does orders in this process. Knows no cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from agent.batch.engines.contract import DoOrder
from agent.batch.records import BatchRow, Order, row_of
from agent.orders import InspectRow
from agent.purse import BudgetSpent, Unanswered
from agent.result_log import ResultLog
from graphs.records import Inspection

if TYPE_CHECKING:
    from agent.answers import KeptChat
    from agent.inspector import Inspector


class LocalEngine:
    """One Inspector, and the log that its rows go to."""

    def __init__(
        self, inspector: Inspector, log: ResultLog[BatchRow], chat: KeptChat | None = None
    ) -> None:
        """Take them, opened; the model only to tell what it was asked."""
        self.inspector = inspector
        self.log = log
        self.chat = chat

    @property
    def at_once(self) -> int:
        """As the settings say."""
        return self.inspector.settings.concurrency

    @property
    def n_asked(self) -> int:
        """See `Engine`."""
        return self.chat.n_asked if self.chat else 0

    @property
    def n_kept(self) -> int:
        """See `Engine`."""
        return self.chat.n_kept if self.chat else 0

    @asynccontextmanager
    async def doing(self) -> AsyncIterator[DoOrder]:
        """See `Engine`."""
        async with self.inspector.row_inspector() as inspect:
            yield partial(self._do, inspect)

    def row(self, task: str) -> BatchRow:
        """See `Engine`."""
        return self.log.row(task)

    async def kept(self, order: Order, inspection: Inspection) -> BatchRow:
        """Write the row of an inspection.

        Raises:
            BudgetSpent, Unanswered: it was left undone.
        """
        reason = inspection.verdict.reason
        for left in (BudgetSpent, Unanswered):
            if reason.startswith(f"{left.__name__}:"):
                raise left(reason.removeprefix(f"{left.__name__}:").strip())
        row = row_of(order, inspection)
        await self.log.add(row)
        return row

    async def _do(self, inspect: InspectRow, order: Order) -> BatchRow:
        return await self.kept(order, await inspect(order.path, order.product, order.labels))
