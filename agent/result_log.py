"""Rows of a run on disk: appended one line at a time, each safe before the next begins.

Knows nothing of what a row says beyond its task.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Generic, Protocol, TypeVar, cast

from pydantic import ValidationError

from agent.together import Together
from tools.errors import LoupeError

FILE = "results.jsonl"
AT_ONCE = 1000
"""Rows that are made safe together."""


class ResultError(LoupeError):
    """A file of results cannot be read or written, or is in use."""


class InUse(ResultError):
    """Another process holds the folder, and what lies there is its own."""


class Row(Protocol):
    """What is kept of one task: a record of pydantic's."""

    @property
    def task(self) -> str:
        """Its name in the run; a later line of the same name replaces an earlier one."""
        ...

    def model_dump_json(self) -> str:
        """The row as JSON."""
        ...

    @classmethod
    def model_validate_json(cls, json_data: bytes, /) -> Row:
        """The row of a line."""
        ...


R = TypeVar("R", bound=Row)


class ResultLog(Generic[R]):
    """`results.jsonl` of one run, open for appending. One process at a time may hold it.

    A row is on the disc when `append` returns. A line that was being written when the process
    was killed is cut off at the next opening, so that its sample is done again and no other.
    """

    def __init__(self, folder: Path, form: type[R]) -> None:
        """Name the folder; it is made, and the file opened, on entering.

        Args:
            folder: of the run.
            form: of its rows.
        """
        from filelock import FileLock

        self._path = folder / FILE
        self._form = form
        self._lock = FileLock(folder / ".lock")
        self._handle: int | None = None
        self._together = Together[R](self._write)
        self._writing = threading.Lock()
        self._places: dict[str, int] = {}
        """Where the last line of each task begins; rows themselves stay on the disc."""

    def __enter__(self) -> ResultLog[R]:
        """Take the lock, mend the end of the file, read what is there.

        Raises:
            InUse: another process holds it.
            ResultError: it cannot be written, or a line is no row.
        """
        from filelock import Timeout

        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise InUse(
                f"{self._path.parent} is in use by another run; wait for it, or name another --out"
            ) from error
        try:
            mend(self._path)
            self._places = {row.task: place for place, row in placed_rows(self._path, self._form)}
            self._handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._together.close()
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
        self._lock.release()

    def __contains__(self, task: str) -> bool:
        """Whether a task has its row."""
        return task in self._places

    def __len__(self) -> int:
        """How many tasks have their row."""
        return len(self._places)

    @property
    def rows(self) -> list[R]:
        """The last row of each task, in the order of their names; read from the disc."""
        kept = [
            row
            for place, row in placed_rows(self._path, self._form)
            if self._places.get(row.task) == place
        ]
        return sorted(kept, key=lambda row: row.task)

    def row(self, task: str) -> R:
        """The last row of a task, read from the disc.

        Raises:
            KeyError: it has none.
        """
        return row_at(self._path, self._places[task], self._form)

    def forget(self, wanted: Callable[[R], bool]) -> int:
        """Let tasks be done again; their rows stay in the file until others replace them."""
        again = [row.task for row in self.rows if wanted(row)]
        for task in again:
            del self._places[task]
        return len(again)

    def append(self, row: R) -> None:
        """Write a row whole, and wait until the disc has it.

        Raises:
            ResultError: the log is not open, or the task has its row.
            OSError: the disc has no place; the file is as before.
        """
        if row.task in self._places:
            raise ResultError(f"{self._path}: task {row.task!r} has its row already")
        self._write([row])

    async def add(self, row: R) -> None:
        """As `append`, without holding up the loop; rows that come at once wait for the disc once.

        Raises:
            ResultError: the log is not open, or the task has its row.
            OSError: the disc has no place; the file is as before.
        """
        if row.task in self._places:
            raise ResultError(f"{self._path}: task {row.task!r} has its row already")
        await self._together.put(row)

    def extend(self, rows: Iterable[R]) -> int:
        """Write rows whose tasks have none yet, many at a time; gives how many they were.

        Raises:
            ResultError: the log is not open.
            OSError: the disc has no place; what was being written is not there.
        """
        n_rows, waiting = 0, dict[str, R]()
        for row in rows:
            if row.task not in self._places:
                waiting.setdefault(row.task, row)
            if len(waiting) == AT_ONCE:
                n_rows += self._write(waiting.values())
                waiting.clear()
        return n_rows + self._write(waiting.values())

    def place(self, task: str) -> int:
        """The byte of the file at which the row of a task begins."""
        return self._places[task]

    def _write(self, rows: Collection[R]) -> int:
        with self._writing:
            return self._write_alone(rows)

    def _write_alone(self, rows: Collection[R]) -> int:
        if self._handle is None:
            raise ResultError(f"{self._path} is not open; enter the log first")
        lines = [f"{row.model_dump_json()}\n".encode() for row in rows]
        place, data = os.lseek(self._handle, 0, os.SEEK_END), b"".join(lines)
        try:
            while data:
                data = data[os.write(self._handle, data) :]
            os.fsync(self._handle)
        except OSError:
            # On a full disc half a line would swallow the next one.
            os.ftruncate(self._handle, place)
            raise
        for row, line in zip(rows, lines, strict=True):
            self._places[row.task] = place
            place += len(line)
        return len(lines)


def row_at(path: Path, place: int, form: type[R]) -> R:
    """The row that begins at a byte of a file."""
    with path.open("rb") as stream:
        stream.seek(place)
        return cast("R", form.model_validate_json(stream.readline()))


def mend(path: Path) -> bool:
    """Cut off a last line that has no end; an absent file has none.

    Returns:
        Whether there was one.
    """
    if not path.exists():
        return False
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole == len(data):
        return False
    os.truncate(path, whole)
    return True


def read_rows(path: Path, form: type[R]) -> list[R]:
    """The rows of a file that nobody is writing, in its order; an absent file has none.

    A last line without its end is left out.

    Args:
        path: of the file.
        form: of its rows.

    Raises:
        ResultError: another line is no row; names it.
    """
    return [row for _, row in placed_rows(path, form)]


def placed_rows(path: Path, form: type[R]) -> Iterator[tuple[int, R]]:
    """Rows as `read_rows` gives them, one by one, and the byte at which each begins."""
    if not path.exists():
        return
    place = 0
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                row = form.model_validate_json(line)
            except ValidationError as error:
                wrong = error.errors()[0]
                where = ".".join(map(str, wrong["loc"]))
                raise ResultError(
                    f"{path} line {number} is no row of results ({where}: {wrong['msg']}); "
                    "take the line out, and its sample is done again"
                ) from error
            yield place, cast("R", row)
            place += len(line)
