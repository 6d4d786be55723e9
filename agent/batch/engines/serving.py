"""A worker in a process of its own, as the process sees it. Knows nothing of who started it."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from multiprocessing.connection import Connection
from types import SimpleNamespace

from agent.batch.engines.calls import Answer, Line
from agent.batch.engines.worker import Job, Worker


def serve(pipe: Connection, job: Job, number: int, at_once: int, is_paid: bool) -> None:
    """Be a worker until whoever started it hangs up, or is gone.

    Args:
        pipe: to whom.
        job: see `Worker`, as the next two.
        number: of the worker.
        at_once: inspections in flight here.
        is_paid: whether calls of the model are paid from a purse at the other end.
    """
    # Ctrl-C reaches all processes of a terminal; the one that gives the orders ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    share = max(1, (os.cpu_count() or 1) // job.n_workers)
    os.environ.setdefault("OMP_NUM_THREADS", str(share))
    asyncio.run(_serve(pipe, job, number, at_once, is_paid))


async def _serve(pipe: Connection, job: Job, number: int, at_once: int, is_paid: bool) -> None:
    answers: dict[str, Answer] = {}
    line = Line(pipe, answers)
    keeper = PurseAtTheOtherEnd(line) if is_paid else None
    worker = Worker(replace(job, keeper=keeper), number, at_once)
    answers |= {"ready": worker.ready, "inspect": worker.inspect, "close": worker.close}
    await line.gone.wait()
    await worker.close()


class PurseAtTheOtherEnd:
    """A purse's keeper whom a line leads to, called as Ray's actors are."""

    def __init__(self, line: Line) -> None:
        """Take the line."""
        self.begin = SimpleNamespace(remote=lambda call, who: line.ask("begin", call, who))
        self.end = SimpleNamespace(
            remote=lambda call, usd, tokens: line.ask("end", call, usd, tokens)
        )
