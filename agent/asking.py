"""Waits for a person without holding anybody up. Knows no inspection and no terminal."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


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
            answered.set_result(answer)  # type: ignore[arg-type]
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
