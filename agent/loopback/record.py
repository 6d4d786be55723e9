"""What the endpoint has received and how it ended, within a bound. Knows no HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(kw_only=True)
class Received:
    """One request."""

    number: int
    """From 1, in the order in which they came."""
    n_bytes: int
    at_s: float
    """Monotonic, since the endpoint began."""
    raw: bytes
    """The body as it came; empty once the bound has dropped it."""
    body: dict[str, Any] | None = None
    """The body read; None where it is no JSON object, or was dropped."""
    status: int | None = None
    """Of the answer; None before it, and where nobody was left to take it."""
    error_code: str | None = None
    usage: dict[str, Any] | None = None
    picture_tokens: int = 0
    seconds: float = 0.0
    """From the body's arrival to the end of the answer."""


class Record:
    """Requests in their order. Thread-safe."""

    def __init__(self, *, max_kept_bytes: int) -> None:
        self._max_kept_bytes = max_kept_bytes
        self._lock = threading.Lock()
        self._kept_bytes = 0
        self._first_kept = 0
        self._requests: list[Received] = []
        self._in_flight = 0
        self._max_in_flight = 0

    @property
    def requests(self) -> list[Received]:
        """All requests so far; bodies of the oldest may have been dropped."""
        with self._lock:
            return list(self._requests)

    @property
    def n_requests(self) -> int:
        with self._lock:
            return len(self._requests)

    @property
    def n_bytes(self) -> int:
        """Bytes of all request bodies."""
        with self._lock:
            return sum(one.n_bytes for one in self._requests)

    @property
    def n_answered(self) -> int:
        """Requests that ended with status 200."""
        with self._lock:
            return sum(one.status == 200 for one in self._requests)

    @property
    def in_flight(self) -> int:
        with self._lock:
            return self._in_flight

    @property
    def max_in_flight(self) -> int:
        """The most requests that were served at once."""
        with self._lock:
            return self._max_in_flight

    def clear(self) -> None:
        """Forget what was received; numbers begin anew."""
        with self._lock:
            self._requests.clear()
            self._kept_bytes = self._first_kept = 0
            self._max_in_flight = self._in_flight

    @contextmanager
    def receiving(self, raw: bytes, *, at_s: float) -> Iterator[Received]:
        """Record a request while it is served."""
        with self._lock:
            number = len(self._requests) + 1
            one = Received(number=number, n_bytes=len(raw), at_s=at_s, raw=raw)
            self._requests.append(one)
            self._kept_bytes += len(raw)
            self._in_flight += 1
            self._max_in_flight = max(self._max_in_flight, self._in_flight)
            self._drop()
        try:
            yield one
        finally:
            with self._lock:
                self._in_flight -= 1

    def _drop(self) -> None:
        while self._kept_bytes > self._max_kept_bytes and self._first_kept < len(self._requests):
            oldest = self._requests[self._first_kept]
            self._kept_bytes -= len(oldest.raw)
            oldest.raw, oldest.body = b"", None
            self._first_kept += 1
