"""Calls from several threads, answered in batches. Knows nothing of what is computed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class _Batch(Generic[T, R]):
    def __init__(self) -> None:
        self.items: list[T] = []
        self.futures: list[Future[R]] = []
        self.full = threading.Event()

    def add(self, item: T) -> Future[R]:
        self.items.append(item)
        self.futures.append(Future())
        return self.futures[-1]


class MicroBatcher(Generic[T, R]):
    """Gathers up to N items, or what comes within T seconds, and computes them together.

    It has no thread of its own: who opens a batch waits for others to join it and computes it.
    One batch is computed at a time, and the next one gathers meanwhile.
    """

    def __init__(
        self, compute: Callable[[list[T]], Sequence[R]], *, max_items: int, max_wait_s: float
    ) -> None:
        """Set up.

        Args:
            compute: gives one result for each item, in order.
            max_items: in a batch, at least 1.
            max_wait_s: that the first item of a batch waits for others; 0 waits for none.

        Raises:
            ValueError: where a number is out of range.
        """
        if max_items < 1 or max_wait_s < 0:
            raise ValueError(
                f"max_items must be at least 1 and max_wait_s at least 0, got {max_items} and "
                f"{max_wait_s}"
            )
        self._compute = compute
        self._max_items = max_items
        self._max_wait_s = max_wait_s
        self._lock = threading.Lock()
        self._computing = threading.Lock()
        self._open: _Batch[T, R] | None = None

    def call(self, item: T) -> R:
        """The result of one item; waits for it. What `compute` raises reaches all of a batch."""
        return self.call_all([item])[0]

    def call_all(self, items: Sequence[T]) -> list[R]:
        """The results of several items, which share batches with each other and with others'.

        Args:
            items: any number; they fill as many batches as they need.
        """
        joined = [self._join(item) for item in items]
        led = [batch for _, batch in joined if batch is not None]
        try:
            while led:
                self._lead(led.pop(0))
        except BaseException as error:
            for batch in led:
                self._fail(batch, error)
            raise
        return [future.result() for future, _ in joined]

    def _join(self, item: T) -> tuple[Future[R], _Batch[T, R] | None]:
        """The future of an item, and its batch where this call opened it."""
        with self._lock:
            batch, leads = self._open, self._open is None
            if batch is None:
                batch = self._open = _Batch()
            future = batch.add(item)
            if len(batch.items) >= self._max_items:
                self._open = None
                batch.full.set()
        return future, batch if leads else None

    def waiting(self) -> list[T]:
        """The items that have gathered and are not yet computed."""
        with self._lock:
            return list(self._open.items) if self._open is not None else []

    def _lead(self, batch: _Batch[T, R]) -> None:
        try:
            batch.full.wait(self._max_wait_s)
            with self._computing:
                self._close(batch)
                results = self._compute(batch.items)
            pairs = list(zip(batch.futures, results, strict=True))
        except BaseException as error:
            # Also where the leader alone is interrupted: nobody may wait for a batch without one.
            self._fail(batch, error)
            raise
        for future, result in pairs:
            future.set_result(result)

    def _fail(self, batch: _Batch[T, R], error: BaseException) -> None:
        self._close(batch)
        for future in batch.futures:
            future.set_exception(error)

    def _close(self, batch: _Batch[T, R]) -> None:
        """Let nobody join any more."""
        with self._lock:
            if self._open is batch:
                self._open = None
