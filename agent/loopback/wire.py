"""Answers as the wire has them: one JSON, or chunks of server-sent events. Knows no model."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from agent.loopback.replies import CalledTool, Reply
from agent.loopback.requests import ChatRequest
from agent.loopback.usage import CHARACTERS_A_TOKEN, PromptTokens, text_tokens

SYSTEM_FINGERPRINT = "fp_loopback0"
CHUNK_CHARACTERS = 24
DONE = "data: [DONE]\n\n"
"""The last event of every stream."""


class Completion(NamedTuple):
    """An answer before it is written."""

    id: str
    created: int
    model: str
    reply: Reply
    finish_reason: str
    usage: dict[str, Any]


def complete(request: ChatRequest, reply: Reply, prompt: PromptTokens) -> Completion:
    """An answer with its ids, its reason to end and its usage, cut at the allowed tokens."""
    body = request.body
    allowed = body.get("max_completion_tokens") or body.get("max_tokens")
    reply, was_cut = _cut(reply, allowed)
    calls = tuple(replace(call, id=call.id or f"call_{_digits(24)}") for call in reply.tool_calls)
    reply = replace(reply, tool_calls=calls)
    reason = "length" if was_cut else reply.finish_reason
    return Completion(
        id=f"chatcmpl-{_digits(29)}",
        created=int(time.time()),
        model=request.model,
        reply=reply,
        finish_reason=reason or ("tool_calls" if calls else "stop"),
        usage=_usage(prompt, reply),
    )


def _digits(n: int) -> str:
    """Hexadecimal digits of an id. Nothing secret: they need no call of the system."""
    return f"{random.getrandbits(4 * n):0{n}x}"


def as_json(completion: Completion) -> dict[str, Any]:
    """The body of an answer that is not streamed."""
    reply = completion.reply
    message: dict[str, Any] = {
        "role": "assistant",
        "content": reply.text,
        "refusal": reply.refusal,
        "annotations": [],
    }
    if reply.tool_calls:
        message["tool_calls"] = [_call(call) for call in reply.tool_calls]
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": completion.finish_reason,
    }
    envelope = _envelope(completion, kind="chat.completion")
    return {**envelope, "choices": [choice], "usage": completion.usage}


def as_events(completion: Completion, *, include_usage: bool) -> Iterator[str]:
    """The server-sent events of a streamed answer, the last one `[DONE]`."""
    envelope = _envelope(completion, kind="chat.completion.chunk")
    if include_usage:
        envelope["usage"] = None
    for delta in _deltas(completion.reply):
        yield _event({**envelope, "choices": [_chunk_choice(delta, None)]})
    yield _event({**envelope, "choices": [_chunk_choice({}, completion.finish_reason)]})
    if include_usage:
        yield as_usage_chunk(completion)
    yield DONE


def as_chunk(completion: Completion, delta: dict[str, Any], *, reason: str | None = None) -> str:
    """One server-sent event of an answer that is made while it is sent."""
    envelope = _envelope(completion, kind="chat.completion.chunk")
    return _event({**envelope, "choices": [_chunk_choice(delta, reason)]})


def as_usage_chunk(completion: Completion) -> str:
    """The event that tells the usage, before the last one."""
    envelope = _envelope(completion, kind="chat.completion.chunk")
    return _event({**envelope, "choices": [], "usage": completion.usage})


def _deltas(reply: Reply) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": None if reply.tool_calls else "", "refusal": None}
    for piece in _pieces(reply.text or ""):
        yield {"content": piece}
    for piece in _pieces(reply.refusal or ""):
        yield {"refusal": piece}
    for index, call in enumerate(reply.tool_calls):
        whole = _call(call)
        opened = {**whole["function"], "arguments": ""}
        yield {"tool_calls": [{"index": index, **whole, "function": opened}]}
        for piece in _pieces(call.arguments_text):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), CHUNK_CHARACTERS):
        yield text[start : start + CHUNK_CHARACTERS]


def _chunk_choice(delta: dict[str, Any], reason: str | None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}


def _event(chunk: dict[str, Any]) -> str:
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"


def _envelope(completion: Completion, *, kind: str) -> dict[str, Any]:
    return {
        "id": completion.id,
        "object": kind,
        "created": completion.created,
        "model": completion.model,
        "service_tier": "default",
        "system_fingerprint": SYSTEM_FINGERPRINT,
    }


def _call(call: CalledTool) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments_text}
    return {"id": call.id, "type": "function", "function": function}


def _cut(reply: Reply, allowed: int | None) -> tuple[Reply, bool]:
    """The reply within so many tokens; its text is cut, or else its last arguments."""
    if allowed is None or _reply_tokens(reply) <= allowed:
        return reply, False
    room = allowed * CHARACTERS_A_TOKEN
    text = None if reply.text is None else reply.text[:room]
    calls = []
    room -= len(text or "")
    for call in reply.tool_calls:
        room -= len(call.name)
        if room <= 0:
            break
        calls.append(replace(call, arguments=call.arguments_text[:room]))
        room -= len(call.arguments_text)
    return replace(reply, text=text, tool_calls=tuple(calls)), True


def _reply_tokens(reply: Reply) -> int:
    said = (reply.text or "") + (reply.refusal or "")
    called = "".join(call.name + call.arguments_text for call in reply.tool_calls)
    return text_tokens(said + called)


def _usage(prompt: PromptTokens, reply: Reply) -> dict[str, Any]:
    answer = _reply_tokens(reply)
    return {
        "prompt_tokens": prompt.total,
        "completion_tokens": answer,
        "total_tokens": prompt.total + answer,
        "prompt_tokens_details": {"cached_tokens": prompt.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
