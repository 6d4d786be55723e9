from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from graphs.checkpoint_rows import RowWriter, open_rows

PUT = "INSERT INTO told (who, what) VALUES (?, ?)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE told (who TEXT PRIMARY KEY, what TEXT)")
    return path


def told(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.execute("SELECT who, what FROM told ORDER BY rowid"))


async def test_a_flushed_row_is_on_disk_with_all_before_it(file: Path) -> None:
    async with open_rows(file, linger_s=60.0) as writer:
        writer.put(PUT, [("a", "1"), ("b", "2")])
        writer.put("UPDATE told SET what = ? WHERE who = ?", [("3", "a")])
        assert told(file) == []
        await writer.flush()

        assert told(file) == [("a", "3"), ("b", "2")]


async def test_a_row_that_nobody_waits_for_is_committed_soon(file: Path) -> None:
    async with open_rows(file, linger_s=0.01) as writer:
        for number in range(3):
            writer.put(PUT, [(str(number), "x")])
        async with asyncio.timeout(60):
            while len(told(file)) < 3:
                await asyncio.sleep(0.01)


async def test_what_waits_at_the_end_is_committed(file: Path) -> None:
    async with open_rows(file, linger_s=60.0) as writer:
        writer.put(PUT, [("a", "1")])

    assert told(file) == [("a", "1")]


async def test_rows_that_cannot_be_written_are_told_of_and_tried_again(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        async with open_rows(file, linger_s=0.0) as writer:
            other.execute("ALTER TABLE told RENAME TO elsewhere")
            writer.put(PUT, [("a", "1")])
            await asyncio.sleep(0.05)
            with pytest.raises(sqlite3.OperationalError, match="no such table: told"):
                await writer.flush()
            other.execute("ALTER TABLE elsewhere RENAME TO told")
            writer.put(PUT, [("b", "2")])
            await writer.flush()

    assert told(file) == [("a", "1"), ("b", "2")]


async def test_who_gives_up_waiting_takes_no_row_along(file: Path) -> None:
    async with open_rows(file, linger_s=60.0) as writer:
        writer.put(PUT, [("a", "1")])
        waiting = asyncio.create_task(writer.flush())
        await asyncio.sleep(0)
        waiting.cancel()
        writer.put(PUT, [("b", "2")])
        await writer.flush()

        assert waiting.cancelled()
        assert told(file) == [("a", "1"), ("b", "2")]


async def test_a_row_that_comes_after_the_end_is_refused(file: Path) -> None:
    async with open_rows(file, linger_s=60.0) as writer:
        pass

    with pytest.raises(ValueError, match=r"closed; rows that come now would be lost"):
        writer.put(PUT, [("a", "1")])
    assert told(file) == []


async def test_a_writer_without_rows_opens_no_file(tmp_path: Path) -> None:
    writer = RowWriter(tmp_path / "none.sqlite")
    await writer.close()

    assert not (tmp_path / "none.sqlite").exists()
