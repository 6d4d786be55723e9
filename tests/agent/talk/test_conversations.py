from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.conversations import Conversations, ThreadRefused
from agent.inspector import Inspector
from agent.settings import Settings
from tools.errors import SettingsError


async def said(talks: Conversations, thread: str, text: str, *assets: Path, owner: str = "") -> Any:
    """The last event of a turn."""
    return [event async for event in talks.say(thread, text, assets, owner=owner)][-1]


@pytest.fixture
def inspector(home: Path) -> Iterator[Inspector]:
    with Inspector(Settings(home=home)) as one:
        yield one


@pytest.fixture
def talks(inspector: Inspector) -> Conversations:
    return Conversations(inspector)


async def test_a_thread_of_another_person_is_refused(talks: Conversations) -> None:
    await said(talks, "t1", "help", owner="ann")

    with pytest.raises(ThreadRefused, match="'t1' belongs to another person"):
        await said(talks, "t1", "help", owner="bob")
    with pytest.raises(ThreadRefused):
        await talks.turns("t1", "bob")
    with pytest.raises(ThreadRefused):
        talks.folder("t1", "")


async def test_each_person_sees_the_own_threads(talks: Conversations) -> None:
    await said(talks, "t1", "help me", owner="ann")
    await said(talks, "t2", "help", owner="bob")

    assert [(one.thread, one.title, one.turns) for one in talks.threads("ann")] == [
        ("t1", "help me", 1)
    ]


async def test_of_threads_of_one_second_the_one_spoken_in_last_comes_first(
    talks: Conversations,
) -> None:
    for thread in ("a", "b", "c", "b"):
        await said(talks, thread, "help")

    assert [one.thread for one in talks.threads()] == ["b", "c", "a"]


async def test_a_thread_goes_on_after_a_restart(home: Path, inspector: Inspector) -> None:
    await said(Conversations(inspector), "t1", "help")
    inspector.close()
    with Inspector(Settings(home=home)) as another:
        talks = Conversations(another)
        done = await said(talks, "t1", "which products")

        assert done.turn == 2
        assert done.thread == "t1"
        assert [one.said for one in await talks.turns("t1")] == ["help", "which products"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a b", ".hidden", "x" * 101])
async def test_a_name_that_could_leave_the_folder_is_refused(
    talks: Conversations, name: str
) -> None:
    with pytest.raises(SettingsError, match="thread's name"):
        await said(talks, name, "help")


async def test_two_messages_at_once_in_a_thread_come_one_after_the_other(
    talks: Conversations,
) -> None:
    await asyncio.gather(*(said(talks, "t1", "help") for _ in range(4)))

    assert [one.number for one in await talks.turns("t1")] == [1, 2, 3, 4]


async def test_many_threads_at_once_lose_nothing_and_all_are_heard_first(
    talks: Conversations,
) -> None:
    heard: list[str] = []

    async def one(thread: str) -> Any:
        events: list[Any] = []
        async for event in talks.say(thread, "help"):
            heard.append(event.kind if events else "first")
            events.append(event)
        assert [one.kind for one in events].count("done") == 1
        assert [getattr(one, "node", "") for one in events].count("listen") == 1
        return events[-1]

    done = await asyncio.gather(*(one(f"t{n}") for n in range(20)))

    assert heard[:20] == ["first"] * 20
    assert sorted(one.thread for one in done) == sorted(f"t{n}" for n in range(20))
    assert len(talks.threads()) == 20


async def test_a_thread_that_is_not_there_has_no_turns(talks: Conversations) -> None:
    assert await talks.turns("never") == []


async def test_a_review_waits_over_a_restart_and_goes_on_as_the_person_says(
    home: Path, strange: Path
) -> None:
    settings = Settings(home=home, human_review=True)
    with Inspector(settings, reviewer=lambda question: "never asked") as first:
        asked = await said(Conversations(first), "t", "inspect", strange)
    with Inspector(settings, reviewer=lambda question: "never asked") as second:
        done = await said(Conversations(second), "t", "anomalous")

    assert asked.asks
    assert "A person must decide on A1" in asked.answer
    assert done.answer.startswith("strange.png is ANOMALOUS")
    assert "A person reviewed it and decided anomalous." in done.answer
