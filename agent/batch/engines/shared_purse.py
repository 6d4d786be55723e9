"""One purse for several processes: who keeps it, and who pays from it. Knows no model.

The keeper is an object that is called from other processes; how a call gets there is not known
here.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from agent.purse import BudgetSpent, Payment, Purse


class PurseKeeper:
    """Keeps the purse of a run."""

    def __init__(self, purse: dict[str, Any]) -> None:
        """Take the fields of a purse."""
        self._purse = Purse(**purse)
        self._open: dict[str, tuple[AbstractAsyncContextManager[Payment], Payment]] = {}
        self._who: dict[str, str] = {}

    async def begin(self, call: str, who: str) -> str:
        """Wait for the turn of a call; why there is none, empty where it may begin."""
        paying = self._purse.call()
        try:
            payment = await paying.__aenter__()
        except BudgetSpent as spent:
            return str(spent)
        self._open[call], self._who[call] = (paying, payment), who
        return ""

    async def end(self, call: str, usd: float, tokens: int) -> None:
        """Take what a call cost; nothing where it is over already."""
        if call not in self._open:
            return
        paying, payment = self._open.pop(call)
        del self._who[call]
        payment.usd, payment.tokens = usd, tokens
        await paying.__aexit__(None, None, None)

    async def lose(self, who: str) -> None:
        """End the calls of one who died: what they cost is not known, so the dearest is taken."""
        for call in [call for call, one in self._who.items() if one == who]:
            await self.end(call, self._purse.dearest_usd, 0)


class SharedPurse:
    """The purse that another process keeps."""

    def __init__(self, keeper: Any, who: str) -> None:
        """Take the keeper.

        Args:
            keeper: whose methods are called as `keeper.begin.remote(...)`, and awaited.
            who: pays.
        """
        self._keeper = keeper
        self._who = who

    @asynccontextmanager
    async def call(self) -> AsyncIterator[Payment]:
        """See `Purse.call`."""
        call = uuid.uuid4().hex
        refused = await self._keeper.begin.remote(call, self._who)
        if refused:
            raise BudgetSpent(refused)
        payment = Payment()
        try:
            yield payment
        finally:
            # Not waited for: a cancelled call still has to be told.
            self._keeper.end.remote(call, payment.usd, payment.tokens)


def fields_of(purse: Purse) -> dict[str, Any]:
    """What another process makes an equal purse of; nothing is under way."""
    told = {name: getattr(purse, name) for name in Purse.__dataclass_fields__}
    return {name: value for name, value in told.items() if not name.startswith("_")}
