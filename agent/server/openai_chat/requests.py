"""A chat completions request as Loupe reads it. Knows no conversation and fetches nothing."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from agent.loopback.refusals import (
    Refused,
    as_object,
    as_string,
    empty_array,
    long_array,
    missing,
    wrong_type,
    wrong_value,
)

MODELS = ("loupe", "loupe-pictures")
"""The second puts pictures into its answers, as data URLs in markdown."""
ROLES = ("system", "developer", "user", "assistant", "tool")
MAX_MESSAGES = 1000
MAX_PICTURES = 16
"""Of those that are looked at: the last message's, or all where the conversation is new."""
INLINE_PICTURE = re.compile(r"!\[[^\]]*\]\(data:[^)]*\)")


class Said(NamedTuple):
    """One message."""

    role: str
    text: str
    pictures: tuple[str, ...]
    """Data URLs and others, in their order."""


@dataclass(frozen=True)
class Asked:
    """What a client asks."""

    model: str
    messages: tuple[Said, ...]
    stream: bool
    include_usage: bool

    @property
    def last(self) -> Said:
        """What is to be answered."""
        return self.messages[-1]

    @property
    def history(self) -> str:
        """Digest of everything before the last message: which conversation goes on."""
        return digest_of(self.messages[:-1])

    def answered(self, answer: str) -> str:
        """Digest of what the history of the next request is."""
        return digest_of((*self.messages, Said("assistant", answer, ())))


def digest_of(messages: tuple[Said, ...]) -> str:
    """What tells conversations apart: who said what. Clients change spaces and drop pictures."""
    told = [
        [one.role, " ".join(INLINE_PICTURE.sub("", one.text).split()), *map(_short, one.pictures)]
        for one in messages
        if one.role in ("user", "assistant")
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _short(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def read_request(body: object) -> Asked:
    """Read the JSON of a request.

    Raises:
        Refused: it is none that Loupe could answer, in OpenAI's shape.
    """
    body = as_object(body, "body")
    for field in ("model", "messages"):
        if field not in body:
            raise missing(field)
    model = as_string(body["model"], "model")
    if model not in MODELS:
        raise Refused(
            f"The model '{model[:80]}' does not exist; there are {', '.join(MODELS)}.",
            status=404,
            param="model",
            code="model_not_found",
        )
    if body.get("n") not in (None, 1):
        raise wrong_value("n", "Loupe gives one choice: n must be 1.")
    messages = _messages(body["messages"])
    stream = body.get("stream") or False
    if not isinstance(stream, bool):
        raise wrong_type("stream", stream, expected="a boolean")
    options = body.get("stream_options") or {}
    include_usage = bool(as_object(options, "stream_options").get("include_usage"))
    return Asked(model, messages, stream, include_usage)


def _messages(found: object) -> tuple[Said, ...]:
    if not isinstance(found, list):
        raise wrong_type("messages", found, expected="an array of objects")
    if not found:
        raise empty_array("messages")
    if len(found) > MAX_MESSAGES:
        raise long_array("messages", n=len(found), most=MAX_MESSAGES)
    messages = tuple(_message(one, f"messages[{index}]") for index, one in enumerate(found))
    if messages[-1].role != "user":
        raise wrong_value("messages", "The last message must be the user's.")
    return messages


def _message(found: object, where: str) -> Said:
    message = as_object(found, where, needs=("role",))
    role = as_string(message["role"], f"{where}.role")
    if role not in ROLES:
        raise wrong_value(f"{where}.role", f"Invalid value: '{role[:40]}'. Known: {ROLES}.")
    content = message.get("content")
    if content is None or isinstance(content, str):
        return Said(role, content or "", ())
    if not isinstance(content, list):
        raise wrong_type(f"{where}.content", content, expected="a string or an array of objects")
    parts = [_part(one, f"{where}.content[{index}]") for index, one in enumerate(content)]
    text = "\n".join(value for kind, value in parts if kind == "text")
    return Said(role, text, tuple(value for kind, value in parts if kind == "image_url"))


def _part(found: object, where: str) -> tuple[str, str]:
    part: dict[str, Any] = as_object(found, where, needs=("type",))
    kind = part["type"]
    if kind == "text":
        return "text", as_string(part.get("text"), f"{where}.text")
    if kind == "image_url":
        image = as_object(part.get("image_url"), f"{where}.image_url", needs=("url",))
        return "image_url", as_string(image["url"], f"{where}.image_url.url")
    raise wrong_value(
        f"{where}.type", f"Invalid value: '{str(kind)[:40]}'. Supported: 'text', 'image_url'."
    )
