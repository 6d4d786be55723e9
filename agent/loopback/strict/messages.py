"""Checks messages as the API does: roles, content parts, where pictures may stand.

Knows nothing of tools beyond the form of their calls; `strict.tool_turns` knows their order.
"""

from __future__ import annotations

import re
from typing import Any

from agent.loopback.limits import Limits
from agent.loopback.refusals import (
    Refused,
    as_object,
    as_string,
    empty_array,
    missing,
    unknown,
    wrong_type,
    wrong_value,
)
from agent.loopback.strict.pictures import check_image_part
from agent.loopback.strict.tool_turns import check_calls, check_tool_turns

NAME = re.compile(r"[^\s<|\\/>]{1,64}")
FIELDS: dict[str, frozenset[str]] = {
    "system": frozenset({"role", "content", "name"}),
    "developer": frozenset({"role", "content", "name"}),
    "user": frozenset({"role", "content", "name"}),
    "assistant": frozenset(
        {"role", "content", "name", "refusal", "audio", "tool_calls", "function_call"}
    ),
    "tool": frozenset({"role", "content", "tool_call_id"}),
    "function": frozenset({"role", "content", "name"}),
}
"""By role, what a message may hold."""
PARTS: dict[str, tuple[str, ...]] = {
    "user": ("text", "image_url"),
    "assistant": ("text", "refusal"),
}
"""By role, the content parts; the other roles have text only."""


def check_messages(body: dict[str, Any], *, limits: Limits) -> None:
    """Refuse messages that the API refuses.

    Raises:
        Refused: for the first that is wrong.
    """
    if "messages" not in body:
        raise missing("messages")
    messages = body["messages"]
    if not isinstance(messages, list):
        raise wrong_type("messages", messages, expected="an array of objects")
    if not messages:
        raise empty_array("messages")
    for index, message in enumerate(messages):
        _check_message(message, f"messages[{index}]", limits=limits)
    check_tool_turns(messages)
    _check_number_of_pictures(messages, limits=limits)


def _check_message(value: object, where: str, *, limits: Limits) -> None:
    message = as_object(value, where, needs=("role",))
    role = as_string(message["role"], f"{where}.role")
    if role not in FIELDS:
        raise wrong_value(
            f"{where}.role",
            f"Invalid value: '{role}'. Supported values are: 'system', 'assistant', 'user', "
            "'function', 'tool', and 'developer'.",
        )
    for name in message:
        if name not in FIELDS[role]:
            raise unknown(f"{where}.{name}")
    if role == "tool" and "tool_call_id" not in message:
        raise missing(f"{where}.tool_call_id")
    _check_name(message, f"{where}.name")
    check_calls(message, f"{where}.tool_calls")
    _check_content(message, where, limits=limits)


def _check_name(message: dict[str, Any], where: str) -> None:
    name = message.get("name")
    if name is None:
        return
    if not NAME.fullmatch(as_string(name, where)):
        raise wrong_value(
            where,
            f"Invalid '{where}': string does not match pattern. Expected a string that matches "
            "the pattern '^[^\\s<|\\\\/>]+$'.",
        )


def _check_content(message: dict[str, Any], where: str, *, limits: Limits) -> None:
    role, content = message["role"], message.get("content")
    if content is None:
        if role == "assistant" and (message.get("tool_calls") or message.get("refusal")):
            return
        if "content" not in message:
            raise missing(f"{where}.content")
        raise Refused(
            "Invalid value for 'content': expected a string, got null.", param=f"{where}.content"
        )
    if isinstance(content, str):
        return
    if not isinstance(content, list):
        raise wrong_type(
            f"{where}.content", content, expected="one of a string or array of objects"
        )
    if not content:
        raise empty_array(f"{where}.content")
    for index, part in enumerate(content):
        _check_part(part, where, index=index, role=role, limits=limits)


def _check_part(value: object, message: str, *, index: int, role: str, limits: Limits) -> None:
    where = f"{message}.content[{index}]"
    part = as_object(value, where, needs=("type",))
    kind = as_string(part["type"], f"{where}.type")
    if kind == "image_url" and role != "user":
        raise wrong_value(
            message,
            f"Invalid '{message}'. Image URLs are only allowed for messages with role 'user', but "
            f"this message with role '{role}' contains an image URL.",
        )
    allowed = PARTS.get(role, ("text",))
    if kind not in allowed:
        raise wrong_value(
            f"{where}.type",
            f"Invalid value: '{kind}'. Supported values are: "
            + ", ".join(f"'{one}'" for one in allowed)
            + ".",
        )
    if kind == "image_url":
        check_image_part(part, where, limits=limits)
    else:
        as_string(as_object(part, where, needs=(kind,))[kind], f"{where}.{kind}")


def _check_number_of_pictures(messages: list[dict[str, Any]], *, limits: Limits) -> None:
    n_pictures = sum(
        part["type"] == "image_url"
        for message in messages
        if isinstance(message.get("content"), list)
        for part in message["content"]
    )
    if n_pictures > limits.max_pictures:
        raise Refused(
            f"Too many images in request. Expected at most {limits.max_pictures}, but got "
            f"{n_pictures}.",
            param="messages",
            code="too_many_images",
        )
