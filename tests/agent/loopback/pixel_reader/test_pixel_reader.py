from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from openai import OpenAI

from agent.loopback import Loopback, PixelReader, loopback_endpoint
from tools.arrays import UInt8Image

Draw = Callable[..., UInt8Image]
RULE = "R1: The printed lot digit must be 7."
WHOLE = (0, 0, 1024, 1024)
NEAR = (650, 250, 780, 380)
BOX = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}


def strict(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def tool(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": schema, "strict": True}}


def or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [{"type": "null"}, schema]}


FINDING = strict(
    claim={"type": "string"},
    region=or_null({"type": "integer"}),
    box_xyxy=or_null(BOX),
    rule_ids={"type": "array", "items": {"type": "string"}},
    evidence_ids={"type": "array", "items": {"type": "string"}},
)
ANSWER = strict(
    reasoning={"type": "string"},
    anomalous={"type": "boolean"},
    score={"type": "number"},
    findings={"type": "array", "items": FINDING},
    unanswerable={"type": "string"},
)
SUBMIT = tool("submit", ANSWER)
ZOOM = tool("zoom", strict(region=or_null({"type": "integer"}), box_xyxy=or_null(BOX)))
TOOLS = [ZOOM, SUBMIT]
TEXT_PROTOCOL = """Either {"thought": "what", "tool_calls": [{"name": "NAME", "arguments": {}}]}
or {"thought": "why", "submit": {}}
- zoom: Look closer. {}
- submit: Hand in. {}"""


def shown(caption: str, url: str) -> dict[str, Any]:
    picture = {"type": "image_url", "image_url": {"url": url}}
    return {"role": "user", "content": [{"type": "text", "text": caption}, picture]}


def inspect(
    endpoint: Loopback, view: Callable[[tuple[int, int, int, int]], str], tools: list[Any]
) -> dict[str, Any]:
    """Ask, zoom as often as it is asked for, and give what is handed in."""
    client = OpenAI(base_url=endpoint.base_url, api_key="any", max_retries=0)
    messages: list[Any] = [
        {"role": "system", "content": RULE},
        shown("V1: the part, 1024 x 1024 px", view(WHOLE)),
    ]
    while True:
        answer = client.chat.completions.create(
            model=endpoint.model, messages=messages, tools=tools
        )
        message = answer.choices[0].message
        assert message.tool_calls is not None
        (call,) = message.tool_calls
        assert call.type == "function"
        arguments: dict[str, Any] = json.loads(call.function.arguments)
        if call.function.name == "submit":
            return arguments
        x1, y1, x2, y2 = arguments["box_xyxy"]
        said = f"V2 shows the box: the original's pixels [{x1}, {y1}, {x2}, {y2}]. [E3]"
        messages += [
            message.model_dump(exclude_none=True, exclude={"annotations"}),
            {"role": "tool", "tool_call_id": call.id, "content": said},
            shown("V2", view((x1, y1, x2, y2))),
        ]


@pytest.fixture
def view(draw_part: Draw, render: Draw, to_url: Callable[..., str]) -> Callable[..., str]:
    part = draw_part(digit="3")
    return lambda window: to_url(render(part, window))


def test_a_wrong_digit_is_missed_at_first_look_and_found_after_the_zoom(
    view: Callable[..., str],
) -> None:
    with loopback_endpoint(PixelReader()) as endpoint:
        handed_in = inspect(endpoint, view, TOOLS)

    assert endpoint.record.n_requests == 2
    (finding,) = handed_in.pop("findings")
    assert handed_in == {
        "reasoning": "the printed digit is 3, it must be 7",
        "anomalous": True,
        "score": 0.95,
        "unanswerable": "",
    }
    # The digit is printed at (700, 300) with a font of 24 px.
    x1, y1, x2, y2 = finding.pop("box_xyxy")
    assert 700 <= x1 < x2 <= 716
    assert 300 <= y1 < y2 <= 326
    assert finding == {
        "claim": "the printed digit is 3, it must be 7",
        "region": None,
        "rule_ids": ["R1"],
        "evidence_ids": ["E3"],
    }


def test_without_the_zoom_it_stays_wrong(view: Callable[..., str]) -> None:
    with loopback_endpoint(PixelReader()) as endpoint:
        handed_in = inspect(endpoint, view, [SUBMIT])

    assert (endpoint.record.n_requests, handed_in["anomalous"]) == (1, False)


def test_with_the_wrong_window_it_stays_wrong(view: Callable[..., str]) -> None:
    with loopback_endpoint(PixelReader(window="wrong", max_zooms=1)) as endpoint:
        handed_in = inspect(endpoint, view, TOOLS)

    assert (endpoint.record.n_requests, handed_in["anomalous"]) == (2, False)


def test_the_right_digit_is_normal_after_the_zoom(
    draw_part: Draw, render: Draw, to_url: Callable[..., str]
) -> None:
    part = draw_part(digit="7")
    with loopback_endpoint(PixelReader()) as endpoint:
        handed_in = inspect(endpoint, lambda window: to_url(render(part, window)), TOOLS)

    assert endpoint.record.n_requests == 2
    assert (handed_in["anomalous"], handed_in["score"]) == (False, 0.05)


def ask(messages: list[Any], **changes: Any) -> str:
    with loopback_endpoint() as endpoint:
        client = OpenAI(base_url=endpoint.base_url, api_key="any")
        answer = client.chat.completions.create(model=endpoint.model, messages=messages, **changes)
    return str(answer.choices[0].message.content)


def test_a_digit_that_the_reference_has_too_is_read_on_the_part(
    draw_part: Draw, render: Draw, to_url: Callable[..., str], view: Callable[..., str]
) -> None:
    golden = to_url(render(draw_part(digit="7"), WHOLE))
    told = {"role": "system", "content": f"{RULE}\n{TEXT_PROTOCOL}"}
    reference = shown("Reference 1, a normal example:", golden)

    asked = json.loads(ask([told, reference, shown("V1: the part, 1024 x 1024 px", view(WHOLE))]))

    x1, y1, x2, y2 = asked["tool_calls"][0]["arguments"]["box_xyxy"]
    assert x1 < 700 < 716 < x2
    assert y1 < 305 < 322 < y2


def test_a_schema_is_filled_where_no_tools_are_given(view: Callable[..., str]) -> None:
    told = {"role": "system", "content": RULE}
    near = shown(f"V1: the original's pixels {list(NEAR)}", view(NEAR))
    schema = {"name": "answer", "strict": True, "schema": ANSWER}
    wanted = {"type": "json_schema", "json_schema": schema}

    answer = json.loads(ask([told, near], response_format=wanted))

    assert (answer["anomalous"], len(answer["findings"])) == (True, 1)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Is there a defect? Reply yes or no.", "Yes, {claim}."),
        ("Give 'image anomaly score: 0.9'.", "image anomaly score: 0.95."),
        ("As JSON: correctness: 1 or 0", "anomalous: {claim}"),
    ],
)
def test_other_prompts_are_answered_in_their_words(
    question: str, answer: str, view: Callable[..., str]
) -> None:
    messages = [{"role": "system", "content": RULE}, shown(f"V1. {question}", view(NEAR))]

    assert ask(messages) == answer.format(claim="the printed digit is 3, it must be 7")


