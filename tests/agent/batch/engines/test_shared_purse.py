"""Several processes spend one budget."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from agent.batch.engines.shared_purse import PurseKeeper, SharedPurse, fields_of
from agent.purse import BudgetSpent, Purse


class Method:
    """A method of an object elsewhere: called at once, awaited or not."""

    def __init__(self, method: Callable[..., Awaitable[Any]]) -> None:
        self._method = method

    def remote(self, *given: object) -> asyncio.Future[Any]:
        return asyncio.ensure_future(self._method(*given))


class Elsewhere:
    """A keeper as a handle of Ray's shows it."""

    def __init__(self, keeper: PurseKeeper) -> None:
        self.begin = Method(keeper.begin)
        self.end = Method(keeper.end)


def keeper_of(**limits: float) -> PurseKeeper:
    return PurseKeeper(limits)


async def pay(purse: SharedPurse, usd: float) -> None:
    async with purse.call() as payment:
        payment.usd = usd
    # What was told of the end arrives in its own time.
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_what_one_pays_another_cannot() -> None:
    keeper = Elsewhere(keeper_of(max_usd=1.0))
    one, other = SharedPurse(keeper, "one"), SharedPurse(keeper, "other")

    await pay(one, 0.6)
    with pytest.raises(BudgetSpent, match=r"budget of 1 US dollars is spent \(0.6000 used\)"):
        await pay(other, 0.6)


async def test_the_calls_of_one_who_died_are_over_and_paid_for() -> None:
    keeper = keeper_of(max_usd=1.0, dearest_usd=0.4, spent_usd=0.1)
    assert await keeper.begin("call", "dead") == ""
    assert await keeper.begin("another", "alive") == ""

    await keeper.lose("dead")
    await keeper.end("call", 0.0, 0)
    await keeper.end("another", 0.2, 0)

    assert "0.7000 used" in await keeper.begin("third", "alive")


def test_a_purse_goes_over_as_its_limits_and_what_is_spent() -> None:
    purse = Purse(max_calls=5, n_calls=2)

    assert PurseKeeper(fields_of(purse))._purse.n_calls == 2
