from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from graphs.minds.chat import ChatRequest
from graphs.minds.contract import Scene
from graphs.minds.vlm.conversation import look_request
from graphs.minds.vlm.options import MindOptions
from graphs.minds.vlm.protocols import NativeSpeech, Speech, TextSpeech
from graphs.records import Round, ToolCall
from tools.records import Evidence

Make = Callable[..., Scene]


def asked(scene: Scene, speech: Speech | None = None, **given: Any) -> ChatRequest:
    return look_request(scene, speech or NativeSpeech(), MindOptions(**given))


def text_of(request: ChatRequest) -> str:
    return "\n".join(
        line for one in request.messages for line in (one.text, *(p.caption for p in one.pictures))
    )


def test_the_first_message_tells_the_product_its_rules_and_where_experts_point(scene: Make) -> None:
    system, opening = asked(scene()).messages

    assert (system.role, opening.role) == ("system", "user")
    for told in (
        "plate: A grey plate.",
        "R1 (must): No bright spot.",
        "R2 (ignore): Ignore fingerprints.",
        "highly suspicious",
        "- region 1, box [20, 20, 60, 60] of the original: patch_memory (E2)",
    ):
        assert told in opening.text
    assert [one.caption for one in opening.pictures] == [
        "Reference 1, a normal example:",
        "V1, the whole picture: the original's pixels [0, 0, 200, 200] at 200 x 200 px, "
        "factor 1 x 1.",
    ]


@pytest.mark.parametrize(
    ("suspicion", "word", "n_regions"),
    [(0.29, "slightly", 0), (0.3, "moderately", 1), (0.69, "moderately", 1), (0.7, "highly", 1)],
)
def test_regions_are_told_only_where_the_experts_are_suspicious(
    scene: Make, suspicion: float, word: str, n_regions: int
) -> None:
    text = asked(scene(suspicion=suspicion)).messages[1].text

    assert f"{word} suspicious" in text
    assert text.count("- region") == n_regions


def test_an_unknown_product_is_told_as_one(scene: Make) -> None:
    text = asked(scene(product=None, levels={}, references=())).messages[1].text

    assert "The product is unknown" in text
    assert "suspicious" not in text


@pytest.mark.parametrize("speech", [NativeSpeech(), TextSpeech()])
def test_a_later_request_begins_with_the_earlier_one_to_the_byte(
    scene: Make, zoomed: Make, speech: Speech
) -> None:
    before, after = asked(scene(), speech), asked(zoomed(), speech)

    n_before = len(before.messages)
    earlier = [one.model_dump_json() for one in before.messages]
    assert [one.model_dump_json() for one in after.messages[:n_before]] == earlier
    assert before.tools == after.tools
    assert len(after.messages) > n_before


def test_native_rounds_answer_each_call_and_show_pictures_in_a_users_message(zoomed: Make) -> None:
    told, answer, pictures = asked(zoomed()).messages[2:]

    assert (told.role, told.text, [one.tool for one in told.tool_calls]) == (
        "assistant",
        "look closer",
        ["zoom"],
    )
    assert (answer.role, answer.tool_call_id, answer.pictures) == ("tool", "r001c0001", [])
    assert "V2 shows region 1" in answer.text
    assert "[E3]" in answer.text
    assert (pictures.role, [one.caption for one in pictures.pictures]) == (
        "user",
        ["V2: the original's pixels [10, 10, 60, 60] at 200 x 200 px, factor 4 x 4."],
    )


def test_the_text_protocol_takes_turns_and_names_no_tools_in_the_request(zoomed: Make) -> None:
    request = asked(zoomed(), TextSpeech())

    assert [one.role for one in request.messages] == ["system", "user", "assistant", "user"]
    assert request.tools == []
    assert '"tool_calls": [{"name": "NAME"' in request.messages[0].text
    assert "- zoom: Look closer" in request.messages[0].text
    assert len(request.messages[3].pictures) == 1


def test_in_the_last_turn_only_submit_is_offered_and_that_is_said(zoomed: Make) -> None:
    request = asked(zoomed(rounds_left=1))

    assert [tool.name for tool in request.tools] == ["submit"]
    assert request.messages[-1].text.endswith("submit, from what you have seen.")


def test_only_allowed_tools_are_offered_and_submit_always(scene: Make) -> None:
    assert [tool.name for tool in asked(scene()).tools] == ["zoom", "look_up", "submit"]


def test_a_picture_that_was_shown_before_is_named_and_not_sent_again(zoomed: Make) -> None:
    seen = zoomed()
    again = seen.views[1].model_copy(update={"id": "V3"})
    call = ToolCall(id="r002c0001", tool="zoom", arguments={"region": 1})
    second = Round(number=2, thought="", tool_calls=[call], view_ids=["V3"], observations=["V3"])
    scene = replace(seen, views=[*seen.views, again], rounds=[*seen.rounds, second])

    last = asked(scene).messages[-1]

    assert last.pictures == []
    assert last.text.endswith("factor 4 x 4: a picture that you were shown before.")


def test_products_whose_references_show_places_of_their_own_show_one(
    scene: Make, picture: Callable[..., str]
) -> None:
    from graphs.minds.contract import ReferenceShown

    both = [ReferenceShown("a", picture(1)), ReferenceShown("b", picture(2))]
    product = scene().product
    assert product is not None
    per_place = product.model_copy(update={"reference": "per_place"})

    shown = [
        len(asked(scene(references=both, product=one)).messages[1].pictures) - 1
        for one in (product, per_place)
    ]
    assert shown == [2, 1]


def test_names_of_files_are_not_told(zoomed: Make) -> None:
    seen = zoomed()
    note = Evidence(
        id="E4",
        tool="look_up",
        values={"kind": "note", "id": "say_normal.md"},
        text="Wear gloves.",
        source="plate/notes/say_normal.md:3",
    )
    compared = Evidence(
        id="E5",
        tool="compare",
        view="V1",
        values={"reference": "answer_normal.png"},
        text="Laid on reference answer_normal.png, nothing differs.",
        source="plate/references/answer_normal.png",
    )
    calls = [
        ToolCall(id=f"r002c000{n}", tool=tool) for n, tool in enumerate(("look_up", "compare"), 1)
    ]
    done = Round(
        number=2,
        thought="",
        tool_calls=calls,
        observations=[
            "[note say_normal.md, plate/notes/say_normal.md:3] Wear gloves. [E4]",
            f"{compared.text} [E5]",
        ],
        evidence_ids=["E4", "E5"],
    )
    scene = replace(seen, evidence=[*seen.evidence, note, compared], rounds=[*seen.rounds, done])

    text = text_of(asked(scene))

    assert "say_normal" not in text
    assert "answer_normal" not in text
    assert "[E4: note] Wear gloves." in text
    assert "Laid on the reference, nothing differs. [E5]" in text
