"""What a VLM mind asks of a chat model, and what it gets back. Knows no wire format and no client.

A request holds digests of pictures, never pixels, so that it can be kept, compared and replayed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Literal, Protocol, Self, runtime_checkable

from pydantic import Field, JsonValue

from graphs.records import ToolCall
from tools.ports import ArtifactPort
from tools.records import Record

Purpose = Literal["direct", "stability", "look", "refute", "judge", "converse"]
FaultKind = Literal[
    "timeout",
    "rate_limited",
    "server_error",
    "connection",
    "refused_request",
    "refusal",
    "truncated",
    "empty",
    "unreadable",
    "unknown_region",
    "not_recorded",
]
"""Why a call gave no usable answer. The last: a replay has no reply left for it."""


class ShownPicture(Record):
    """A picture in a message: which, how large, and what it is."""

    artifact: str
    """Digest in the artifact folder."""
    caption: str
    """Stands as text before the picture."""
    detail: Literal["low", "high"] = "high"
    max_side_px: int = Field(default=1024, ge=16)
    """Larger pictures are resampled to it before they are sent."""
    mirrored: bool = False
    """Left and right are swapped, for the check of stability."""


class Message(Record):
    """One message. Pictures stand in user messages only."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str = ""
    pictures: list[ShownPicture] = Field(default_factory=list)
    """After the text, each behind its caption."""
    tool_calls: list[ToolCall] = Field(default_factory=list)
    """Of an assistant's message."""
    tool_call_id: str | None = None
    """Of a tool's message: the call that it answers."""


class OfferedTool(Record):
    """A tool that the model may call."""

    name: str
    description: str
    parameters: dict[str, JsonValue]
    """JSON Schema of its arguments."""


class ChatRequest(Record):
    """One call of a chat model."""

    purpose: Purpose
    messages: list[Message]
    tools: list[OfferedTool] = Field(default_factory=list)
    """Empty where none may be called, and always with the plain-text protocol."""
    answer_name: str = "answer"
    answer_schema: dict[str, JsonValue] | None = None
    """JSON Schema of the answer, where the model is to be held to one."""
    max_output_tokens: int = Field(default=2048, ge=1)
    temperature: float = Field(default=0.0, ge=0)

    def key(self) -> str:
        """sha256 of everything in the request; two equal requests have one key."""
        return self._key

    def as_json(self) -> str:
        """All of it; written once, as the key and the trace both need it."""
        return self._json

    @cached_property
    def _key(self) -> str:
        # Fields have one order, and a schema keeps its own through JSON and back.
        return hashlib.sha256(self._json.encode()).hexdigest()

    @cached_property
    def _json(self) -> str:
        return self.model_dump_json()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy is another request, with a key of its own."""
        copied = super().model_copy(update=update, deep=deep)
        for name in ("_key", "_json"):
            copied.__dict__.pop(name, None)
        return copied


class CalledTool(Record):
    """A tool call as the model wrote it; its arguments may be no JSON."""

    id: str
    name: str
    arguments: str
    """As written: JSON text, or what the model took for it."""


class ChatReply(Record):
    """What the model said, and what it cost."""

    text: str = ""
    tool_calls: list[CalledTool] = Field(default_factory=list)
    finish: Literal["stop", "tool_calls", "length", "content_filter"] = "stop"
    refusal: str = ""
    """The model's own words, where it refused."""
    input_tokens: int = 0
    cached_tokens: int = 0
    """Of the input tokens: those that the server had from an earlier request."""
    output_tokens: int = 0
    images: int = 0
    picture_bytes: int = 0
    """Of the encoded pictures that were sent."""
    cost_usd: float | None = None
    """None where no price of the model is known."""
    seconds: float = 0.0
    endpoint: str = ""
    """Which of several endpoints answered; empty where there is one."""


class ChatFault(Exception):
    """A call that gave no answer."""

    def __init__(
        self,
        kind: FaultKind,
        message: str,
        *,
        retryable: bool,
        retry_after_s: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.kind: FaultKind = kind
        self.message = message
        self.retryable = retryable
        self.retry_after_s = retry_after_s
        """What the server asked to wait, where it did."""
        self.status = status
        """Of HTTP, where one came."""


class ChatPort(Protocol):
    """A chat model. One call is one attempt: who asks decides whether to try again."""

    @property
    def name(self) -> str:
        """The model, as the server names it."""
        ...

    @property
    def calls_tools(self) -> bool:
        """Whether it speaks native tool calls; else the plain-text protocol is used."""
        ...

    async def complete(self, request: ChatRequest, *, artifacts: ArtifactPort) -> ChatReply:
        """Ask once.

        Args:
            request: what to ask.
            artifacts: where the pictures of the request are.

        Raises:
            ChatFault: where there is no reply.
        """
        ...


@runtime_checkable
class StreamingChat(Protocol):
    """A chat model that can also be heard while it speaks."""

    async def stream(
        self, request: ChatRequest, *, artifacts: ArtifactPort, hear: Callable[[str], None]
    ) -> ChatReply:
        """Ask once, as `complete`.

        Args:
            request: what to ask.
            artifacts: where the pictures of the request are.
            hear: is told more of the reply's text as it comes; calls of tools are no text.

        Raises:
            ChatFault: where there is no whole reply.
        """
        ...


async def ask_once(
    chat: ChatPort,
    request: ChatRequest,
    *,
    artifacts: ArtifactPort,
    hear: Callable[[str], None] | None,
) -> ChatReply:
    """Ask, and pass on the reply's text as it comes where somebody hears and the model streams.

    Raises:
        ChatFault: where there is no whole reply.
    """
    if hear is not None and isinstance(chat, StreamingChat):
        return await chat.stream(request, artifacts=artifacts, hear=hear)
    return await chat.complete(request, artifacts=artifacts)


class Hearer(Protocol):
    """Hears replies while they come."""

    def begin(self) -> None:
        """A reply begins; one that was under way is broken off."""
        ...

    def hear(self, delta: str) -> None:
        """More of its text."""
        ...
