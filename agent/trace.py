"""The trace of an inspection on disk: one JSON line for each thing that happened.

Knows nothing of what the lines are about.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from graphs.journal import TRACE_LINE, BeginLine, CallLine, as_json, now
from tools.errors import AssetError

if TYPE_CHECKING:
    from graphs.journal import Journal, TraceLine

MAX_SHOWN = 120
"""Characters of what is wrong with a line that an error tells."""


class TraceWriter:
    """A journal that appends to a file. Each line is written whole, at once and in one call.

    What is written survives the end of this process at any moment; a line that was being written
    may be torn, and whoever goes on starts a line of its own.
    """

    def __init__(self, path: Path) -> None:
        """Name the file; it is made with the first line."""
        self.path = path
        self._handle: int | None = None
        self._lines: list[TraceLine] | None = None
        """All of the file; None where another writer wrote some of them."""

    def begin(self, inspection: str, *, resumed: bool) -> BeginLine:
        """Write the first line of a run of the graph, and give it.

        Args:
            inspection: its id.
            resumed: the run goes on, and so does the file; else the file starts anew.
        """
        self._open(anew=not resumed)
        self._lines = None if resumed else []
        line = BeginLine(at=now(), inspection=inspection, resumed=resumed)
        self.write(line)
        return line

    def write(self, line: TraceLine) -> None:
        """Append one line."""
        handle = self._handle if self._handle is not None else self._open(anew=False)
        data = f"{as_json(line)}\n".encode()
        while data:
            data = data[os.write(handle, data) :]
        if self._lines is not None:
            self._lines.append(line)

    def told(self) -> Trace:
        """All that the file holds; it is read only where another writer wrote some of it.

        Raises:
            AssetError: as `read_trace`.
        """
        if self._lines is not None:
            return Trace([*self._lines])
        return read_trace(self.path) if self.path.is_file() else NO_TRACE

    def close(self) -> None:
        """Let go of the file; writing again opens it again."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _open(self, *, anew: bool) -> int:
        self.close()
        how = os.O_RDWR | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if anew else 0)
        try:
            handle = os.open(self.path, how, 0o644)
        except FileNotFoundError:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, how, 0o644)
        self._handle = handle
        size = 0 if anew else os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            os.write(handle, b"\n")
        return handle


class Tee:
    """A journal that passes every line on to others, in their order."""

    def __init__(self, *journals: Journal) -> None:
        self._journals = journals

    def write(self, line: TraceLine) -> None:
        """Pass one line on."""
        for journal in self._journals:
            journal.write(line)


class Trace(NamedTuple):
    """What a trace holds."""

    lines: list[TraceLine]
    torn: int = 0
    """Lines that were cut off when the process ended; they are left out of `lines`."""

    @property
    def calls(self) -> list[CallLine]:
        """Every attempt at the model, in the order of their ends."""
        return [line for line in self.lines if isinstance(line, CallLine)]


NO_TRACE = Trace([])


def read_trace(path: Path) -> Trace:
    """Read a trace.

    A line that is torn at the end, or before the run goes on, is counted and left out.

    Raises:
        AssetError: where the file cannot be read, or a line is no line of a trace.
    """
    try:
        rows = path.read_bytes().split(b"\n")
    except OSError as error:
        reason = error.strerror or str(error)
        raise AssetError(
            f"the trace {str(path)!r} cannot be read ({reason}); check the run and the asset"
        ) from error
    numbered = [(number, row) for number, row in enumerate(rows, 1) if row.strip()]
    lines: list[TraceLine] = []
    torn = 0
    for position, (number, row) in enumerate(numbered):
        try:
            lines.append(TRACE_LINE.validate_json(row))
        except ValidationError as error:
            following = numbered[position + 1][1] if position + 1 < len(numbered) else None
            if not _was_torn(row, following):
                wrong = error.errors()[0]
                place = ".".join(str(part) for part in wrong["loc"])
                reason = f"{place}: {wrong['msg']}"[:MAX_SHOWN]
                raise AssetError(
                    f"{str(path)!r} line {number} is no line of a trace ({reason}); "
                    "restore the file, or inspect again"
                ) from error
            torn += 1
    return Trace(lines, torn)


def _was_torn(row: bytes, following: bytes | None) -> bool:
    """Whether the end of a row is lacking: the last one, or one before the run goes on."""
    try:
        json.loads(row)
    except ValueError:
        return following is None or _resumes(following)
    return False


def _resumes(row: bytes) -> bool:
    try:
        line = TRACE_LINE.validate_json(row)
    except ValidationError:
        return False
    return isinstance(line, BeginLine) and line.resumed
