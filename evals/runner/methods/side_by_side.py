"""Tasks of a group at once, each at its own boundary. Knows nothing of what a task does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from agent.answers import AnswerError
from agent.purse import BudgetSpent
from evals.runner.bench import Bench
from evals.runner.plan import Group, Task
from evals.runner.row_making import broken
from evals.runner.rows import Row
from tools.errors import KnowledgeError, SettingsError, WeightsError

STOPPING = (SettingsError, WeightsError, KnowledgeError, AnswerError)
"""What a person has to mend and every other task would meet as well."""


async def side_by_side(
    tasks: Sequence[Task],
    work: Callable[[Task], Awaitable[Row]],
    *,
    group: Group,
    bench: Bench,
) -> AsyncIterator[Row]:
    """Rows as they are done, `bench.concurrency` at once; none for what the budget did not allow.

    Raises:
        LoupeError: one of `STOPPING`.
    """
    gate = asyncio.Semaphore(bench.concurrency)

    async def one(task: Task) -> Row | None:
        async with gate:
            try:
                return await work(task)
            except BudgetSpent:
                return None
            except STOPPING:
                raise
            # The one boundary of a row: one sample's crash must not stop the others, and it is
            # kept as a failure of the instrument, never as a decision.
            except Exception as error:  # noqa: BLE001
                return broken(group, task, error)

    running = [asyncio.create_task(one(task)) for task in tasks]
    try:
        for done in asyncio.as_completed(running):
            row = await done
            if row is not None:
                yield row
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
