"""Which inspection a call of a model is for. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from graphs.journal import CallLine

if TYPE_CHECKING:
    from graphs.journal import TraceLine
    from graphs.records import Inspection

_INSPECTION: ContextVar[str] = ContextVar("inspection", default="")


@contextmanager
def calls_for(inspection: str) -> Iterator[None]:
    """All calls within, also those of tasks that are begun here, are for an inspection."""
    token = _INSPECTION.set(inspection)
    try:
        yield
    finally:
        _INSPECTION.reset(token)


def inspection_of_call() -> str:
    """The name of the inspection; empty outside of one."""
    return _INSPECTION.get()


class AnsweredBy:
    """A journal that notes which endpoints answered."""

    def __init__(self) -> None:
        """Start with none."""
        self._labels: set[str] = set()

    @classmethod
    def after(cls, trace: Path, *, goes_on: bool) -> AnsweredBy:
        """Of an inspection that goes on, with those that its trace tells of.

        Args:
            trace: of the inspection.
            goes_on: it was begun by another process.
        """
        from agent.trace import read_trace

        noted = cls()
        if goes_on and trace.is_file():
            for line in read_trace(trace).calls:
                noted.write(line)
        return noted

    def write(self, line: TraceLine) -> None:
        """Take one line."""
        if isinstance(line, CallLine) and line.reply is not None and line.reply.endpoint:
            self._labels.add(line.reply.endpoint)

    def on(self, inspection: Inspection) -> Inspection:
        """The inspection, with what was noted."""
        if not self._labels:
            return inspection
        return inspection.model_copy(update={"endpoints": sorted(self._labels)})