def test_the_direct_judgement_is_given_from_the_part_and_not_from_its_references(
    view: Callable[..., str], draw_part: Draw, render: Draw, to_url: Callable[..., str]
) -> None:
    asked = 'Answer with {"reasoning": "", "anomalous": true, "score": 0.5, "unanswerable": ""}'
    golden = to_url(render(draw_part(spot_px=60), WHOLE))
    reference = shown("Reference 1, a normal example:", golden)

    answer = json.loads(ask([reference, shown(f"{asked} The part", view(WHOLE))]))

    assert answer == {
        "reasoning": "nothing that I can make out is wrong",
        "anomalous": False,
        "score": 0.2,
        "unanswerable": "",
    }


@pytest.mark.parametrize(("digit", "refuted"), [("7", True), ("3", False)])
def test_claims_are_refuted_only_by_what_was_seen_clearly(
    digit: str, refuted: bool, draw_part: Draw, render: Draw, to_url: Callable[..., str]
) -> None:
    near = to_url(render(draw_part(digit=digit), NEAR))
    asked = (
        f"{RULE}\n<data 0a: the claims>\nClaim 1: the digit is wrong\n"
        f"  E3 (zoom): V2 shows the box: the original's pixels {list(NEAR)}\nClaim 2: a stain\n"
        '</data 0a>\nAnswer: {"judgements": [{"candidate": 1, "reason": "", "refuted": true}]}'
    )
    message = shown(asked, near)
    message["content"].insert(1, {"type": "text", "text": "E3, made by zoom:"})

    judgements = json.loads(ask([message]))["judgements"]

    assert [(one["candidate"], one["refuted"]) for one in judgements] == [
        (1, refuted),
        (2, refuted),
    ]


def test_the_text_protocol_is_spoken_where_the_prompt_tells_it(view: Callable[..., str]) -> None:
    told = {"role": "system", "content": f"{RULE}\n{TEXT_PROTOCOL}"}
    first = [told, shown("V1: the part, 1024 x 1024 px", view(WHOLE))]
    last = shown("V1: the part. This is your last turn: no more tools can be called.", view(WHOLE))

    asked = json.loads(ask(first))
    answered = json.loads(ask([told, last]))
    seen = json.loads(ask([*first, shown(f"V2: pixels {list(NEAR)}", view(NEAR))]))

    assert [call["name"] for call in asked["tool_calls"]] == ["zoom"]
    assert answered["submit"] == {"anomalous": False, "score": 0.2, "findings": []}
    assert seen["submit"]["findings"][0]["rule_ids"] == ["R1"]


@pytest.mark.parametrize(("on_the_reference", "anomalous"), [(60, False), (0, True)])
def test_what_a_reference_shows_too_is_no_defect(
    on_the_reference: int, anomalous: bool, draw_part: Draw, to_url: Callable[..., str]
) -> None:
    golden = shown("Reference 1, a normal example:", to_url(draw_part(spot_px=on_the_reference)))
    part = shown("V1, the whole picture:", to_url(draw_part(spot_px=80)))
    asked = {"role": "user", "content": "Reply yes or no."}

    assert ask([golden, part, asked]).startswith("Yes" if anomalous else "No")


def test_without_a_picture_it_says_so() -> None:
    assert ask([{"role": "user", "content": "Is it fine?"}]) == (
        "normal: I was shown no picture of the part"
    )
