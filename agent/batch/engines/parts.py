"""Rows that workers wrote where they made them, and how they come into the run's own log.

Knows no worker and no cluster.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from agent.batch.records import BatchRow
from agent.result_log import FILE, ResultLog, read_rows

FOLDER = "workers"


def part_folder(run: Path, number: int) -> Path:
    """A folder for the rows of one process; another process of the same worker has another.

    Args:
        run: folder of the run.
        number: of the worker.
    """
    return run / FOLDER / f"{number}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


def parts_of(run: Path) -> list[Path]:
    """The folders of rows that no log has taken in, in the order of their names."""
    return sorted(path.parent for path in (run / FOLDER).glob(f"*/{FILE}"))


def take_in(run: Path, log: ResultLog[BatchRow], *, wait_s: float = 0.0) -> int:
    """Bring the rows of all workers into the run's log, and delete their folders.

    A task that has its row already keeps it. A row that was being written when its process died
    is left out, and its order is done again. What a process still writes stays for the next time.

    Args:
        run: folder of the run.
        log: of the run, open.
        wait_s: for a process that still writes, such as one whose end was asked for, to be gone.

    Returns:
        How many rows came in.

    Raises:
        ResultError: a line is no row.
        OSError: the disc has no place; what is not taken in stays where it is.
    """
    from filelock import FileLock, Timeout

    n_rows = 0
    for part in parts_of(run):
        lock = FileLock(part / ".lock")
        try:
            lock.acquire(timeout=wait_s)
        except Timeout:
            n_rows += log.extend(_rows_of(part))
            continue
        try:
            n_rows += log.extend(_rows_of(part))
            shutil.rmtree(part)
        finally:
            lock.release()
    return n_rows


def _rows_of(part: Path) -> Iterator[BatchRow]:
    yield from read_rows(part / FILE, BatchRow)
