from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from agent.loopback import Loopback

Post = Callable[..., httpx.Response]
Refused = Callable[[httpx.Response], tuple[int, str | None, str | None]]
USER = {"role": "user", "content": "hi"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "zoom", "arguments": "{}"}}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL]}
ANSWER = {"role": "tool", "tool_call_id": "call_1", "content": "seen"}


def image(url: object) -> dict[str, Any]:
    part = {"type": "image_url", "image_url": {"url": url}}
    return {"role": "user", "content": [part]}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"content": "hi"}, (400, "messages[0].role", "missing_required_parameter")),
        ({"role": "judge", "content": "hi"}, (400, "messages[0].role", "invalid_value")),
        ({"role": "user"}, (400, "messages[0].content", "missing_required_parameter")),
        ({"role": "user", "content": None}, (400, "messages[0].content", None)),
        ({"role": "user", "content": 1}, (400, "messages[0].content", "invalid_type")),
        ({"role": "user", "content": []}, (400, "messages[0].content", "empty_array")),
        ({**USER, "mood": "good"}, (400, "messages[0].mood", "unknown_parameter")),
        ({**USER, "name": "a b"}, (400, "messages[0].name", "invalid_value")),
        (
            {"role": "user", "content": [{"type": "smell"}]},
            (400, "messages[0].content[0].type", "invalid_value"),
        ),
        (
            {"role": "user", "content": [{"type": "text"}]},
            (400, "messages[0].content[0].text", "missing_required_parameter"),
        ),
        (
            {"role": "assistant", "tool_calls": []},
            (400, "messages[0].tool_calls", "empty_array"),
        ),
        (
            {"role": "assistant", "tool_calls": [{**CALL, "id": "c" * 41}]},
            (400, "messages[0].tool_calls[0].id", "string_above_max_length"),
        ),
        (
            {"role": "tool", "content": "seen"},
            (400, "messages[0].tool_call_id", "missing_required_parameter"),
        ),
    ],
)
def test_messages_that_cannot_be(
    post: Post,
    endpoint: Loopback,
    message: dict[str, Any],
    expected: tuple[Any, ...],
    refused: Refused,
) -> None:
    assert refused(post(endpoint, messages=[message])) == expected


@pytest.mark.parametrize("role", ["system", "developer", "assistant", "tool"])
def test_pictures_stand_in_user_messages_only(
    role: str, post: Post, endpoint: Loopback, to_url: Callable[..., str], refused: Refused
) -> None:
    message = {**image(to_url()), "role": role}
    if role == "tool":
        message["tool_call_id"] = "call_1"

    answer = post(endpoint, messages=[USER, CALLING, message])

    assert refused(answer) == (400, "messages[2]", "invalid_value")
    assert f"message with role '{role}' contains an image URL" in answer.text


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([USER, ANSWER], (400, "messages.[1].role", None)),
        ([USER, CALLING], (400, "messages.[1].role", None)),
        ([USER, CALLING, USER], (400, "messages.[2].role", None)),
        ([USER, CALLING, USER, ANSWER], (400, "messages.[2].role", None)),
        ([USER, CALLING, ANSWER, USER, ANSWER], (400, "messages.[4].role", None)),
        (
            [USER, CALLING, {**ANSWER, "tool_call_id": "call_2"}],
            (400, "messages.[2].tool_call_id", None),
        ),
    ],
)
def test_calls_and_answers_belong_together(
    post: Post, endpoint: Loopback, messages: list[Any], expected: tuple[Any, ...], refused: Refused
) -> None:
    assert refused(post(endpoint, messages=messages)) == expected


def test_the_ids_without_an_answer_are_named(post: Post, endpoint: Loopback) -> None:
    second = {**CALL, "id": "call_2"}
    calling = {**CALLING, "tool_calls": [CALL, second]}

    answer = post(endpoint, messages=[USER, calling, ANSWER, USER])

    assert answer.json()["error"]["message"].endswith("did not have response messages: call_2")


def test_a_whole_tool_turn_is_taken(post: Post, endpoint: Loopback) -> None:
    second = {**CALL, "id": "call_2"}
    calling = {**CALLING, "tool_calls": [CALL, second]}
    other = {**ANSWER, "tool_call_id": "call_2"}

    answer = post(endpoint, messages=[USER, calling, other, ANSWER, USER])

    assert answer.json()["choices"][0]["message"]["content"] == "fine"
