from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from graphs.conversation.minds.embedded import EmbeddedTalker
from graphs.conversation.minds.words import box_in, command_of, region_in
from graphs.conversation.scripted import ScriptedDesk

if TYPE_CHECKING:
    from graphs.conversation.contract import Talker

TalkOf = Callable[["Talker"], Any]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("inspect this board", "inspect"),
        ("Why is it bad?", "why"),
        ("show me the overlay", "show"),
        ("zoom into region 2", "zoom"),
        ("what next?", "next"),
        ("What should we do", "next"),
        ("look up solder splash", "knowledge"),
        ("which products do you know", "products"),
        ("help", "help"),
        ("bananas", ""),
    ],
)
def test_plain_words_are_commands(said: str, name: str) -> None:
    assert command_of(said) == name


def test_regions_and_boxes_are_read_from_words() -> None:
    assert region_in("zoom into region 2") == 2
    assert box_in("zoom [10, 20, 30.5, 40]") == [10, 20, 30.5, 40]
    assert box_in("zoom in") is None


async def test_a_file_without_words_is_inspected_and_told_with_citations(talk: TalkOf) -> None:
    done = await talk(EmbeddedTalker()).answer("", "/bad.png")

    assert done.answer.startswith("bad.png is ANOMALOUS, score 0.90 [I1]: the score is above")
    assert (
        "- F1: A splash in region 1. [I1.F1, I1.E1, rule:board/R2, mode:board/solder-splash]"
        in (done.answer)
    )
    assert done.mind == "embedded"


async def test_without_a_file_it_asks_for_one(talk: TalkOf) -> None:
    done = await talk(EmbeddedTalker()).answer("why?")

    assert done.asks
    assert done.answer.startswith("Which part?")


async def test_a_question_that_no_picture_answers_is_refused(talk: TalkOf) -> None:
    done = await talk(EmbeddedTalker()).answer("does this board work electrically?")

    assert done.asks
    assert "A picture cannot answer that: board lists" in done.answer


async def test_free_speech_is_asked_back_and_it_says_what_needs_a_vlm(talk: TalkOf) -> None:
    events = await talk(EmbeddedTalker()).say("bananas")

    assert events[-1].asks
    assert "need a vision-language model" in events[-1].answer
    assert [one.kind for one in events if one.kind == "question"] == ["question"]


async def test_what_next_tells_remedies_and_their_source(talk: TalkOf) -> None:
    thread = talk(EmbeddedTalker())
    await thread.answer("", "/bad.png")
    done = await thread.answer("what next?")

    assert done.answer == (
        "- Cause (0.80): moist paste [I1.E1] (FMEA row 4)\n- To do: dry the paste (FMEA row 4)"
    )


async def test_what_next_of_a_normal_part_is_nothing(talk: TalkOf) -> None:
    thread = talk(EmbeddedTalker())
    await thread.answer("", "/good.png")

    assert (await thread.answer("what next?")).answer.startswith("Nothing is to be done for [I1]")


async def test_zoom_shows_a_picture_and_cites_the_new_evidence(talk: TalkOf) -> None:
    thread = talk(EmbeddedTalker())
    await thread.answer("", "/bad.png")
    events = await thread.say("zoom into region 1")

    assert [one.id for one in events[-1].citations] == ["I1.E2"]
    assert len([one for one in events if one.kind == "picture"]) == 1


@pytest.mark.parametrize("said", ["zoom", "measure"])
async def test_without_a_place_the_first_region_is_looked_at(talk: TalkOf, said: str) -> None:
    thread = talk(EmbeddedTalker())
    await thread.answer("", "/bad.png")

    assert (await thread.answer(said)).answer == f"{said} of {{'region': 1}} [I1.E2]"


async def test_a_region_that_is_not_there_is_told(talk: TalkOf) -> None:
    thread = talk(EmbeddedTalker())
    await thread.answer("", "/bad.png")

    assert "region 4 does not exist" in (await thread.answer("zoom into region 4")).answer


async def test_knowledge_is_told_with_its_ids(talk: TalkOf) -> None:
    done = await talk(EmbeddedTalker()).answer("look up solder splash")

    assert [one.id for one in done.citations] == ["rule:board/R2", "mode:board/solder-splash"]


async def test_corrections_are_said_listed_and_undone_in_plain_words(
    desk: ScriptedDesk, talk: TalkOf
) -> None:
    thread = talk(EmbeddedTalker())
    await thread.answer("", "/bad.png")
    await thread.answer("you missed this [1, 2, 9, 8] No nick, as a rule because of standard 5")
    (said, who), *_ = desk.corrections_taken
    assert (said.becomes, said.text, said.why, who) == ("rule", "No nick", "of standard 5", "ann")

    listed = await thread.answer("corrections")
    assert listed.answer.startswith("- K1 (ann, 2026-11-24T08:00:00+00:00, board, in force): ")
    assert "Why: of standard 5." in listed.answer
    assert (await thread.answer("undo it")).asks
    undone = await thread.answer("undo k1")
    assert undone.answer == "[C2] K1 is undone"
    assert "undone 2026-11-24T09" in (await thread.answer("corrections")).answer
    assert "no correction 'K7'" in (await thread.answer("undo K7")).answer


async def test_a_person_decides_in_the_conversation(desk: ScriptedDesk, talk: TalkOf) -> None:
    desk.reviewed = {"run/bad"}
    thread = talk(EmbeddedTalker())
    events = await thread.say("inspect", "/bad.png")
    (question,) = [one for one in events if one.kind == "question"]
    assert question.review == "run/bad"
    assert "Is it normal, anomalous, or does it stay in review?" in question.text

    done = await thread.answer("it is normal")
    assert done.answer.startswith("bad.png is NORMAL")
    assert (await thread.state())["reviews"] == []
