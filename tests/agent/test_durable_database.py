"""A small database keeps what was committed, and leaves nothing open where it cannot be made."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent.durable_database import open_durable

TABLES = "CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY);"


def test_what_is_committed_is_there_for_the_next_one_who_opens(tmp_path: Path) -> None:
    path = tmp_path / "a" / "words.sqlite"
    with closing(open_durable(path, tables=TABLES)) as database, database:
        database.execute("INSERT INTO words VALUES ('stain')")

    with closing(open_durable(path, tables=TABLES)) as database:
        assert database.execute("SELECT word FROM words").fetchall() == [("stain",)]


def test_a_commit_waits_for_the_disc(tmp_path: Path) -> None:
    with closing(open_durable(tmp_path / "words.sqlite", tables=TABLES)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert database.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_file_that_is_no_database_is_said_to_be_none_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "words.sqlite"
    path.write_text("stain, scratch, dent\n" * 100, encoding="utf-8")
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        open_durable(path, tables=TABLES)
    assert path.read_text(encoding="utf-8").startswith("stain, scratch")
