"""Chat requests as lines of text, and how two of them differ. Knows no trace."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator

from graphs.minds.chat import ChatRequest, Message, ShownPicture

CONTEXT_LINES = 2
"""Equal lines that are told around a difference."""


def request_lines(request: ChatRequest) -> list[str]:
    """A request as a person reads it, one line each; equal requests have equal lines."""
    return list(_lines(request))


def request_diff(recorded: ChatRequest, asked: ChatRequest) -> list[str]:
    """How a request differs from the recorded one: lines of a unified diff, without its header."""
    lines = difflib.unified_diff(
        request_lines(recorded), request_lines(asked), n=CONTEXT_LINES, lineterm=""
    )
    return list(lines)[2:]


def _lines(request: ChatRequest) -> Iterator[str]:
    for message in request.messages:
        yield from _message_lines(message)
    for tool in request.tools:
        yield f"tool {tool.name}: {tool.description}"
        yield f"tool {tool.name} takes {_json(tool.parameters)}"
    yield f"answer {request.answer_name}"
    if request.answer_schema is not None:
        yield f"answer schema {_json(request.answer_schema)}"
    yield f"max_output_tokens {request.max_output_tokens}, temperature {request.temperature:g}"


def _message_lines(message: Message) -> Iterator[str]:
    answers = f" to {message.tool_call_id}" if message.tool_call_id else ""
    for line in message.text.split("\n"):
        yield f"{message.role}{answers}: {line}"
    for picture in message.pictures:
        yield f"{message.role}: {_picture(picture)}"
    for call in message.tool_calls:
        yield f"{message.role}: calls {call.id} {call.tool}({_json(call.arguments)})"


def _picture(picture: ShownPicture) -> str:
    mirrored = ", mirrored" if picture.mirrored else ""
    return (
        f"picture {picture.artifact}, {picture.detail} detail, "
        f"at most {picture.max_side_px} px{mirrored}: {picture.caption}"
    )


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
