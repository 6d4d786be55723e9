"""Writes what many tasks hand in, all that came meanwhile at once. Knows no file and no row."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class Together(Generic[T]):
    """A wait for the disc takes as long for many things as for one, and holds up no loop here.

    Everything is written by one thread, in the order in which it came.
    """

    def __init__(self, write: Callable[[list[T]], object]) -> None:
        """Take what writes; the thread starts with the first thing.

        Args:
            write: is given at least one thing, and returns when all are safe.
        """
        self._write = write
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="together")
        self._lock = threading.Lock()
        self._open: list[T] = []
        self._next: Future[None] | None = None

    async def put(self, one: T) -> None:
        """Return when a thing is written; what goes wrong is raised to all who wrote with it."""
        with self._lock:
            self._open.append(one)
            if self._next is None:
                self._next = self._thread.submit(self._write_open)
            written = self._next
        # Whoever waits may be given up; the others are not.
        await asyncio.shield(asyncio.wrap_future(written))

    def close(self) -> None:
        """Write what is left, and end the thread."""
        self._thread.shutdown()

    def _write_open(self) -> None:
        with self._lock:
            taken, self._open, self._next = self._open, [], None
        self._write(taken)
