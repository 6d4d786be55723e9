"""Turns without an answer: told, gone on with, or left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.conversations import Conversations
from agent.inspector import Inspector
from agent.settings import Settings
from agent.talk.cut_off import CUT_OFF
from graphs.minds.chat import CalledTool, ChatReply, ChatRequest
from graphs.minds.scripted import ScriptedChat

QUERY = CalledTool(id="x", name="query", arguments='{"measure": "units", "by": ""}')
DYING = """
import asyncio, json, os, pathlib, signal, sqlite3, sys
from agent.conversations import Conversations
from agent.inspector import Inspector
from agent.settings import Settings

def steps():
    (file,) = pathlib.Path(sys.argv[1]).glob("conversations/*/checkpoints.sqlite")
    with sqlite3.connect(file) as database:
        kept = list(database.execute("SELECT metadata FROM checkpoints"))
    return {json.loads(row[0])["step"] for row in kept}

async def main():
    with Inspector(Settings(home=sys.argv[1])) as inspector:
        async for event in Conversations(inspector).say("t", "pareto"):
            if event.kind == "tool" and event.state == "answers":
                # Of what was said and thought; whoever dies before that has said nothing yet.
                while 2 not in steps():
                    await asyncio.sleep(0.02)
                os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.fixture
def chat() -> ScriptedChat:
    return ScriptedChat([ChatReply(tool_calls=[QUERY]), answered])


def answered(request: ChatRequest) -> ChatReply:
    """By what was said: who is cut off may have asked the model already, or not."""
    said = [one.text for one in request.messages if one.role == "user"][-1]
    return ChatReply(text="Good." if "never mind" in said else "60 units [Q1].")


@pytest.fixture
def talks(lots: Path, chat: ScriptedChat) -> Iterator[Conversations]:
    with Inspector(Settings(home=lots), chat=chat) as inspector:
        yield Conversations(inspector)


async def cut(talks: Conversations, text: str) -> None:
    """Say something and go away when its tool has answered."""
    turn: Any = talks.say("t", text)
    seen = 0
    async for event in turn:
        seen += getattr(event, "node", "") == "think"
        if seen == 2:
            break
    await turn.aclose()


async def said(talks: Conversations, text: str) -> Any:
    return [event async for event in talks.say("t", text)][-1]


async def test_who_says_the_same_again_is_answered_from_where_it_stopped(
    talks: Conversations, chat: ScriptedChat
) -> None:
    await cut(talks, "how many?")
    (left,) = await talks.turns("t")
    assert (left.said, left.answer) == ("how many?", CUT_OFF)

    chat.then([answered])
    done = await said(talks, "how many?")
    assert (done.turn, done.answer) == (1, "60 units [Q1].")
    assert [one.said for one in await talks.turns("t")] == ["how many?"]
    # The query was not made a second time.
    assert [one.tools for one in await talks.turns("t")] == [["query"]]


async def test_who_says_something_else_leaves_it_behind_and_the_model_is_told(
    talks: Conversations, chat: ScriptedChat
) -> None:
    await cut(talks, "how many?")
    chat.then([answered])
    done = await said(talks, "never mind")

    assert done.turn == 2
    turns = await talks.turns("t")
    assert [(one.said, one.answer) for one in turns] == [
        ("how many?", CUT_OFF),
        ("never mind", "Good."),
    ]
    assert CUT_OFF in [one.text for one in chat.requests[-1].messages]


async def test_a_turn_that_goes_on_is_not_cut_off(talks: Conversations) -> None:
    turn: Any = talks.say("t", "how many?")
    async for event in turn:
        if getattr(event, "node", "") == "act":
            assert await talks.turns("t") == []
    assert len(await talks.turns("t")) == 1


async def test_after_kill_9_it_is_told_and_goes_on(lots: Path) -> None:
    died = subprocess.run([sys.executable, "-c", DYING, str(lots)], check=False)
    assert died.returncode == -signal.SIGKILL
    assert os.listdir(lots / "conversations")

    with Inspector(Settings(home=lots)) as inspector:
        talks = Conversations(inspector)
        (left,) = await talks.turns("t")
        assert (left.said, left.answer) == ("pareto", CUT_OFF)
        done = await said(talks, "pareto")
    assert done.turn == 1
    assert "missing-screw: 4 units" in done.answer


async def test_who_goes_away_as_soon_as_it_is_done_finds_the_answer_kept(
    talks: Conversations,
) -> None:
    turn: Any = talks.say("t", "how many?")
    async for event in turn:
        if event.kind == "done":
            break
    await turn.aclose()

    (kept,) = await talks.turns("t")
    assert (kept.said, kept.answer) == ("how many?", "60 units [Q1].")
    assert [(one.turns, bool(one.said)) for one in talks.threads()] == [(1, True)]
