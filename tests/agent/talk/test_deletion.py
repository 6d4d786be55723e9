from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.cli import run as run_command_line
from agent.conversations import Conversations, ThreadRefused
from agent.inspector import Inspector
from agent.settings import Settings


async def said(talks: Conversations, thread: str, text: str, *assets: Path, owner: str = "") -> Any:
    return [event async for event in talks.say(thread, text, assets, owner=owner)][-1]


@pytest.fixture
def talks(home: Path) -> Iterator[Conversations]:
    with Inspector(Settings(home=home)) as inspector:
        yield Conversations(inspector)


async def test_nothing_of_a_deleted_thread_is_left_and_its_name_begins_anew(
    talks: Conversations, home: Path, strange: Path
) -> None:
    await said(talks, "t1", "help", strange, owner="ann")
    await said(talks, "t2", "help", owner="ann")

    assert await talks.delete("t1", "ann") == [strange.resolve()]
    assert [one.name.split("-")[0] for one in (home / "conversations").iterdir()] == ["t2"]
    assert [one.thread for one in talks.threads("ann")] == ["t2"]
    assert await talks.turns("t1", "ann") == []
    assert (await said(talks, "t1", "help", owner="bob")).turn == 1


async def test_only_its_person_deletes_a_thread(talks: Conversations) -> None:
    await said(talks, "t1", "help", owner="ann")

    with pytest.raises(ThreadRefused, match="another person"):
        await talks.delete("t1", "bob")
    with pytest.raises(ThreadRefused, match="no thread 'never' to delete"):
        await talks.delete("never", "ann")
    assert len(await talks.turns("t1", "ann")) == 1


async def test_a_file_that_another_thread_was_given_too_is_not_named(
    talks: Conversations, strange: Path
) -> None:
    await said(talks, "t1", "help", strange)
    await said(talks, "t2", "help", strange)

    assert await talks.delete("t1") == []
    assert await talks.delete("t2") == [strange.resolve()]


async def test_a_turn_under_way_ends_before_its_thread_goes(talks: Conversations) -> None:
    events = talks.say("t1", "help")
    assert (await anext(events)).kind == "node"
    assert (await anext(events)).kind == "node"
    deleting = asyncio.create_task(talks.delete("t1"))
    rest = [event async for event in events]
    await deleting

    assert rest[-1].kind == "done"
    assert talks.threads() == []


async def test_what_a_crash_left_of_a_deletion_is_no_thread_and_goes_with_the_next(
    talks: Conversations, home: Path
) -> None:
    root = home / "conversations"
    for thread in ("t1", "t2"):
        await said(talks, thread, "help")
    (folder,) = root.glob("t1-*")
    shutil.move(folder, root / ".gone-0")

    assert [one.thread for one in talks.threads()] == ["t2"]
    await talks.delete("t2")
    assert list(root.iterdir()) == []


def test_the_command_line_deletes_a_thread(lots: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--home", str(lots)]
    assert run_command_line(["chat", *home, "--thread", "t", "--say", "help"]) == 0
    capsys.readouterr()
    assert run_command_line(["chat", *home, "--delete", "t"]) == 0
    assert capsys.readouterr().out.startswith("Thread t is deleted, with 0 files")
    assert run_command_line(["chat", *home, "--list"]) == 0
    assert capsys.readouterr().out == ""
    assert run_command_line(["chat", *home, "--delete", "t"]) == 1
    assert capsys.readouterr().err == "error: there is no thread 't' to delete\n"
