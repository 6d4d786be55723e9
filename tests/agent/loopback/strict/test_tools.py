from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from agent.loopback import Loopback

Post = Callable[..., httpx.Response]
Refused = Callable[[httpx.Response], tuple[int, str | None, str | None]]
OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}
CLOSED = {**OPEN, "required": ["a"], "additionalProperties": False}


def tool(name: str = "zoom", **function: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **function}}


def in_format(schema: object, *, strict: bool = True, name: str = "answer") -> dict[str, Any]:
    return {
        "type": "json_schema",
        "json_schema": {"name": name, "strict": strict, "schema": schema},
    }


@pytest.mark.parametrize(
    ("tools", "expected"),
    [
        ([], (400, "tools", "empty_array")),
        ([{"type": "function"}], (400, "tools[0].function", "missing_required_parameter")),
        ([{**tool(), "type": "eye"}], (400, "tools[0].type", "invalid_value")),
        ([tool("look closer")], (400, "tools[0].function.name", "invalid_value")),
        ([tool("z" * 65)], (400, "tools[0].function.name", "string_above_max_length")),
        ([tool(cost=1)], (400, "tools[0].function.cost", "unknown_parameter")),
        (
            [tool(), tool(parameters={"type": "array"})],
            (400, "tools[1].function.parameters", "invalid_function_parameters"),
        ),
        (
            [tool(parameters={"type": "object", "properties": {"a": {"type": "strng"}}})],
            (400, "tools[0].function.parameters", "invalid_function_parameters"),
        ),
        (
            [tool(parameters={"type": "object", "properties": {"a": {"type": "array"}}})],
            (400, "tools[0].function.parameters", "invalid_function_parameters"),
        ),
        (
            [tool(parameters=OPEN, strict=True)],
            (400, "tools[0].function.parameters", "invalid_function_parameters"),
        ),
    ],
)
def test_tools_that_cannot_be(
    post: Post, endpoint: Loopback, tools: list[Any], expected: tuple[Any, ...], refused: Refused
) -> None:
    assert refused(post(endpoint, tools=tools)) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"tool_choice": "auto"},
        {"parallel_tool_calls": True},
        {"tools": [tool()], "tool_choice": "sometimes"},
        {"tools": [tool()], "tool_choice": tool("submit")},
    ],
)
def test_a_tool_choice_needs_its_tool(
    post: Post, endpoint: Loopback, changes: dict[str, Any], refused: Refused
) -> None:
    assert refused(post(endpoint, **changes))[:2] == (400, list(changes)[-1])


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (OPEN, "In context=(), 'additionalProperties' is required to be supplied and to be false."),
        ({**CLOSED, "required": []}, "Missing 'a'."),
        ({**CLOSED, "required": ["a", "b"]}, "'required' has the extra key 'b'."),
        (
            {**CLOSED, "properties": {"a": OPEN}},
            "In context=('properties', 'a'), 'additionalProperties' is required",
        ),
        (
            {**CLOSED, "properties": {"a": {"type": "string", "default": ""}}},
            "In context=('properties', 'a'), 'default' is not permitted.",
        ),
        (
            {**CLOSED, "properties": {"a": {"$ref": "#/$defs/b", "title": "A"}}},
            "$ref cannot have keywords ['title'].",
        ),
        ({**CLOSED, "properties": {"a": {}}}, "schema must have a 'type' key."),
        ({"type": "string"}, "got 'type: \"string\"'."),
    ],
)
def test_strict_schemas_are_held_to_their_rules(
    post: Post, endpoint: Loopback, schema: dict[str, Any], said: str, refused: Refused
) -> None:
    answer = post(endpoint, response_format=in_format(schema))

    assert refused(answer) == (400, "response_format", None)
    assert said in answer.json()["error"]["message"]


def test_without_strict_an_open_schema_is_taken(post: Post, endpoint: Loopback) -> None:
    assert post(endpoint, response_format=in_format(OPEN, strict=False)).status_code == 200
    assert post(endpoint, response_format=in_format(CLOSED)).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"type": "yaml"}, (400, "response_format.type", "invalid_value")),
        ({"type": "json_object"}, (400, "messages", None)),
        (
            {"type": "json_schema"},
            (400, "response_format.json_schema", "missing_required_parameter"),
        ),
        (
            in_format(CLOSED, name="an answer"),
            (400, "response_format.json_schema.name", "invalid_value"),
        ),
    ],
)
def test_answer_formats_that_cannot_be(
    post: Post,
    endpoint: Loopback,
    wanted: dict[str, Any],
    expected: tuple[Any, ...],
    refused: Refused,
) -> None:
    assert refused(post(endpoint, response_format=wanted)) == expected
