"""Checkpoints of one thread, in a file of its own. Knows nothing of what a turn does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver


@asynccontextmanager
async def open_thread(path: Path) -> AsyncIterator[AsyncSqliteSaver]:
    """Open the checkpoints of a thread; a file for each, so that threads never wait for each other.

    When it is closed, nothing of it holds the file: the graph of a turn that is given up does not
    wait for all its tasks, and a write that the end of its connection met halfway would lock the
    file for as long as the write's cursor is not collected.

    Args:
        path: of the file, which is made where it is absent; its folder is there.
    """
    import aiosqlite
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    from graphs.conversation.graph import build_serializer

    async with aiosqlite.connect(path) as connection:
        saver = AsyncSqliteSaver(connection, serde=build_serializer())
        try:
            yield saver
        finally:
            # Every statement runs under the lock: none is under way now, and none begins.
            async with saver.lock:
                await connection.rollback()
                await connection.close()
