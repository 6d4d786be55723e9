"""What a sink is told, and what it must be able to do. Knows no protocol.

The form is read by others' programs, so this module stays.
"""

from __future__ import annotations

from typing import Literal, Protocol

from agent.batch.records import BatchRow
from tools.records import Record


class Told(Record):
    """One row, as a receiver gets it."""

    format: Literal["loupe.told/1"] = "loupe.told/1"
    key: str
    """Of this row in this run, the same however often it is told: take the second one as told."""
    run: str
    number: int
    """Of the row in its run, from 1, in the order of telling."""
    again: bool
    """Whether it was sent before without an answer that it arrived: it may have."""
    row: BatchRow


class SinkError(Exception):
    """A sink did not take a row. Its text is one line and names no secret."""

    def __init__(self, said: str, *, retry_after_s: float | None = None, refused: bool = False):
        """Take what happened.

        Args:
            said: in one line.
            retry_after_s: how long the receiver asks to be left alone.
            refused: whether it is this row that the receiver does not take.
        """
        super().__init__(said)
        self.retry_after_s = retry_after_s
        self.refused = refused


class Sink(Protocol):
    """Takes rows, one after another."""

    @property
    def name(self) -> str:
        """What a person is told; no secret is in it."""
        ...

    async def tell(self, told: Told) -> None:
        """Return when the receiver has it.

        Raises:
            SinkError: where it has it not, or nobody knows.
        """
        ...

    async def close(self) -> None:
        """Let go of connections and files."""
        ...
