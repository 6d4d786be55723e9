"""What a reply of the rounds says: a thought, tool calls, an answer. In either protocol.

Models write calls as text where they could call, and the other way round; both are read.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from graphs.minds.chat import CalledTool, ChatReply
from graphs.minds.vlm.asking import Unusable
from graphs.minds.vlm.json_text import read_objects
from graphs.records import ToolCall
from tools.records import Scalar

SUBMIT = "submit"
MAX_NAME = 64
DECISION = "anomalous"
"""The argument by which a bare object is known as an answer."""
_CALLS = ("tool_calls", "tools", "calls", "actions")
_NAMES = ("name", "tool", "tool_name", "function", "action")
_ARGUMENTS = ("arguments", "args", "parameters", "input", "action_input")
_THOUGHTS = ("thought", "thoughts", "reasoning", "analysis", "gedanke", "raisonnement")
_NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9_-]+")
_SCALARS: TypeAdapter[dict[str, Scalar | list[Scalar] | None]] = TypeAdapter(
    dict[str, Scalar | list[Scalar] | None]
)


class WrittenCall(NamedTuple):
    """A tool call with its arguments read."""

    name: str
    arguments: dict[str, Any]


@dataclass
class Said:
    """A reply, read."""

    thought: str = ""
    calls: list[WrittenCall] = field(default_factory=list)
    """Of other tools than `submit`."""
    submission: dict[str, Any] | None = None
    """Arguments of `submit`."""


def read_said(reply: ChatReply) -> Said:
    """Read a reply of the rounds.

    Raises:
        Unusable: it asks for nothing and hands in nothing, or its arguments are no JSON.
    """
    said = Said(thought=reply.text.strip())
    for call in reply.tool_calls:
        _add(said, WrittenCall(call.name, _arguments(call)))
    if not reply.tool_calls:
        _read_text(said, reply.text)
    if not said.calls and said.submission is None:
        raise Unusable("unreadable", "it neither calls a tool nor hands in an answer with submit")
    return said


def tool_calls(calls: list[WrittenCall], *, number: int) -> list[ToolCall]:
    """Calls as a round keeps them, with ids of our own.

    Nine letters and digits, which every API takes; servers that give none or one twice are served,
    and equal replies make equal requests.

    Args:
        calls: of one reply.
        number: of the round.

    Raises:
        Unusable: arguments nest deeper than any tool's.
    """
    kept = []
    for position, call in enumerate(calls, start=1):
        given = {name: value for name, value in call.arguments.items() if value is not None}
        try:
            arguments = _SCALARS.validate_python(given)
        except ValidationError:
            raise Unusable(
                "unreadable", f"the arguments of {call.name} must be numbers, texts or flat lists"
            ) from None
        kept.append(
            ToolCall(id=f"r{number:03d}c{position:04d}", tool=call.name, arguments=arguments)
        )
    return kept


def _arguments(call: CalledTool) -> dict[str, Any]:
    text = call.arguments.strip()
    if text in ("", "null"):
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        objects = read_objects(text)
        found = objects[0] if len(objects) == 1 else None
    if not isinstance(found, dict):
        raise Unusable("unreadable", f"the arguments of {call.name} are no JSON object")
    return found


def _read_text(said: Said, text: str) -> None:
    objects = read_objects(text)
    thoughts = []
    for one in objects:
        thoughts += [str(one[name]) for name in _THOUGHTS if one.get(name)][:1]
        _read_object(said, one)
    if objects:
        said.thought = " ".join(thoughts)


def _read_object(said: Said, one: dict[str, Any]) -> None:
    listed: list[Any] = next((one[name] for name in _CALLS if isinstance(one.get(name), list)), [])
    for entry in listed:
        if isinstance(entry, dict):
            _read_call(said, entry)
    if isinstance(one.get(SUBMIT), dict) and one[SUBMIT]:
        said.submission = one[SUBMIT]
    elif DECISION in one:
        said.submission = {k: v for k, v in one.items() if k not in (*_CALLS, "thought")}
    elif not listed:
        _read_call(said, one)


def _read_call(said: Said, entry: dict[str, Any]) -> None:
    inner = entry["function"] if isinstance(entry.get("function"), dict) else entry
    name = next((inner[key] for key in _NAMES if isinstance(inner.get(key), str)), None)
    if name is None:
        return
    arguments: Any = next((inner[key] for key in _ARGUMENTS if inner.get(key) is not None), {})
    if isinstance(arguments, str):
        arguments = _arguments(CalledTool(id="", name=name, arguments=arguments))
    if not isinstance(arguments, dict):
        raise Unusable("unreadable", f"the arguments of {name} are no JSON object")
    _add(said, WrittenCall(name, arguments))


def _add(said: Said, call: WrittenCall) -> None:
    name = _tool_name(call.name)
    if name == SUBMIT:
        said.submission = call.arguments
    else:
        said.calls.append(WrittenCall(name, call.arguments))


def _tool_name(written: str) -> str:
    """A name that may stand in the next request, where the API takes no other characters."""
    last = written.rsplit(".", 1)[-1]
    return _NOT_IN_A_NAME.sub("_", last)[:MAX_NAME] or "unnamed"
