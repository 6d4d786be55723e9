"""Counts tokens as an API would, and what of them an earlier request has left in its cache.

Text: four characters a token. Messages: three more each, and three for the answer, as OpenAI's
cookbook counts. Pictures: OpenAI's tile rule, 85 at low detail; else, fitted into 2048 x 2048 and
then to 768 px on the shorter side, 85 and 170 for each tile of 512 px. An estimate; no tokenizer.
"""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections import OrderedDict
from functools import lru_cache
from typing import Any, NamedTuple

from agent.loopback.limits import Limits
from agent.loopback.refusals import Refused
from agent.loopback.strict.pictures import Size, check_url

CHARACTERS_A_TOKEN = 4
TOKENS_A_MESSAGE = 3
TOKENS_OF_PRIMING = 3
LOW_DETAIL_TOKENS = 85
TILE_TOKENS = 170
TILE_PX = 512
FIT_PX = 2048
SHORT_SIDE_PX = 768


class PromptTokens(NamedTuple):
    """Of one request."""

    total: int
    cached: int
    """Of the longest prefix of tools and messages that an earlier request had too."""
    pictures: int
    """Of pictures alone."""


def text_tokens(text: str) -> int:
    """Tokens of a text: a token for each four characters, the last one begun."""
    return math.ceil(len(text) / CHARACTERS_A_TOKEN)


def picture_tokens(size: Size, *, detail: str) -> int:
    """Tokens of a picture by the tile rule; `auto` counts as `high`."""
    if detail == "low":
        return LOW_DETAIL_TOKENS
    fit = min(1.0, FIT_PX / max(size))
    fit *= min(1.0, SHORT_SIDE_PX / (min(size) * fit))
    # A rounding error must not begin one more tile.
    columns, rows = (math.ceil(round(side * fit, 6) / TILE_PX) for side in size)
    return LOW_DETAIL_TOKENS + TILE_TOKENS * columns * rows


class PromptCache:
    """Which prefixes of tools and messages have been seen. Thread-safe."""

    def __init__(self, *, max_prefixes: int = 100_000) -> None:
        self._max_prefixes = max_prefixes
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, body: dict[str, Any], *, limits: Limits) -> PromptTokens:
        """Count a request, and remember its prefixes.

        Raises:
            Refused: it is longer than the context of the model.
        """
        parts = _parts(body, limits=limits)
        total = sum(part.tokens for part in parts) + TOKENS_OF_PRIMING
        asked = body.get("max_completion_tokens") or body.get("max_tokens") or 0
        if total + asked > limits.max_context_tokens:
            raise Refused(
                f"This model's maximum context length is {limits.max_context_tokens} tokens. "
                f"However, you requested {total + asked} tokens ({total} in the messages, {asked} "
                "in the completion). Please reduce the length of the messages or completion.",
                param="messages",
                code="context_length_exceeded",
            )
        pictures = sum(part.picture_tokens for part in parts)
        return PromptTokens(total=total, cached=self._cached(parts), pictures=pictures)

    def _cached(self, parts: list[_Part]) -> int:
        digest, cached, hits = "", 0, True
        with self._lock:
            for part in parts:
                digest = hashlib.sha256((digest + part.text).encode()).hexdigest()
                hits = hits and digest in self._seen
                cached += part.tokens if hits else 0
                self._seen[digest] = None
                self._seen.move_to_end(digest)
            while len(self._seen) > self._max_prefixes:
                self._seen.popitem(last=False)
        return cached


class _Part(NamedTuple):
    """What stands before the messages, or one message."""

    text: str
    tokens: int
    picture_tokens: int


def _parts(body: dict[str, Any], *, limits: Limits) -> list[_Part]:
    before = {name: body[name] for name in ("tools", "response_format") if body.get(name)}
    head = json.dumps([body["model"], before], sort_keys=True)
    parts = [_Part(head, _tokens_before(head), 0)]
    parts += [_message(message, limits=limits) for message in body["messages"]]
    return parts


@lru_cache(maxsize=256)
def _tokens_before(head: str) -> int:
    """Of what stands before the messages, which a client sends alike with every request."""
    _, before = json.loads(head)
    return text_tokens(json.dumps(before)) if before else 0


def _message(message: dict[str, Any], *, limits: Limits) -> _Part:
    content: Any = message.get("content") or []
    said = message.get("name") or ""
    pictures = 0
    # Digests in place of pictures: what is compared stays short.
    whole = [{name: value for name, value in message.items() if name != "content"}]
    parts: list[dict[str, Any]] = content
    if isinstance(content, str):
        parts = [{"type": "text", "text": content}]
    for part in parts:
        if part["type"] == "image_url":
            picture = check_url(part["image_url"]["url"], "", limits=limits)
            detail = part["image_url"].get("detail", "auto")
            pictures += picture_tokens(picture.size, detail=detail)
            whole.append({"picture": picture.digest, "detail": detail})
        else:
            said += part[part["type"]]
            whole.append(part)
    for call in message.get("tool_calls") or []:
        said += call["function"]["name"] + call["function"]["arguments"]
    tokens = text_tokens(said) + pictures + TOKENS_A_MESSAGE
    return _Part(json.dumps(whole, sort_keys=True), tokens, pictures)
