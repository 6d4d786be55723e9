"""Requests as LangChain messages, and its answers as replies. Knows no client and no server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agent.chat_models.encoding import SentPicture
from graphs.minds.chat import CalledTool, ChatReply, ChatRequest, Message, OfferedTool, ShownPicture

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

FINISHES: dict[str, str] = {
    "stop": "stop",
    "end_turn": "stop",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
    "safety": "content_filter",
}
"""By what servers say; an unknown reason is read as an ordinary end."""
Pictures = Mapping[tuple[str, int, bool], SentPicture]
"""By artifact, side and whether mirrored."""


def picture_key(shown: ShownPicture) -> tuple[str, int, bool]:
    """What an encoded picture depends on."""
    return shown.artifact, shown.max_side_px, shown.mirrored


def to_messages(request: ChatRequest, pictures: Pictures) -> list[BaseMessage]:
    """The messages of a request.

    Args:
        request: what to ask.
        pictures: every picture of it, encoded.
    """
    return [_message(message, pictures) for message in request.messages]


def _message(message: Message, pictures: Pictures) -> BaseMessage:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

    if message.role == "system":
        return SystemMessage(message.text)
    if message.role == "tool":
        return ToolMessage(message.text, tool_call_id=message.tool_call_id or "")
    if message.role == "assistant":
        calls = [
            {"name": call.tool, "args": dict(call.arguments), "id": call.id}
            for call in message.tool_calls
        ]
        return AIMessage(message.text, tool_calls=calls)
    return HumanMessage(_content(message, pictures))


def _content(message: Message, pictures: Pictures) -> str | list[str | dict[str, Any]]:
    if not message.pictures:
        return message.text
    parts: list[str | dict[str, Any]] = []
    if message.text:
        parts.append({"type": "text", "text": message.text})
    for shown in message.pictures:
        url = pictures[picture_key(shown)].url
        parts.append({"type": "text", "text": shown.caption})
        parts.append({"type": "image_url", "image_url": {"url": url, "detail": shown.detail}})
    return parts


def to_wire(request: ChatRequest, pictures: Pictures) -> list[dict[str, Any]]:
    """The messages of a request as OpenAI's API takes them.

    Args:
        request: what to ask.
        pictures: every picture of it, encoded.
    """
    return [_on_the_wire(message, pictures) for message in request.messages]


def _on_the_wire(message: Message, pictures: Pictures) -> dict[str, Any]:
    if message.role == "tool":
        call_id = message.tool_call_id or ""
        return {"role": "tool", "tool_call_id": call_id, "content": message.text}
    if message.role == "assistant" and message.tool_calls:
        calls = [
            {
                "type": "function",
                "id": call.id,
                "function": {
                    "name": call.tool,
                    "arguments": json.dumps(call.arguments, ensure_ascii=False),
                },
            }
            for call in message.tool_calls
        ]
        return {"role": "assistant", "content": message.text or None, "tool_calls": calls}
    return {"role": message.role, "content": _content(message, pictures)}


def to_functions(tools: list[OfferedTool], *, strict: bool) -> list[dict[str, Any]]:
    """Tools in OpenAI's form, which LangChain's models of all providers take."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": dict(tool.parameters),
                **({"strict": True} if strict else {}),
            },
        }
        for tool in tools
    ]


def to_reply(message: AIMessage, *, images: int, picture_bytes: int, seconds: float) -> ChatReply:
    """What a model said, and what was counted of it; without its price."""
    usage: Mapping[str, Any] = message.usage_metadata or {}
    details: Mapping[str, Any] = usage.get("input_token_details") or {}
    metadata = message.response_metadata
    said = metadata.get("finish_reason") or metadata.get("stop_reason") or "stop"
    calls = [
        CalledTool(
            id=call["id"] or "",
            name=call["name"],
            arguments=json.dumps(call["args"], ensure_ascii=False),
        )
        for call in message.tool_calls
    ]
    calls += [
        CalledTool(id=call["id"] or "", name=call["name"] or "", arguments=call["args"] or "")
        for call in message.invalid_tool_calls
    ]
    return ChatReply.model_validate(
        {
            "text": str(message.text),
            "tool_calls": calls,
            "finish": FINISHES.get(str(said).lower(), "stop"),
            "refusal": str(message.additional_kwargs.get("refusal") or ""),
            "input_tokens": usage.get("input_tokens", 0),
            "cached_tokens": details.get("cache_read", 0) or 0,
            "output_tokens": usage.get("output_tokens", 0),
            "images": images,
            "picture_bytes": picture_bytes,
            "seconds": seconds,
        }
    )
