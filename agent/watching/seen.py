"""What of a watched folder needs no second look, kept on the disc over restarts.

Forgetting costs a reading of the file, never a second row. Knows no inspection.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from agent.durable_database import open_durable
from agent.watching.tree import Found
from tools.errors import SettingsError

TABLES = """
CREATE TABLE IF NOT EXISTS files (mark BLOB PRIMARY KEY, task TEXT NOT NULL) WITHOUT ROWID;
"""
BEFORE = ""
"""Stands for the task of a file that lay there before anybody watched, and is left alone."""
BEGAN = b"began"
"""Stands in the place of a file's mark; no mark is as short."""


class SeenFiles:
    """One SQLite file: signatures of files, and the task that each one became."""

    def __init__(self, path: Path) -> None:
        """Open the file; it and its folder are made where they are missing.

        Raises:
            SettingsError: where it cannot be used.
        """
        self._lock = threading.Lock()
        try:
            self._db = open_durable(path, tables=TABLES)
        except (OSError, sqlite3.Error) as error:
            raise SettingsError(
                f"{path}: what was seen cannot be kept there ({error}); name another --out"
            ) from error

    def __enter__(self) -> SeenFiles:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    @property
    def has_begun(self) -> bool:
        """Whether somebody watched before."""
        with self._lock:
            query = "SELECT 1 FROM files WHERE mark = ?"
            return self._db.execute(query, (BEGAN,)).fetchone() is not None

    def task(self, found: Found) -> str | None:
        """The task that a file became, `BEFORE` for one that is left alone; None for a new one."""
        with self._lock:
            row = self._db.execute(
                "SELECT task FROM files WHERE mark = ?", (_mark(found),)
            ).fetchone()
        return None if row is None else str(row[0])

    def add(self, found: Found, task: str) -> None:
        """Note what became of a file."""
        with self._lock, self._db:
            self._db.execute("INSERT OR REPLACE INTO files VALUES (?, ?)", (_mark(found), task))

    def leave_alone(self, lying: Iterable[Found]) -> int:
        """Begin to watch, and note what lies there before: all or nothing; gives how many."""
        rows = [(_mark(one), BEFORE) for one in lying]
        with self._lock, self._db:
            self._db.execute("INSERT INTO files VALUES (?, ?)", (BEGAN, "began"))
            self._db.executemany("INSERT OR IGNORE INTO files VALUES (?, ?)", rows)
        return len(rows)

    def take_up(self) -> None:
        """Leave alone nothing of what lay there."""
        with self._lock, self._db:
            self._db.execute("DELETE FROM files WHERE task = ?", (BEFORE,))


def _mark(found: Found) -> bytes:
    told = b"\0".join([os.fsencode(found.path), repr(tuple(found.signature)).encode()])
    return hashlib.sha256(told).digest()[:16]
