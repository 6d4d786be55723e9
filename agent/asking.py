"""Waits for a person without holding anybody up. Knows no inspection and no terminal."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from tools.errors import SettingsError

Q = TypeVar("Q")
A = TypeVar("A")
Reviewer: TypeAlias = Callable[[dict[str, Any]], str]
"""Asks a person about one inspection: given what the graph shows, answers with a decision.
Called in a thread of its own, one at a time; KeyboardInterrupt from it interrupts the run."""


class OneAtATime:
    """Puts questions to a person, one after the other."""

    def __init__(self, reviewer: Reviewer | None) -> None:
        """Take who asks the person; nobody can be asked where None."""
        self._reviewer = reviewer
        # By loop, since a lock serves one loop only, and a sync face starts a new one each time.
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = (
            WeakKeyDictionary()
        )

    async def ask(self, question: dict[str, Any]) -> str:
        """The person's answer.

        Raises:
            SettingsError: where there is nobody to ask.
        """
        if self._reviewer is None:
            raise SettingsError("this inspection waits for a person; resume it with human_review")
        async with self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            return await ask_in_thread(self._reviewer, question)


async def ask_in_thread(ask: Callable[[Q], A], question: Q) -> A:
    """Ask in a thread that nobody waits for once the question is given up.

    `asyncio.to_thread` would not do: a loop that closes joins its threads, and one that reads
    from a person ends when the person answers, which after Ctrl-C may be never.

    Args:
        ask: blocks until there is an answer; what it raises is raised here, KeyboardInterrupt
            included.
        question: what it is given.
    """
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[A] = loop.create_future()

    def settle(answer: A | None, error: BaseException | None) -> None:
        if answered.done():
            return
        if error is None:
            answered.set_result(answer)  # type: ignore[arg-type]  # an A where there is no error
        else:
            answered.set_exception(error)

    def wait() -> None:
        answer, error = None, None
        try:
            answer = ask(question)
        except BaseException as raised:  # noqa: BLE001 - handed to whoever waits
            error = raised
        # The loop may be closed by now: then nobody waits for the answer.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, answer, error)

    threading.Thread(target=wait, name="asking a person", daemon=True).start()
    return await answered
