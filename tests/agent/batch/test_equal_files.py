"""The first of equal files is inspected, and who gives up waiting for it takes it from nobody."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.batch.engines.contract import DoOrder
from agent.batch.records import BatchRow, Order
from agent.batch.running import Batch
from agent.failures import digest_of
from agent.result_log import ResultLog

CONTENT = b"one part"


class Bench:
    """An engine whose inspections end when they are let go."""

    at_once, n_asked, n_kept, chat = 4, 0, 0, None

    def __init__(self, log: ResultLog[BatchRow]) -> None:
        self.log = log
        self.done: list[str] = []
        self.let_go = asyncio.Event()

    @asynccontextmanager
    async def doing(self) -> AsyncIterator[DoOrder]:
        yield self.do

    async def do(self, order: Order) -> BatchRow:
        self.done.append(order.task)
        await self.let_go.wait()
        digest = digest_of(Path(order.asset).with_name("b.png"))
        row = BatchRow(task=order.task, asset=order.asset, sha256=digest, status="decided")
        await self.log.add(row)
        return row

    def row(self, task: str) -> BatchRow:
        return self.log.row(task)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[ResultLog[BatchRow]]:
    (tmp_path / "run").mkdir()
    with ResultLog(tmp_path / "run", BatchRow) as opened:
        yield opened


def order(path: Path) -> Order:
    return Order(task=path.stem, asset=str(path))


async def test_the_first_is_inspected_though_the_second_is_read_sooner(
    tmp_path: Path, log: ResultLog[BatchRow]
) -> None:
    slow, fast = tmp_path / "a.png", tmp_path / "b.png"
    os.mkfifo(slow)
    fast.write_bytes(CONTENT)

    def feed() -> None:
        time.sleep(0.2)
        slow.write_bytes(CONTENT)

    feeder = threading.Thread(target=feed)
    feeder.start()
    bench = Bench(log)
    bench.let_go.set()
    rows = [row async for row in Batch(bench, log).rows([order(slow), order(fast)])]
    feeder.join()

    assert bench.done == ["a"]
    assert {row.task: row.shared for row in rows} == {"a": False, "b": True}


async def test_who_gives_up_waiting_leaves_the_row_to_the_others(
    tmp_path: Path, log: ResultLog[BatchRow]
) -> None:
    paths = [tmp_path / f"{name}.png" for name in "abc"]
    for path in paths:
        path.write_bytes(CONTENT)
    bench = Bench(log)
    batch = Batch(bench, log)
    first, second, third = [asyncio.create_task(batch.row(bench.do, order(path))) for path in paths]
    while not bench.done:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)

    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    bench.let_go.set()

    rows = await asyncio.gather(first, third)
    assert [row and row.shared for row in rows] == [False, True]
    assert bench.done == ["a"]
