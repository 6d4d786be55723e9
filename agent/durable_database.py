"""Opens a small SQLite file whose commits outlive a loss of power. Knows no table."""

from __future__ import annotations

import sqlite3
from pathlib import Path

BUSY_S = 30.0
"""How long another process may hold the file for writing."""


def open_durable(path: Path, *, tables: str) -> sqlite3.Connection:
    """A connection for any thread, one at a time; a commit is on the disc when it returns.

    Args:
        path: of the file; it and its folder are made where they are missing.
        tables: statements that make what is missing, each ended by `;`.

    Raises:
        OSError: of the folder.
        sqlite3.Error: it cannot be opened, or is no such file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(path, timeout=BUSY_S, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.executescript(tables)
    except BaseException:
        database.close()
        raise
    return database
