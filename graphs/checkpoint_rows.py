"""Rows for a SQLite file, written many at once and a moment later. Knows no checkpoint."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple, TypeAlias

Row: TypeAlias = tuple[str | int | bytes | None, ...]
LINGER_S = 0.02
"""How long rows wait for others; to commit each by itself costs ten times the work."""


class Rows(NamedTuple):
    """Rows for one statement, with as many values as it has places."""

    statement: str
    rows: Sequence[Row]


class RowWriter:
    """Takes rows in one event loop and commits them in their order, in a thread of its own.

    Where the process is killed, rows that came in the last LINGER_S may be lost, and no others.
    """

    def __init__(self, path: Path, *, linger_s: float = LINGER_S) -> None:
        """Name the file; it is opened with the first row.

        Args:
            path: of the file; its tables must be there by then.
            linger_s: how long rows wait for others.
        """
        self._path = path
        self._linger_s = linger_s
        self._waiting: deque[Rows] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoint-rows")
        self._connection: sqlite3.Connection | None = None

    def put(self, statement: str, rows: Sequence[Row]) -> None:
        """Take rows; they are committed soon.

        Raises:
            ValueError: once it is closed.
        """
        if self._is_closed:
            raise ValueError(f"{self._path} is closed; rows that come now would be lost")
        self._waiting.append(Rows(statement, rows))
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._linger_s, self._commit_soon, loop)

    async def flush(self) -> None:
        """Return when all rows that were taken are committed.

        Raises:
            sqlite3.Error: where one could not be written; all that are left wait for another try.
        """
        self._forget_timer()
        loop = asyncio.get_running_loop()
        # Whoever waits may be given up; the rows are not.
        await asyncio.shield(loop.run_in_executor(self._thread, self._commit))

    async def close(self) -> None:
        """Commit what is left and let go of the file; what comes from now on is refused.

        Raises:
            sqlite3.Error: where a row could not be written.
        """
        self._is_closed = True
        try:
            await self.flush()
        finally:
            self._thread.submit(self._disconnect)
            await asyncio.to_thread(self._thread.shutdown)

    def _commit_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        committed = loop.run_in_executor(self._thread, self._commit)
        # What went wrong goes wrong again where somebody waits for it.
        committed.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _commit(self) -> None:
        taken = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not taken:
            return
        try:
            connection = self._connected()
            with connection:
                for statement, rows in taken:
                    connection.executemany(statement, rows)
        except BaseException:
            self._waiting.extendleft(reversed(taken))
            raise

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(self._path)
            self._connection.execute("PRAGMA synchronous=NORMAL")
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@asynccontextmanager
async def open_rows(path: Path, *, linger_s: float = LINGER_S) -> AsyncIterator[RowWriter]:
    """A writer that is closed at the end."""
    writer = RowWriter(path, linger_s=linger_s)
    try:
        yield writer
    finally:
        await writer.close()
