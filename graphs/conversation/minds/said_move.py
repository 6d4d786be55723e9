"""What a VLM's reply in a conversation means: tools, an answer, or a question. Pure."""

from __future__ import annotations

from typing import Any

from graphs.conversation.contract import Move
from graphs.minds.chat import ChatReply
from graphs.minds.vlm.asking import Unusable
from graphs.minds.vlm.json_text import read_objects
from graphs.minds.vlm.said import read_said, tool_calls

ASK_PERSON = "ask_person"
_CALLS = ("tool_calls", "tools", "calls", "actions")


def read_move(reply: ChatReply, *, number: int, last: bool) -> Move:
    """Read a reply in either protocol; text without calls is the answer.

    Args:
        reply: of the model.
        number: of the step, for the ids of calls.
        last: no tools may be called any more.

    Raises:
        Unusable: its calls cannot be read, or it calls tools where none may be called.
    """
    objects = [] if reply.tool_calls else read_objects(reply.text)
    for one in objects:
        if isinstance(one.get("answer"), str) and one["answer"].strip():
            return Move(answer=one["answer"], asks=one.get("asks") is True, reply=reply.text)
    if not reply.tool_calls and not any(_calls(one) for one in objects):
        return Move(answer=reply.text.strip(), reply=reply.text)
    said = read_said(reply)
    for call in said.calls:
        question = str(call.arguments.get("question") or "").strip()
        if call.name == ASK_PERSON and question:
            return Move(answer=question, asks=True, reply=reply.text)
    if last:
        raise Unusable(
            "unreadable",
            "it calls a tool where none can be called any more",
            advice="Answer in words.",
        )
    return Move(calls=tool_calls(said.calls, number=number), reply=reply.text)


def _calls(one: dict[str, Any]) -> bool:
    return any(isinstance(one.get(name), list) for name in _CALLS) or (
        any(name in one for name in ("tool", "name")) and "arguments" in one
    )
