"""The checkpoints of a thread: what is left of them when they are closed."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.runnables import RunnableConfig

from agent.talk.checkpoints import open_thread

CONFIG: RunnableConfig = {
    "configurable": {"thread_id": "t", "checkpoint_ns": "", "checkpoint_id": "1"}
}


@pytest.fixture
def uncollected() -> Iterator[None]:
    """What nothing refers to any more may live on for as long as the process."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 4, 6, 9])
@pytest.mark.usefixtures("uncollected")
async def test_a_write_that_the_end_meets_halfway_does_not_lock_the_file(
    tmp_path: Path, steps: int
) -> None:
    path = tmp_path / "checkpoints.sqlite"
    async with open_thread(path) as saver:
        await saver.setup()
        late = asyncio.create_task(saver.aput_writes(CONFIG, [("said", "hello")] * 500, "task"))
        for _ in range(steps):
            await asyncio.sleep(0.0005)
    # Closed before the write began, where it did not: that is told to who waits for it.
    with contextlib.suppress(ValueError):
        await late
    with sqlite3.connect(path, timeout=0) as other:
        (kept,) = other.execute("SELECT count(*) FROM writes").fetchone()
        other.execute("DELETE FROM writes")
    other.close()
    assert kept in (0, 500)
