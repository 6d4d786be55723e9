"""Calls between two processes over a pipe, from either side. Knows no batch."""

from __future__ import annotations

import asyncio
import itertools
import pickle
from collections.abc import Awaitable, Callable
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, TypeAlias

Answer: TypeAlias = Callable[..., Awaitable[Any]]
"""Does what a call of one name asks."""


class GoneError(Exception):
    """The other process ended, or was killed: what was asked of it has no answer."""


class RaisedError(Exception):
    """The other process raised `cause` when it was asked."""

    def __init__(self, cause: BaseException) -> None:
        """Take what it raised."""
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.cause = cause


class _Asked(NamedTuple):
    number: int
    name: str
    given: tuple[Any, ...]


class _Told(NamedTuple):
    number: int
    value: Any
    error: BaseException | None


class Line:
    """One end of a pipe, in a running loop: asks the other process, and answers it."""

    def __init__(self, pipe: Connection, answers: dict[str, Answer]) -> None:
        """Listen from now on.

        Args:
            pipe: its one end; the line closes it.
            answers: by the names that the other process may call; may be filled yet.
        """
        self._pipe = pipe
        self._answers = answers
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._at_work: set[asyncio.Future[Any]] = set()
        self._loop = asyncio.get_running_loop()
        self.gone = asyncio.Event()
        """Set when the other process has ended."""
        self._loop.add_reader(pipe.fileno(), self._read)

    def ask(self, name: str, *given: Any) -> asyncio.Future[Any]:
        """Call the other process; what it answers.

        Nobody has to wait for it. Awaited, it raises GoneError where that process has ended, and
        RaisedError where it raised.
        """
        future: asyncio.Future[Any] = self._loop.create_future()
        # An error that nobody waits for is of no interest.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        number = next(self._numbers)
        self._waiting[number] = future
        self._send(_Asked(number, name, given))
        if self.gone.is_set():
            self._lose(number)
        return future

    def close(self) -> None:
        """Hang up; who waits is told that the other is gone."""
        if self.gone.is_set():
            return
        self.gone.set()
        self._loop.remove_reader(self._pipe.fileno())
        self._pipe.close()
        for task in self._at_work:
            task.cancel()
        for number in list(self._waiting):
            self._lose(number)

    def _send(self, message: _Asked | _Told) -> None:
        if self.gone.is_set():
            return
        try:
            self._pipe.send(message)
        except OSError:
            self.close()

    def _read(self) -> None:
        try:
            while not self.gone.is_set() and self._pipe.poll():
                self._take(self._pipe.recv())
        except (EOFError, OSError):
            self.close()

    def _take(self, message: _Asked | _Told) -> None:
        if isinstance(message, _Asked):
            self._answer(message)
            return
        future = self._waiting.pop(message.number)
        if future.done():
            return
        if message.error is None:
            future.set_result(message.value)
        else:
            future.set_exception(RaisedError(message.error))

    def _answer(self, asked: _Asked) -> None:
        task = asyncio.ensure_future(self._answers[asked.name](*asked.given))
        self._at_work.add(task)
        task.add_done_callback(partial(self._tell, asked.number))

    def _tell(self, number: int, task: asyncio.Future[Any]) -> None:
        """What came of a call, to whoever made it."""
        self._at_work.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        value = None if error else task.result()
        self._send(_Told(number, value, _that_travels(error) if error else None))

    def _lose(self, number: int) -> None:
        future = self._waiting.pop(number)
        if not future.done():
            future.set_exception(GoneError("its process is gone"))


def _that_travels(error: BaseException) -> BaseException:
    """The error, or where it cannot be packed and unpacked, one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))
    except (pickle.PicklingError, TypeError, AttributeError):
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
