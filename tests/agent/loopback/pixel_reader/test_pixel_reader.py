from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from openai import OpenAI

from agent.loopback import Loopback, PixelReader, loopback_endpoint
from tools.arrays import UInt8Image
from tools.submit import SubmitArguments
from tools.zoom import ZoomArguments

Draw = Callable[..., UInt8Image]
RULE = "R1: The printed lot digit must be 7."
WHOLE = (0, 0, 1024, 1024)


def tool(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": schema}}


SUBMIT = tool("submit", SubmitArguments.model_json_schema())
TOOLS = [tool("zoom", ZoomArguments.model_json_schema()), SUBMIT]


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
        said = f"V2 shows the box: the original's pixels [{x1}, {y1}, {x2}, {y2}] at 512 x 512 px."
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
    assert handed_in == {
        "anomalous": True,
        "score": 0.95,
        "claims": ["the printed digit is 3, it must be 7"],
        "regions": [0],
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


def test_a_schema_is_filled_where_no_tools_are_given(view: Callable[..., str]) -> None:
    schema = {
        "type": "object",
        "properties": {
            "decision": {"enum": ["normal", "anomalous"]},
            "findings": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"claim": {"type": "string"}},
                    "required": ["claim"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["decision", "findings"],
        "additionalProperties": False,
    }
    wanted: Any = {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": schema},
    }
    near = shown(
        "V1: the part, the original's pixels [650, 250, 780, 380]", view((650, 250, 780, 380))
    )
    with loopback_endpoint(PixelReader()) as endpoint:
        client = OpenAI(base_url=endpoint.base_url, api_key="any")
        messages: list[Any] = [{"role": "system", "content": RULE}, near]
        answer = client.chat.completions.create(
            model=endpoint.model, messages=messages, response_format=wanted
        )

    assert json.loads(answer.choices[0].message.content or "") == {
        "decision": "anomalous",
        "findings": [{"claim": "the printed digit is 3, it must be 7"}],
    }


def test_tools_that_the_prompt_speaks_of_are_called_as_json(view: Callable[..., str]) -> None:
    told = f"{RULE} Tools: zoom, submit. Answer with JSON."
    with loopback_endpoint() as endpoint:
        client = OpenAI(base_url=endpoint.base_url, api_key="any")
        messages: list[Any] = [{"role": "system", "content": told}, shown("V1", view(WHOLE))]
        answer = client.chat.completions.create(model=endpoint.model, messages=messages)

    said = json.loads(answer.choices[0].message.content or "")
    assert [call["name"] for call in said["tool_calls"]] == ["zoom"]
