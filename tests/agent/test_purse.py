"""The money of a suite, with calls side by side."""

from __future__ import annotations

import asyncio

import pytest

from agent.purse import BudgetSpent, Purse


async def _pay(purse: Purse, usd: float, under_way: list[int]) -> None:
    async with purse.call() as payment:
        under_way.append(1)
        under_way[0] = max(under_way[0], sum(under_way[1:]))
        # Turns of the loop, not a time: all who may begin have begun by then.
        for _ in range(200):
            await asyncio.sleep(0)
        under_way.pop()
        payment.usd = usd


async def _pay_many(purse: Purse, n: int, usd: float) -> tuple[int, int]:
    """How many were paid for, and how many were under way at once."""
    under_way = [0]
    results = await asyncio.gather(
        *(_pay(purse, usd, under_way) for _ in range(n)), return_exceptions=True
    )
    refused = sum(isinstance(one, BudgetSpent) for one in results)
    assert all(one is None or isinstance(one, BudgetSpent) for one in results)
    return n - refused, under_way[0]


def test_calls_side_by_side_stay_within_the_budget() -> None:
    purse = Purse(max_usd=1.0)
    n_paid, _ = asyncio.run(_pay_many(purse, 50, 0.1))
    # After ten calls of 0.1 the sum is 1.0 to within rounding, which may forbid the tenth.
    assert n_paid in (9, 10)
    assert purse.spent_usd <= 1.0 + 1e-9


def test_without_a_limit_all_go_at_once() -> None:
    n_paid, at_once = asyncio.run(_pay_many(Purse(), 20, 5.0))
    assert (n_paid, at_once) == (20, 20)


def test_until_a_price_is_known_one_call_goes_alone() -> None:
    purse = Purse(max_usd=100.0)
    n_paid, at_once = asyncio.run(_pay_many(purse, 12, 1.0))
    assert n_paid == 12
    assert at_once == 11


def test_what_earlier_runs_spent_counts() -> None:
    purse = Purse(max_usd=1.0, spent_usd=1.0)
    assert purse.is_empty
    with pytest.raises(BudgetSpent):
        asyncio.run(_pay(purse, 0.1, [0]))


def test_a_call_that_breaks_gives_its_place_back() -> None:
    async def breaks() -> None:
        purse = Purse(max_usd=1.0)
        with pytest.raises(RuntimeError):
            async with purse.call():
                raise RuntimeError
        await _pay(purse, 0.1, [0])
        assert purse.spent_usd == pytest.approx(0.1)

    asyncio.run(breaks())
