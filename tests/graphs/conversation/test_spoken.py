"""A reply that is said while it comes: what is held back, and what is marked afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphs.conversation.minds.vlm import VlmTalker
from graphs.conversation.records import Source
from graphs.conversation.spoken import BROKEN_OFF, NOT_THERE, Spoken
from graphs.journal import NoJournal
from graphs.minds.chat import CalledTool, ChatFault, ChatReply
from graphs.minds.scripted import ScriptedLine, SpeakingChat
from graphs.minds.vlm.options import MindOptions
from tools.artifacts import ArtifactFolder

SOURCES = {"I1": Source(id="I1", kind="inspection", text="a board")}


def said(*deltas: str) -> list[str]:
    pieces: list[str] = []
    spoken = Spoken("", SOURCES, pieces.append)
    spoken.begin()
    for delta in deltas:
        spoken.hear(delta)
    return pieces


@pytest.mark.parametrize(
    ("deltas", "pieces"),
    [
        (["It is ", "broken", ".", " So", " it is."], ["It is broken."]),
        (["\n It is 2", ".5 mm wide [I1]. ", "Scrap"], ["It is 2.5 mm wide [I1]."]),
        (["- one\n- two\n", "- three"], ["- one\n- two"]),
        (["A [I1", ". and", "] b. "], ["A [I1. and] b."]),
        (["Good [I1]. Bad [I7]. Good [I1]. "], []),
        (["Good [I1]. ", "Bad [I7]. ", "Good [I1]. "], ["Good [I1]."]),
        (['{"answer": "It is. "}\n'], []),
        (["<think>It is. </think>\n"], []),
        (["One", " word"], []),
    ],
)
def test_whole_sentences_are_said_until_one_cites_what_is_not_there(
    deltas: list[str], pieces: list[str]
) -> None:
    assert said(*deltas) == pieces


class Answered:
    """The texts of a turn as they came, in the order of the other events, and its end."""

    def __init__(self, events: list[Any]) -> None:
        self.joined = "".join(one.delta for one in events if one.kind == "text")
        self.done = events[-1]
        kinds = [one.kind if one.kind != "node" else one.node for one in events]
        self.kinds = [one for n, one in enumerate(kinds) if n == 0 or one != kinds[n - 1]]


@pytest.fixture
def answered(talk: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    async def answer(*lines: ScriptedLine) -> Answered:
        mind = VlmTalker(
            SpeakingChat(lines),
            artifacts=ArtifactFolder(tmp_path / "artifacts"),
            journal=NoJournal(),
            options=MindOptions(max_attempts=2, first_pause_s=0.0),
        )
        return Answered(await talk(mind).say("is it ok?", "/bad.png"))

    return answer


def reply(text: str, *calls: str) -> ChatReply:
    tools = [CalledTool(id=one, name=one, arguments="{}") for one in calls]
    return ChatReply(text=text, tool_calls=tools)


async def test_sentences_come_while_the_model_thinks_and_the_rest_at_the_end(answered: Any) -> None:
    told = await answered(reply("", "inspect"), reply("A splash [I1.F1]. It is wet"))

    assert told.joined == told.done.answer == "A splash [I1.F1]. It is wet"
    assert told.kinds[-5:] == ["think", "text", "answer", "text", "done"]
    assert told.done.citations[0].id == "I1.F1"


async def test_what_is_said_before_a_tool_begins_the_answer(answered: Any) -> None:
    told = await answered(reply("I look at it. ", "inspect"), reply("A splash [I1.F1]."))

    assert told.joined == told.done.answer == "I look at it.\n\nA splash [I1.F1]."


async def test_a_citation_that_does_not_exist_is_never_said_and_the_change_is_marked(
    answered: Any,
) -> None:
    told = await answered(
        reply("", "inspect"),
        reply("A splash [I1.F1]. And a crack [I9.F9]."),
        reply("Only a splash [I1.F1]."),
    )

    assert told.joined == told.done.answer
    assert told.done.answer == f"A splash [I1.F1].\n\n{NOT_THERE}\n\nOnly a splash [I1.F1]."


async def test_where_nothing_was_said_yet_a_refused_draft_leaves_no_mark(answered: Any) -> None:
    told = await answered(reply("A crack [I9.F9]. So."), reply("I have not looked."))

    assert told.joined == told.done.answer == "I have not looked."


async def test_citations_that_stay_wrong_are_struck_out_behind_what_was_said(answered: Any) -> None:
    told = await answered(*[reply("Yes, so it is. It has a crack [I9.F9].")] * 3)

    assert told.joined == told.done.answer
    assert told.done.answer.count("Yes, so it is.") == 3
    assert told.done.answer.count("I9.F9") == 1
    assert told.done.answer.endswith("(Citations that do not exist were struck out: I9.F9.)")


async def test_a_reply_that_is_cut_is_said_once_more(answered: Any) -> None:
    cut = ChatReply(text="It is bad. It is", finish="length")
    told = await answered(cut, reply("It is bad."))

    assert told.joined == told.done.answer == f"It is bad.\n\n{BROKEN_OFF}\n\nIt is bad."


async def test_a_model_that_fails_says_so_behind_what_it_said(answered: Any) -> None:
    fault = ChatFault("connection", "it broke", retryable=False)
    told = await answered(reply("I look at it. ", "inspect"), fault)

    assert told.joined == told.done.answer
    assert told.done.answer.startswith("I look at it.\n\nI cannot answer: ")
