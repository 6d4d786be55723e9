"""Does orders by workers, of a Ray cluster or in processes of this machine. Knows no inspection.

Placing, starting again and calling are Ray's, or those of `Processes`. Who dies costs no result:
the rows it had written are in its log, and what it had under way goes to others.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.batch.engines.contract import DoOrder
from agent.batch.engines.parts import take_in
from agent.batch.engines.worker import Done, Job, Worker, scratch_folder
from agent.batch.records import BatchRow, Order, row_of
from agent.console import print_note
from agent.failures import failed_inspection
from agent.keeping import keep_failure
from agent.purse import BudgetSpent
from agent.result_log import ResultLog, row_at
from tools.errors import LoupeError

if TYPE_CHECKING:
    from agent.run_folder import RunFolder

LOSSES = 3
"""Workers that an order may lose; then it is tried in one that does nothing else."""
STARTS = 3
"""Times that a worker may die while it opens."""
CLOSING_S = 10.0
"""For workers to let go, before they are ended."""


@dataclass(eq=False)
class Hired:
    """A worker, as whoever runs it knows it."""

    number: int
    at_once: int
    handle: Any
    who: str = ""
    """Process that pays."""
    life: int = 0
    """How often it was ready."""
    is_ready: bool = False


class Slot(NamedTuple):
    """Place for one inspection at a worker, in one of its lives."""

    worker: Hired
    life: int

    @property
    def is_good(self) -> bool:
        """Whether the worker lives that life."""
        return self.worker.is_ready and self.worker.life == self.life


class StaffedEngine:
    """Hands orders to workers that have place for one."""

    def __init__(
        self,
        staff: Any,
        job: Job,
        run: RunFolder,
        *,
        log: ResultLog[BatchRow],
        resources: dict[str, Any],
    ) -> None:
        """Take who runs workers, and their job; starts nothing yet.

        Args:
            staff: Ray's module, in a cluster; or `Processes`.
            job: of each worker.
            run: its folder.
            log: of the run, open: takes the rows in at the end.
            resources: options of a worker's actor.
        """
        self._staff = staff
        self._job = job
        self._run = run
        self._log = log
        self._resources = resources
        self._lost = (staff.exceptions.RayActorError, staff.exceptions.OutOfMemoryError)
        self._actor = staff.remote(Worker)
        self._workers: list[Hired] = []
        self._free: asyncio.Queue[Slot | None] = asyncio.Queue()
        self._coming: set[asyncio.Task[None]] = set()
        self._one_alone = asyncio.Lock()
        self._broken: BaseException | None = None
        self._places: dict[str, tuple[Path, int]] = {}
        self.chat = None
        """Workers ask."""
        self.n_asked = 0
        """See `Engine`."""
        self.n_kept = 0
        """See `Engine`."""

    @property
    def at_once(self) -> int:
        """As the settings say, and at least one for each worker."""
        return max(self._job.wanted.settings.concurrency, self._job.n_workers)

    def row(self, task: str) -> BatchRow:
        """See `Engine`."""
        return row_at(*self._places[task], BatchRow)

    @asynccontextmanager
    async def doing(self) -> AsyncIterator[DoOrder]:
        """See `Engine`."""
        least, more = divmod(self.at_once, self._job.n_workers)
        is_over = False
        try:
            for number in range(self._job.n_workers):
                self._bring(self._hire(number, least + (number < more)))
            yield self._do
            is_over = True
        finally:
            await self._end(kindly=is_over)
            # A cluster ends processes in its own time, and one that has just begun may still write:
            # it holds its folder of rows before it makes anything else.
            take_in(self._run.root, self._log, wait_s=CLOSING_S)
            shutil.rmtree(scratch_folder(self._run.root), ignore_errors=True)

    async def _do(self, order: Order) -> BatchRow:
        for _ in range(LOSSES):
            done = await self._try(await self._place(), order)
            if done is not None:
                return self._took(order, done)
        return await self._do_alone(order)

    async def _place(self) -> Slot:
        """A place at a worker that lives, waited for."""
        while True:
            slot = await self._free.get()
            if slot is None:
                # Whoever else waits has to know, too.
                self._free.put_nowait(None)
                raise self._broken or LoupeError("no worker is left")
            if slot.is_good:
                return slot

    async def _try(self, slot: Slot, order: Order) -> Done | None:
        """What came of an order; None where the worker was lost."""
        try:
            done: Done = await slot.worker.handle.inspect.remote(order)
        except self._lost as error:
            self._lose(slot, error)
            return None
        except self._staff.exceptions.RayTaskError as error:
            raise error.cause from error
        if slot.is_good:
            self._free.put_nowait(slot)
        return done

    def _took(self, order: Order, done: Done) -> BatchRow:
        self.n_asked += done.n_asked
        self.n_kept += done.n_kept
        for note in done.notes:
            print_note(note)
        if done.row is None:
            raise BudgetSpent(done.spent)
        self._places[order.task] = (done.part, done.place)
        return done.row

    def _lose(self, slot: Slot, error: Exception) -> None:
        """Once for each life: tell it, and have the worker started again."""
        if not slot.is_good:
            return
        worker = slot.worker
        worker.is_ready = False
        print_note(
            f"worker {worker.number} is lost ({_in_short(error)}); what it had under way goes to "
            "others"
        )
        if self._job.keeper is not None:
            self._job.keeper.lose.remote(worker.who)
        self._bring(worker)

    def _hire(self, number: int, at_once: int, **options: Any) -> Hired:
        actor = self._actor.options(
            **{
                **self._resources,
                "max_restarts": -1,
                # One more for `ready` or `close` beside the inspections.
                "max_concurrency": at_once + 1,
                **options,
            }
        )
        worker = Hired(number, at_once, actor.remote(self._job, number, at_once))
        self._workers.append(worker)
        return worker

    def _bring(self, worker: Hired) -> None:
        task = asyncio.create_task(self._make_ready(worker))
        self._coming.add(task)
        task.add_done_callback(self._coming.discard)

    async def _make_ready(self, worker: Hired) -> None:
        """Wait until a worker is ready, wherever it is started, and offer its places."""
        ready = worker.handle.ready.options(max_task_retries=STARTS)
        try:
            worker.who = await ready.remote()
        except self._staff.exceptions.RayTaskError as error:
            self._give_up(error.cause)
        except self._lost as error:
            print_note(f"worker {worker.number} cannot start ({_in_short(error)})")
            self._workers.remove(worker)
            if not self._workers:
                self._give_up(LoupeError(f"no worker can start: {_in_short(error)}"))
        else:
            worker.life += 1
            worker.is_ready = True
            for _ in range(worker.at_once):
                self._free.put_nowait(Slot(worker, worker.life))

    def _give_up(self, error: BaseException) -> None:
        self._broken = error
        self._free.put_nowait(None)

    async def _do_alone(self, order: Order) -> BatchRow:
        """Try an order that lost its workers in one of its own; where that dies too, it failed."""
        async with self._one_alone:
            number = self._job.n_workers + len(self._places)
            worker = self._hire(number, 1, num_cpus=0, max_restarts=0)
            try:
                await worker.handle.ready.remote()
                done: Done = await worker.handle.inspect.remote(order)
            except self._lost as error:
                return self._failed(order, error)
            finally:
                self._workers.remove(worker)
                self._staff.kill(worker.handle)
            return self._took(order, done)

    def _failed(self, order: Order, error: Exception) -> BatchRow:
        failed = failed_inspection(
            order.path,
            self._job.wanted.settings,
            reason=f"{LOSSES + 1} workers died while they inspected it ({_in_short(error)})",
            product=order.product,
        )
        keep_failure(failed, run=self._run)
        row = row_of(order, failed)
        self._log.append(row)
        return row

    async def _end(self, *, kindly: bool) -> None:
        """Let workers go; where they are in the middle of something, end them as they are."""
        for task in self._coming:
            task.cancel()
        ready = [one for one in self._workers if one.is_ready] if kindly else []
        closing = [asyncio.ensure_future(one.handle.close.remote()) for one in ready]
        if closing:
            done, _ = await asyncio.wait(closing, timeout=CLOSING_S)
            for one in done:
                with suppress(*self._lost):
                    one.result()
        for worker in self._workers:
            self._staff.kill(worker.handle)


def _in_short(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:160] if lines else type(error).__name__
