"""Rows of a run on disk: appended one line at a time, each safe before the next begins.

Knows nothing of what a row says beyond its task.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, TypeVar, cast

from pydantic import ValidationError

from tools.errors import LoupeError

FILE = "results.jsonl"


class ResultError(LoupeError):
    """A file of results cannot be read or written, or is in use."""


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
        self._rows: dict[str, R] = {}

    def __enter__(self) -> ResultLog[R]:
        """Take the lock, mend the end of the file, read what is there.

        Raises:
            ResultError: another process holds it, it cannot be written, or a line is no row.
        """
        from filelock import Timeout

        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise ResultError(
                f"{self._path.parent} is in use by another run; wait for it, or name another --out"
            ) from error
        try:
            mend(self._path)
            self._rows = {row.task: row for row in read_rows(self._path, self._form)}
            self._handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
        self._lock.release()

    def __contains__(self, task: str) -> bool:
        """Whether a task has its row."""
        return task in self._rows

    @property
    def rows(self) -> list[R]:
        """The last row of each task, in the order of their names."""
        return [self._rows[task] for task in sorted(self._rows)]

    def forget(self, wanted: Callable[[R], bool]) -> int:
        """Let tasks be done again; their rows stay in the file until others replace them."""
        again = [task for task, row in self._rows.items() if wanted(row)]
        for task in again:
            del self._rows[task]
        return len(again)

    def append(self, row: R) -> None:
        """Write a row whole, and wait until the disc has it.

        Raises:
            ResultError: the log is not open, or the task has its row.
        """
        if self._handle is None:
            raise ResultError(f"{self._path} is not open; enter the log first")
        if row.task in self._rows:
            raise ResultError(f"{self._path}: task {row.task!r} has its row already")
        data = f"{row.model_dump_json()}\n".encode()
        while data:
            data = data[os.write(self._handle, data) :]
        os.fsync(self._handle)
        self._rows[row.task] = row


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
    if not path.exists():
        return []
    data = path.read_bytes()
    rows = []
    for number, line in enumerate(data[: data.rfind(b"\n") + 1].splitlines(), start=1):
        try:
            rows.append(cast("R", form.model_validate_json(line)))
        except ValidationError as error:
            wrong = error.errors()[0]
            place = ".".join(map(str, wrong["loc"]))
            raise ResultError(
                f"{path} line {number} is no row of results ({place}: {wrong['msg']}); "
                "take the line out, and its sample is done again"
            ) from error
    return rows
