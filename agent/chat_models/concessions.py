"""What is done without where a server refuses a request for it. Knows no client.

Servers that call themselves OpenAI-compatible differ in parameters; each is tried, and left out
once it was refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from graphs.minds.chat import ChatRequest


class Concession(NamedTuple):
    """One thing that a server may refuse."""

    name: str
    words: tuple[str, ...]
    """In the refusal, in lower case."""
    concerns: Callable[[ChatRequest], bool]
    """Whether a request has it."""
    told: str
    """What is done instead."""


CONCESSIONS: tuple[Concession, ...] = (
    Concession(
        "response_format",
        ("response_format", "json_schema", "structured output", "guided"),
        lambda request: request.answer_schema is not None,
        "answers are asked for in words and not held to a schema",
    ),
    Concession(
        "strict",
        ("strict", "invalid_function_parameters", "invalid schema for function"),
        lambda request: bool(request.tools),
        "arguments of tools are not held to their schemas",
    ),
    Concession(
        "tools",
        (
            "support tool",
            "support function",
            "tool choice",
            "tool_choice",
            "tool use",
            "'tools'",
            "tool-call-parser",
            "supplied: tools",
        ),
        lambda request: bool(request.tools),
        "tools are called in plain text",
    ),
    Concession(
        "temperature",
        ("temperature",),
        lambda request: True,
        "the model keeps its own temperature",
    ),
    Concession(
        "max_tokens",
        ("max_tokens", "max_completion_tokens"),
        lambda request: True,
        "the limit of output is told by its other name",
    ),
)
"""In the order in which they are tried: the first that the refusal speaks of."""


class Conceded:
    """What one server was found to refuse."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        """Start with nothing.

        Args:
            tell: is told once of each concession, in one line.
        """
        self._tell = tell
        self._names: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._names

    @property
    def names(self) -> frozenset[str]:
        """All of them."""
        return frozenset(self._names)

    def take_over(self, names: Iterable[str]) -> None:
        """What was found out before; it is not told again."""
        self._names.update(names)

    def concede(
        self, request: ChatRequest, refusal: str, *, model: str, sent: frozenset[str]
    ) -> str | None:
        """Give up what a refusal speaks of; returns its name, None where nothing is left.

        Args:
            request: that was refused.
            refusal: what the server said.
            model: for the line that is told.
            sent: what was given up already when the request was made. What another one's refusal
                has given up since then is reason enough to ask again.
        """
        said = refusal.lower()
        for one in CONCESSIONS:
            if one.name in sent or not one.concerns(request):
                continue
            if any(word in said for word in one.words):
                if one.name not in self._names:
                    self._names.add(one.name)
                    self._tell(f"{model}: the server refuses {one.name}; {one.told}")
                return one.name
        return None
