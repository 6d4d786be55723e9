from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.starting import LeavingChat, Turnstile
from graphs.minds.chat import ChatReply, ChatRequest, Message
from tools.artifacts import ArtifactFolder


async def settle() -> None:
    """Let everybody go on as far as they can by themselves."""
    for _ in range(50):
        await asyncio.sleep(0)


class Silent:
    """A model that answers at once."""

    name = "silent"
    calls_tools = False

    async def complete(self, request: ChatRequest, *, artifacts: object) -> ChatReply:
        return ChatReply(text="fine")


async def test_the_next_begins_where_one_has_left_though_it_goes_on() -> None:
    told: list[str] = []
    answered = asyncio.Event()

    async def work(name: str, turnstile: Turnstile) -> None:
        async with turnstile.turn() as turn:
            told.append(f"{name} begins")
            turn.leave()
            turn.leave()
            await answered.wait()
        told.append(f"{name} ends")

    turnstile = Turnstile(1)
    both = [asyncio.create_task(work(name, turnstile)) for name in "ab"]
    await settle()
    assert told == ["a begins", "b begins"]
    answered.set()
    await asyncio.gather(*both)

    assert told == ["a begins", "b begins", "a ends", "b ends"]


async def test_who_breaks_down_makes_place() -> None:
    turnstile = Turnstile(1)
    with pytest.raises(ValueError, match="broken"):
        async with turnstile.turn():
            raise ValueError("broken")

    async with asyncio.timeout(60), turnstile.turn():
        pass


async def test_no_more_begin_than_there_are_places() -> None:
    turnstile, n_begun = Turnstile(3), 0

    async def work() -> None:
        nonlocal n_begun
        async with turnstile.turn():
            n_begun += 1
            await asyncio.Event().wait()

    waiting = [asyncio.create_task(work()) for _ in range(5)]
    await settle()
    assert n_begun == 3
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

    async with asyncio.timeout(60), turnstile.turn():
        pass


def test_each_loop_has_its_own_places() -> None:
    turnstile = Turnstile(1)

    async def pass_through() -> None:
        async with turnstile.turn():
            await asyncio.sleep(0)

    for _ in range(3):
        asyncio.run(pass_through())


async def test_a_model_is_asked_after_the_place_is_left(tmp_path: Path) -> None:
    told: list[str] = []
    chat = LeavingChat(Silent(), lambda: told.append("left"))
    request = ChatRequest(purpose="look", messages=[Message(role="user", text="look")])

    reply = await chat.complete(request, artifacts=ArtifactFolder(tmp_path))

    assert (reply.text, told) == ("fine", ["left"])
    assert (chat.name, chat.calls_tools) == ("silent", False)
