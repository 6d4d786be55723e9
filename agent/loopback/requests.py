"""A chat completions request as models read it. Knows nothing of HTTP or of what is refused."""

from __future__ import annotations

import binascii
import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from tools.arrays import UInt8Image


class SentPicture(NamedTuple):
    """One picture of a user message."""

    url: str
    """Its base64 data URL."""
    caption: str
    """The text part before it in its message; where none is before, the one after; else empty."""
    detail: str
    message: int
    """Index of its message."""

    def image_hwc(self) -> UInt8Image:
        """Decode it: (H, W, 3) RGB."""
        with Image.open(io.BytesIO(picture_bytes(self.url))) as picture:
            return np.asarray(picture.convert("RGB"))


@dataclass(frozen=True)
class ChatRequest:
    """The body of a request that has passed the checks, and what is commonly read of it."""

    body: dict[str, Any]

    @property
    def model(self) -> str:
        return str(self.body["model"])

    @property
    def messages(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.body["messages"]
        return messages

    @property
    def tools(self) -> dict[str, dict[str, Any]]:
        """Name to JSON Schema of the arguments; empty where tools may not be called."""
        if self.body.get("tool_choice") == "none":
            return {}
        functions = [tool["function"] for tool in self.body.get("tools") or []]
        return {one["name"]: one.get("parameters") or {} for one in functions}

    @property
    def forced_tool(self) -> str | None:
        """The one tool that must be called, where `tool_choice` names it."""
        choice = self.body.get("tool_choice")
        return str(choice["function"]["name"]) if isinstance(choice, dict) else None

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON Schema that the answer must have, where `response_format` gives one."""
        wanted = self.body.get("response_format") or {}
        schema: dict[str, Any] | None = wanted.get("json_schema", {}).get("schema")
        return schema

    @cached_property
    def pictures(self) -> list[SentPicture]:
        """Of user messages, in their order."""
        return [
            found
            for index, message in enumerate(self.messages)
            if message["role"] == "user"
            for found in _pictures_of(message, index=index)
        ]

    @cached_property
    def text(self) -> str:
        """All text of all messages, a line between each."""
        return "\n".join(text for message in self.messages for text in texts_of(message))

    def called(self, tool: str) -> int:
        """How often the assistant has called a tool in this conversation, by native calls."""
        return sum(
            call["function"]["name"] == tool
            for message in self.messages
            for call in message.get("tool_calls") or []
        )


def texts_of(message: dict[str, Any]) -> list[str]:
    """The text parts of a message."""
    content = message.get("content")
    if isinstance(content, str):
        return [content]
    return [part["text"] for part in content or [] if part["type"] == "text"]


def picture_bytes(url: str) -> bytes:
    """The bytes of a base64 data URL.

    Raises:
        ValueError: it is no valid base64.
    """
    return binascii.a2b_base64(url.partition(",")[2], strict_mode=True)


def _pictures_of(message: dict[str, Any], *, index: int) -> list[SentPicture]:
    content = message.get("content")
    if not isinstance(content, list):
        return []
    found = []
    for place, part in enumerate(content):
        if part["type"] == "image_url":
            before = [one["text"] for one in content[:place] if one["type"] == "text"]
            after = [one["text"] for one in content[place + 1 :] if one["type"] == "text"]
            caption = before[-1] if before else "".join(after[:1])
            image = part["image_url"]
            found.append(SentPicture(image["url"], caption, image.get("detail", "auto"), index))
    return found
