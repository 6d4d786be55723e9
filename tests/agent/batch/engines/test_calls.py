"""Calls between processes: both ends of a pipe in one loop."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agent.batch.engines.calls import Answer, GoneError, Line, RaisedError
from agent.batch.engines.processes import LocalKeeper
from agent.batch.engines.serving import PurseAtTheOtherEnd
from agent.batch.engines.shared_purse import PurseKeeper, SharedPurse, fields_of
from agent.purse import BudgetSpent, Purse
from tools.errors import AssetError


class OddError(Exception):
    """Cannot be unpacked: it wants two words and keeps one."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


async def halved(number: int) -> float:
    if number < 0:
        raise AssetError(f"{number} is below 0")
    if number == 0:
        raise OddError("no", "thing")
    return number / 2


async def nothing_ever() -> None:
    await asyncio.Event().wait()


@asynccontextmanager
async def two_ends(answers: dict[str, Answer]) -> AsyncIterator[tuple[Line, Line]]:
    ours, theirs = multiprocessing.Pipe()
    asking, answering = Line(ours, {}), Line(theirs, answers)
    yield asking, answering
    asking.close()
    answering.close()


async def test_calls_are_answered_as_they_are_done_and_not_in_their_order() -> None:
    came: list[float] = []
    second_is_told = asyncio.Event()

    async def halved_late(number: int) -> float:
        await second_is_told.wait()
        return await halved(number)

    async def noted(line: Line, name: str, number: int) -> None:
        came.append(await line.ask(name, number))
        second_is_told.set()

    async with two_ends({"halved": halved, "late": halved_late}) as (line, _):
        await asyncio.gather(noted(line, "late", 1), noted(line, "halved", 4))

    assert came == [2.0, 0.5]


async def test_an_error_comes_back_as_it_was_raised() -> None:
    async with two_ends({"halved": halved}) as (line, _):
        with pytest.raises(RaisedError, match="AssetError: -1 is below 0") as caught:
            await line.ask("halved", -1)
    assert isinstance(caught.value.cause, AssetError)


async def test_an_error_that_cannot_travel_says_the_same() -> None:
    async with two_ends({"halved": halved}) as (line, _):
        with pytest.raises(RaisedError) as caught:
            await line.ask("halved", 0)
    assert str(caught.value.cause) == "OddError: nothing"


async def test_who_waits_when_the_other_end_goes_is_told() -> None:
    async with two_ends({"nothing": nothing_ever}) as (line, other):
        waiting = line.ask("nothing")
        await asyncio.sleep(0.01)
        other.close()
        with pytest.raises(GoneError):
            await waiting
        with pytest.raises(GoneError):
            await line.ask("nothing")
        assert line.gone.is_set()


async def test_a_message_that_was_torn_is_the_end_of_the_line() -> None:
    ours, theirs = multiprocessing.Pipe()
    line = Line(ours, {})
    waiting = line.ask("halved", 1)
    theirs._send(b"\x00\x00\x01\x00half")  # type: ignore[attr-defined]
    theirs.close()
    with pytest.raises(GoneError):
        await waiting


async def test_workers_of_other_processes_pay_from_one_purse() -> None:
    keeper = LocalKeeper(PurseKeeper(fields_of(Purse(max_calls=2))))
    answers: dict[str, Answer] = {"begin": keeper.begin.remote, "end": keeper.end.remote}
    paid = 0
    async with two_ends(answers) as (first, _), two_ends(answers) as (second, _):
        purses = [
            SharedPurse(PurseAtTheOtherEnd(line), who)
            for line, who in ((first, "a"), (second, "b"))
        ]
        for purse in purses:
            async with purse.call() as payment:
                payment.usd, payment.tokens = 0.5, 10
                paid += 1
        with pytest.raises(BudgetSpent, match="2 calls"):
            async with purses[0].call():
                paid += 1
    assert paid == 2
