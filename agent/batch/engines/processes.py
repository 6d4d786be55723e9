"""Workers in processes of this machine, behind as much of Ray's interface as an engine calls.

For one machine, where a cluster would cost more than it gives. Knows no order.
"""

from __future__ import annotations

import asyncio
import math
import multiprocessing
from collections.abc import Awaitable, Callable
from dataclasses import replace
from multiprocessing.process import BaseProcess
from types import SimpleNamespace
from typing import Any

from agent.batch.engines.calls import GoneError, Line, RaisedError
from agent.batch.engines.serving import serve
from agent.batch.engines.shared_purse import PurseKeeper
from agent.batch.engines.worker import Job

ENDING_S = 10.0
"""For a process that was killed to be gone."""


class Processes:
    """Starts workers and ends them. Stands where an engine expects Ray's module."""

    exceptions = SimpleNamespace(
        RayActorError=GoneError, OutOfMemoryError=GoneError, RayTaskError=RaisedError
    )
    """By Ray's names."""

    def remote(self, form: type) -> _Form:
        """What hires workers; they are always `Worker`s."""
        return _Form(can_restart=True)

    def kill(self, handle: HiredProcess) -> None:
        """End a worker's process as it is."""
        handle.end()


class _Form:
    def __init__(self, *, can_restart: bool) -> None:
        self._can_restart = can_restart

    def options(self, *, max_restarts: int, **_: Any) -> _Form:
        """Ray's options; a process needs none of the others."""
        return _Form(can_restart=max_restarts != 0)

    def remote(self, job: Job, number: int, at_once: int) -> HiredProcess:
        return HiredProcess(job, number, at_once, can_restart=self._can_restart)


class _Method:
    """A method of a worker, called as Ray calls it."""

    def __init__(self, call: Callable[..., Awaitable[Any]], *, retries: int = 0) -> None:
        self._call = call
        self._retries = retries

    def options(self, *, max_task_retries: int) -> _Method:
        """The same method, tried again where the worker dies meanwhile."""
        return _Method(self._call, retries=max_task_retries)

    async def remote(self, *given: Any) -> Any:
        for _ in range(self._retries):
            try:
                return await self._call(*given)
            except GoneError:
                continue
        return await self._call(*given)


class LocalKeeper:
    """A purse's keeper in this process, called as Ray's actors are."""

    def __init__(self, keeper: PurseKeeper) -> None:
        """Take it."""
        self._at_work: set[asyncio.Task[Any]] = set()
        self.begin = SimpleNamespace(remote=self._started(keeper.begin))
        self.end = SimpleNamespace(remote=self._started(keeper.end))
        self.lose = SimpleNamespace(remote=self._started(keeper.lose))

    def _started(self, call: Callable[..., Any]) -> Callable[..., asyncio.Task[Any]]:
        """Calls that are begun even where nobody waits for them."""

        def begun(*given: Any) -> asyncio.Task[Any]:
            task = asyncio.create_task(call(*given))
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)
            return task

        return begun


class HiredProcess:
    """A process of one worker; another of the same number where it died."""

    def __init__(self, job: Job, number: int, at_once: int, *, can_restart: bool) -> None:
        """Take what the worker is given; starts nothing until it is to be ready."""
        # What can be called from here alone stays here.
        self._job = replace(job, keeper=None)
        self._keeper = job.keeper
        self._number = number
        self._at_once = at_once
        self._starts_left = math.inf if can_restart else 1
        self._process: BaseProcess | None = None
        self._line: Line | None = None
        self.ready = _Method(self._ready)
        self.inspect = _Method(lambda order: self._ask("inspect", order))
        self.close = _Method(lambda: self._ask("close"))

    def end(self) -> None:
        """Kill the process, where one is."""
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._process.kill()
            self._process.join(ENDING_S)
            self._process.close()
        self._process = self._line = None

    async def _ready(self) -> str:
        if self._line is None or self._line.gone.is_set():
            if self._starts_left == 0:
                raise GoneError("its process is gone")
            self._starts_left -= 1
            self._start()
        who: str = await self._ask("ready")
        return who

    def _start(self) -> None:
        self.end()
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(
            target=serve,
            args=(theirs, self._job, self._number, self._at_once, self._keeper is not None),
            name=f"loupe-worker-{self._number}",
            daemon=True,
        )
        self._process.start()
        theirs.close()
        answers = {}
        if self._keeper is not None:
            answers = {"begin": self._keeper.begin.remote, "end": self._keeper.end.remote}
        self._line = Line(ours, answers)

    async def _ask(self, name: str, *given: Any) -> Any:
        if self._line is None:
            raise GoneError("its process is gone")
        process = self._process
        try:
            return await self._line.ask(name, *given)
        except GoneError as error:
            if process is None or process is not self._process:
                raise
            raise GoneError(_how_it_ended(process)) from error


def _how_it_ended(process: BaseProcess) -> str:
    process.join(ENDING_S)
    code = process.exitcode or 0
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return f"its process {how}"
