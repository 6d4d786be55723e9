"""What a model behind the endpoint answers: text, tool calls, a refusal, or a fault on the wire.

Knows nothing of HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from agent.loopback.requests import ChatRequest

FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclass(frozen=True, kw_only=True)
class CalledTool:
    """One tool call. Arguments as a string go out as they are, so that they can be broken JSON."""

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict)
    id: str | None = None
    """By default a new one."""

    @property
    def arguments_text(self) -> str:
        """The arguments as they go over the wire."""
        if isinstance(self.arguments, str):
            return self.arguments
        return json.dumps(dict(self.arguments), ensure_ascii=False)


@dataclass(frozen=True, kw_only=True)
class WireFault:
    """What goes wrong below the answer."""

    kind: Literal["status", "hang", "reset", "cut", "garbage", "half", "label", "drip"]
    """An error status; no answer; the socket reset; the body cut short by a reset; a body that is
    no JSON; half a body that ends as if it were whole; a body of a wrong content type; a body that
    comes a byte at a time."""
    status: int = 500
    message: str = "The server had an error while processing your request. Sorry about that!"
    type: str = "server_error"
    code: str | None = None
    retry_after_s: float | None = None
    """Sent as `Retry-After`; None for no header."""
    seconds: float = 3600.0
    """Of `hang`: how long nothing comes, after which the reply is sent; of `drip`: how long it
    takes."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer of a model."""

    text: str | None = None
    tool_calls: tuple[CalledTool, ...] = ()
    refusal: str | None = None
    finish_reason: FinishReason | None = None
    """By default `tool_calls` where there are any, else `stop`."""
    fault: WireFault | None = None


class Model(Protocol):
    """What stands behind the endpoint. Called from several threads at once."""

    def reply(self, request: ChatRequest) -> Reply:
        """Answer a request that has passed the endpoint's checks."""
        ...
