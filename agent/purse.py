"""The money of a whole run, shared by all calls under way. Knows no model and no price."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol


class BudgetSpent(Exception):
    """The run's budget allows no further call. The sample stays undone, and is told so."""


class Unanswered(Exception):
    """Nobody has answered yet. The inspection goes on from here when somebody has."""


UNDONE = tuple(f"{one.__name__}:" for one in (BudgetSpent, Unanswered))
"""How reasons begin of inspections that are no failure: they are done another time."""


class PursePort(Protocol):
    """Pays for calls: the run's own purse, or one that several processes share."""

    def call(self) -> AbstractAsyncContextManager[Payment]:
        """See `Purse.call`."""
        ...


@dataclass
class Purse:
    """What may be spent and what is spent.

    Before a call its price is not known, so the dearest call so far is set aside for each one
    under way; until one has come back, only one goes. So what is spent at the end exceeds the
    budget by no more than calls grow dearer than all before them.
    """

    max_usd: float = 0.0
    """US dollars. 0 means no limit."""
    max_calls: int = 0
    """Of the model. 0 means no limit."""
    max_tokens: int = 0
    """In and out. 0 means no limit; calls under way when they are spent are paid yet."""
    spent_usd: float = 0.0
    """What was paid before it went on counts."""
    dearest_usd: float = 0.0
    """Of one call so far."""
    n_calls: int = 0
    """That are over, earlier ones counted."""
    n_tokens: int = 0
    """The same, of tokens."""
    _n_under_way: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def is_empty(self) -> bool:
        """Whether no call may begin, whatever those under way will cost."""
        return bool(self.spent)

    @property
    def spent(self) -> str:
        """Which limit is reached, in words; empty where none is."""
        if 0 < self.max_usd <= self.spent_usd:
            return f"{self.max_usd:g} US dollars is spent ({self.spent_usd:.4f} used)"
        if 0 < self.max_calls <= self.n_calls:
            return f"{self.max_calls} calls is spent"
        if 0 < self.max_tokens <= self.n_tokens:
            return f"{self.max_tokens} tokens is spent ({self.n_tokens} used)"
        return ""

    @asynccontextmanager
    async def call(self) -> AsyncIterator[Payment]:
        """One call: waits for its turn, and takes what it cost at its end.

        Raises:
            BudgetSpent: nothing is left for it.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._may_begin() or self._cannot())
            if not self._may_begin():
                told = self.spent or (
                    f"{self.max_usd:g} US dollars is spent ({self.spent_usd:.4f} used)"
                )
                raise BudgetSpent(f"the run's budget of {told}")
            self._n_under_way += 1
        payment = Payment()
        try:
            yield payment
        finally:
            # The bookkeeping must not wait: a cancelled call still has to leave the count.
            self._n_under_way -= 1
            self.spent_usd += payment.usd
            self.n_calls += 1
            self.n_tokens += payment.tokens
            self.dearest_usd = max(self.dearest_usd, payment.usd)
            async with self._changed:
                self._changed.notify_all()

    def _may_begin(self) -> bool:
        if self.is_empty:
            return False
        if 0 < self.max_calls <= self.n_calls + self._n_under_way:
            return False
        if self.max_usd == 0:
            return True
        if self.dearest_usd == 0 and self._n_under_way:
            return False
        set_aside = (self._n_under_way + 1) * self.dearest_usd
        return self.spent_usd + set_aside <= self.max_usd

    def _cannot(self) -> bool:
        """Whether waiting is of no use: nothing under way may come back cheaper."""
        return not self._may_begin() and self._n_under_way == 0


@dataclass
class Payment:
    """What one call cost; set it before the call ends."""

    usd: float = 0.0
    tokens: int = 0
