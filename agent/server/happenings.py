"""What a caller is told of an inspection while it runs, from the lines of its trace.

Knows no connection. What was said to and by a VLM stays in the trace.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Literal

from pydantic import Field, JsonValue

from graphs.journal import BeginLine, CallLine, NodeLine, ToolLine, TraceLine, VerdictLine, now
from tools.records import Record

Kind = Literal["state", "node", "call", "tool", "picture", "verdict"]


class Happening(Record):
    """One thing that happened."""

    number: int
    """From 1 on, without gaps."""
    kind: Kind
    at: str
    """ISO 8601, UTC."""
    data: dict[str, JsonValue] = Field(default_factory=dict)

    def event(self) -> str:
        """As a server-sent event."""
        return f"id: {self.number}\nevent: {self.kind}\ndata: {self.model_dump_json()}\n\n"


class Stream:
    """Happenings of one inspection; those who listen get all from the beginning. A `Journal`."""

    def __init__(self) -> None:
        self._kept: list[Happening] = []
        self._more = asyncio.Event()
        self._closed = False

    def write(self, line: TraceLine) -> None:
        """Tell a line of the trace."""
        for kind, data in told(line):
            self.tell(kind, data, at=line.at)

    def tell(self, kind: Kind, data: dict[str, JsonValue], *, at: str = "") -> None:
        """Tell something."""
        self._kept.append(
            Happening(number=len(self._kept) + 1, kind=kind, at=at or now(), data=data)
        )
        self._wake()

    def close(self) -> None:
        """Nothing more will happen; those who listen come to their end."""
        self._closed = True
        self._wake()

    def reopen(self) -> None:
        """It goes on after all, as with the answer of a person."""
        self._closed = False

    async def listen(self, after: int = 0) -> AsyncIterator[Happening]:
        """Everything after a number, until the end."""
        while True:
            more = self._more
            for one in self._kept[after:]:
                yield one
                after = one.number
            if len(self._kept) > after:
                continue
            if self._closed:
                return
            await more.wait()

    def _wake(self) -> None:
        self._more.set()
        self._more = asyncio.Event()


def told(line: TraceLine) -> Iterator[tuple[Kind, dict[str, JsonValue]]]:
    """What callers are told of a line."""
    if isinstance(line, BeginLine):
        yield "node", {"node": "begin", "detail": "resumed" if line.resumed else ""}
    elif isinstance(line, NodeLine):
        yield "node", {"node": line.node, "seconds": line.seconds, "detail": line.detail}
    elif isinstance(line, CallLine):
        data = {"purpose": line.request.purpose, "seconds": line.seconds, "attempt": line.attempt}
        said = line.reply.text[:2000] if line.reply else ""
        yield "call", {**data, "model": line.model, "fault": line.fault, "said": said}
    elif isinstance(line, ToolLine):
        yield "tool", _of_tool(line)
        for digest in line.artifacts:
            yield "picture", {"artifact": digest, "tool": line.call.tool, "round": line.round}
    elif isinstance(line, VerdictLine):
        yield "verdict", line.model_dump(mode="json", exclude={"kind", "at"})


def _of_tool(line: ToolLine) -> dict[str, JsonValue]:
    return {
        "round": line.round,
        "tool": line.call.tool,
        "arguments": line.call.model_dump(mode="json")["arguments"],
        "answer": line.answer,
        "evidence_ids": list(line.evidence_ids),
        "artifacts": list(line.artifacts),
        "seconds": line.seconds,
    }
