"""Kills processes by SIGKILL at random times. Knows nothing of what they do but where they write.

Processes are forked from one that has imported what they need, so that a kill hits the run and not
its imports.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeAlias, TypeVar

import numpy as np

from agent.result_log import FILE

T = TypeVar("T")
Starter: TypeAlias = Callable[[], BaseProcess]
PATIENCE_S = 3600.0
MAX_DELAY_S = 0.08
"""Between the row that a kill waits for and the kill."""
LOOK_EVERY_S = 0.005


@dataclass
class Target:
    """A run that is killed."""

    start: Starter
    folder: Path
    """Of the run."""
    begun: Path
    """Is there once the run has begun."""

    def __post_init__(self) -> None:
        self.n_rows = count_rows(self.folder)
        """How many rows it has."""


def count_rows(folder: Path) -> Callable[[], int]:
    """Counts the lines of a run's results; only what was added since the last look is read."""
    path, n_rows, n_read = folder / FILE, 0, 0

    def count() -> int:
        nonlocal n_rows, n_read
        if path.exists():
            with path.open("rb") as stream:
                stream.seek(n_read)
                added = stream.read()
            # A line that a kill tore is cut off by the next process and written anew.
            n_read += added.rfind(b"\n") + 1
            n_rows += added.count(b"\n")
        return n_rows

    return count


def forks(preloaded: Sequence[str], run: Callable[[T], None]) -> Callable[[T], Starter]:
    """Gives what starts a run of a job in a process of its own.

    Args:
        preloaded: modules that the first call of this process loads for all runs.
        run: what a process does; it and its job must be picklable.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preloaded))

    def start(job: T) -> BaseProcess:
        process = context.Process(target=run, args=(job,))
        process.start()
        return process

    return lambda job: partial(start, job)


def finish(process: BaseProcess) -> None:
    """Wait for a run that nobody kills.

    Raises:
        RuntimeError: it ended with an error.
    """
    process.join(PATIENCE_S)
    if process.exitcode != 0:
        process.kill()
        raise RuntimeError(f"a run that nobody killed ended with {process.exitcode}")


def kill_at_random(target: Target, *, n_kills: int, seed: int, n_rows: int) -> Iterator[int]:
    """Start and kill; yields the rows that were done at each kill.

    Each kill waits for up to a fair share of the rows, so that the last one still hits a run.

    Args:
        target: what is killed.
        n_kills: how often.
        seed: decides when.
        n_rows: of a run that ends.
    """
    rng = np.random.default_rng(seed)
    for number in range(n_kills):
        process = target.start()
        n_done = target.n_rows()
        share = (n_rows - 1 - n_done) // (n_kills - number + 1)
        _await_rows(target, process, n_done + int(rng.integers(0, max(share, 0) + 1)))
        time.sleep(float(rng.uniform(0, MAX_DELAY_S)))
        process.kill()
        process.join(PATIENCE_S)
        yield target.n_rows()


def _await_rows(target: Target, process: BaseProcess, wanted: int) -> None:
    """Wait until a run has so many rows, or has ended."""
    until_s = time.monotonic() + PATIENCE_S
    while process.is_alive() and time.monotonic() < until_s:
        if target.begun.exists() and target.n_rows() >= wanted:
            return
        time.sleep(LOOK_EVERY_S)
