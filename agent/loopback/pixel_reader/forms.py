"""How the pixel reader phrases an answer: native calls, a schema, JSON in text, or a word.

Knows nothing of pictures. Names of tools and properties are here and nowhere else.
"""

from __future__ import annotations

import json
import re
from typing import Any

from agent.loopback.pixel_reader.policy import Glance, Judgement
from agent.loopback.replies import CalledTool, Reply
from agent.loopback.requests import ChatRequest, texts_of
from agent.loopback.values import example_of

ZOOM = "zoom"
SUBMIT = "submit"


def offers(tool: str, request: ChatRequest) -> bool:
    """Whether a tool can be called: natively, or by name where the prompt speaks of it."""
    if request.body.get("tools"):
        return tool in request.tools
    return request.schema is None and re.search(rf"\b{tool}\b", _instructions(request)) is not None


def times_called(tool: str, request: ChatRequest) -> int:
    """How often the assistant has called a tool in this conversation, in either protocol."""
    written = f'"name": "{tool}"'
    said = [
        text for one in request.messages if one["role"] == "assistant" for text in texts_of(one)
    ]
    return request.called(tool) + sum(text.count(written) for text in said)


def ask_to_zoom(glance: Glance, request: ChatRequest) -> Reply:
    """A call of `zoom`."""
    return _call(request, ZOOM, {"box_xyxy": list(glance.box_xyxy)}, thought=glance.reason)


def hand_in(judgement: Judgement, request: ChatRequest) -> Reply:
    """A judgement in the form that the request asks for."""
    known = _known(judgement)
    if request.forced_tool is not None:
        schema = request.tools[request.forced_tool]
        return _call(request, request.forced_tool, example_of(schema, known), thought="")
    if offers(SUBMIT, request):
        schema = request.tools.get(SUBMIT, SUBMIT_SCHEMA)
        return _call(request, SUBMIT, example_of(schema, known), thought=judgement.claim)
    if request.schema is not None:
        return Reply(text=json.dumps(example_of(request.schema, known), ensure_ascii=False))
    word = "anomalous" if judgement.anomalous else "normal"
    return Reply(text=f"{word}: {judgement.claim}")


SUBMIT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "anomalous": {"type": "boolean"},
        "score": {"type": "number"},
        "claims": {"type": "array", "items": {"type": "string"}},
        "regions": {"type": "array", "items": {"type": "integer"}},
    },
    "required": ["anomalous", "score", "claims", "regions"],
}
"""Of `submit` where it is only spoken of."""


def _known(judgement: Judgement) -> dict[str, Any]:
    """Values by the names that a schema may give them."""
    word = "anomalous" if judgement.anomalous else "normal"
    claims = [judgement.claim] if judgement.anomalous else []
    values: dict[str, Any] = {
        "anomalous": judgement.anomalous,
        "score": judgement.score,
        "confidence": judgement.score,
        "decision": word,
        "verdict": word,
        "regions": [0] * len(claims),
        "region": 0,
    }
    values |= dict.fromkeys(("claims", "candidates", "findings", "defects"), claims)
    values |= dict.fromkeys(
        ("claim", "text", "thought", "reason", "reasoning", "explanation"), judgement.claim
    )
    return values


def _call(request: ChatRequest, name: str, arguments: dict[str, Any], *, thought: str) -> Reply:
    if request.tools:
        return Reply(text=thought or None, tool_calls=(CalledTool(name=name, arguments=arguments),))
    said = {"thought": thought, "tool_calls": [{"name": name, "arguments": arguments}]}
    return Reply(text=json.dumps(said, ensure_ascii=False))


def _instructions(request: ChatRequest) -> str:
    return "\n".join(
        text for one in request.messages if one["role"] != "assistant" for text in texts_of(one)
    )
