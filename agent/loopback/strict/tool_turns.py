"""Checks tool calls in messages and that each is answered, at once and by its id.

Knows nothing of which tools there are: the API does not compare either.
"""

from __future__ import annotations

import re
from typing import Any

from agent.loopback.refusals import (
    Refused,
    as_object,
    as_string,
    empty_array,
    wrong_type,
    wrong_value,
)

TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]+")
MAX_TOOL_NAME = 64
MAX_CALL_ID = 40


def check_tool_name(name: object, where: str) -> None:
    """Refuse a name that is none of a function.

    Raises:
        Refused: as the API does.
    """
    _check_length(as_string(name, where), where, most=MAX_TOOL_NAME)
    if not TOOL_NAME.fullmatch(str(name)):
        raise wrong_value(
            where,
            f"Invalid '{where}': string does not match pattern. Expected a string that matches "
            "the pattern '^[a-zA-Z0-9_-]+$'.",
        )


def check_calls(message: dict[str, Any], where: str) -> None:
    """Refuse the `tool_calls` of a message where their form is wrong.

    Raises:
        Refused: as the API does.
    """
    if message.get("tool_calls") is None:
        return
    calls = message["tool_calls"]
    if not isinstance(calls, list):
        raise wrong_type(where, calls, expected="an array of objects")
    if not calls:
        raise empty_array(where)
    for index, call in enumerate(calls):
        _check_call(call, f"{where}[{index}]")


def _check_call(value: object, where: str) -> None:
    call = as_object(value, where, needs=("id", "type", "function"))
    _check_length(as_string(call["id"], f"{where}.id"), f"{where}.id", most=MAX_CALL_ID)
    if call["type"] != "function":
        raise wrong_value(
            f"{where}.type",
            f"Invalid value: '{call['type']}'. Supported values are: 'function'.",
        )
    inner = f"{where}.function"
    function = as_object(call["function"], inner, needs=("name", "arguments"))
    check_tool_name(function["name"], f"{inner}.name")
    as_string(function["arguments"], f"{inner}.arguments")


def _check_length(value: str, where: str, *, most: int) -> None:
    if len(value) > most:
        raise Refused(
            f"Invalid '{where}': string too long. Expected a string with maximum length {most}, "
            f"but got a string with length {len(value)} instead.",
            param=where,
            code="string_above_max_length",
        )


def check_tool_turns(messages: list[dict[str, Any]]) -> None:
    """Refuse calls without answers, and answers without calls.

    Raises:
        Refused: for the first.
    """
    waiting: dict[str, None] = {}
    answerable: set[str] = set()
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            _check_answer(message, index=index, answerable=answerable)
            waiting.pop(message["tool_call_id"], None)
            continue
        if waiting:
            raise _unanswered(waiting, index=index)
        waiting = {call["id"]: None for call in message.get("tool_calls") or []}
        answerable = set(waiting)
    if waiting:
        raise _unanswered(waiting, index=len(messages) - 1)


def _check_answer(message: dict[str, Any], *, index: int, answerable: set[str]) -> None:
    call_id = as_string(message["tool_call_id"], f"messages[{index}].tool_call_id")
    if not answerable:
        raise Refused(
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding "
            "message with 'tool_calls'.",
            param=f"messages.[{index}].role",
        )
    if call_id not in answerable:
        raise Refused(
            f"Invalid parameter: 'tool_call_id' of '{call_id}' not found in 'tool_calls' of "
            "previous message.",
            param=f"messages.[{index}].tool_call_id",
        )


def _unanswered(waiting: dict[str, None], *, index: int) -> Refused:
    return Refused(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to "
        "each 'tool_call_id'. The following tool_call_ids did not have response messages: "
        + ", ".join(waiting),
        param=f"messages.[{index}].role",
    )
