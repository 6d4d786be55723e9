"""How a model is called, and what is sent. Knows no prompt and no server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from agent.prices import Price

Dialect = Literal["openai", "compatible", "any"]
"""OpenAI's own API; a server that speaks it; a model that is configured where it was made."""


@dataclass(frozen=True, kw_only=True)
class ChatSettings:
    """How a model is called."""

    timeout_s: float = 120.0
    """For one answer, from the first byte sent to the last one read."""
    max_concurrent: int = 64
    """Calls under way at once."""
    calls_tools: bool = True
    dialect: Dialect = "any"
    price: Price | None = None
    """None where it is not known."""


class Body(NamedTuple):
    """A request as OpenAI's API takes it, and what is counted of its pictures."""

    body: dict[str, Any]
    images: int
    picture_bytes: int
