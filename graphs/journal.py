"""What an inspection tells of itself while it runs: the lines of `trace.jsonl`. Writes no files.

The lines are published, so this module stays.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, Protocol, TypeAlias

from pydantic import Field, TypeAdapter

from graphs.minds.chat import ChatReply, ChatRequest, FaultKind
from graphs.records import ToolCall
from tools.records import Record

TRACE_FORMAT = "loupe.trace/1"


class BeginLine(Record):
    """A run of the graph begins, or goes on after an interruption."""

    kind: Literal["begin"] = "begin"
    format: Literal["loupe.trace/1"] = "loupe.trace/1"
    at: str
    """ISO 8601, UTC."""
    inspection: str
    resumed: bool = False


class NodeLine(Record):
    """A node ran."""

    kind: Literal["node"] = "node"
    at: str
    """When it ended."""
    node: str
    seconds: float
    detail: str = ""


class CallLine(Record):
    """One attempt at the model, with the whole request and either its reply or its fault."""

    kind: Literal["call"] = "call"
    at: str
    key: str
    """Of the request; what a replay looks for."""
    attempt: int = Field(ge=1)
    model: str
    request: ChatRequest
    reply: ChatReply | None = None
    fault: FaultKind | None = None
    """Also beside a reply that could not be used."""
    message: str = ""
    """What was wrong, in words."""
    seconds: float = 0.0


class ToolLine(Record):
    """A tool ran."""

    kind: Literal["tool"] = "tool"
    at: str
    round: int
    call: ToolCall
    answer: str
    evidence_ids: list[str] = Field(default_factory=list)
    artifacts: list[str] = Field(default_factory=list)
    """Digests of the pictures that it made."""
    seconds: float = 0.0


class VerdictLine(Record):
    """How it ended."""

    kind: Literal["verdict"] = "verdict"
    at: str
    decision: str | None
    status: str
    score: float | None = None
    reason: str = ""


TraceLine: TypeAlias = Annotated[
    BeginLine | NodeLine | CallLine | ToolLine | VerdictLine, Field(discriminator="kind")
]
TRACE_LINE: TypeAdapter[TraceLine] = TypeAdapter(TraceLine)


def as_json(line: TraceLine) -> str:
    """A line as it is written; a request, which is most of a call, as it has written itself."""
    if not isinstance(line, CallLine):
        return line.model_dump_json()
    beside = line.model_dump_json(exclude={"request"})
    return f'{beside[:-1]},"request":{line.request.as_json()}}}'


class Journal(Protocol):
    """Takes lines as they come; may be called from several tasks of one loop."""

    def write(self, line: TraceLine) -> None:
        """Keep one line."""
        ...


class NoJournal:
    """Keeps nothing."""

    def write(self, line: TraceLine) -> None:
        """Forget it."""


def now() -> str:
    """The time of a line: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
