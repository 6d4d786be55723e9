"""A chat model that is left alone for a while when it does nothing but fail. Knows no prompt."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from agent.chat_models.around import ChatAround, StreamingAsk
from graphs.minds.chat import ChatFault, ChatPort, ChatReply, ChatRequest, ask_once
from tools.ports import ArtifactPort

BREAKS: frozenset[str] = frozenset({"timeout", "rate_limited", "server_error", "connection"})
"""Faults that say that the server is not well; all others are about one request."""


class Circuit(NamedTuple):
    """When a model is left alone."""

    faults: int = 8
    """In a row."""
    pause_s: float = 30.0
    """Until one request is tried again."""


class NotAsked(ChatFault):
    """Nobody was asked: the circuit is open."""

    def __init__(self, message: str) -> None:
        super().__init__("connection", message, retryable=False)


class CircuitBreaker(StreamingAsk, ChatAround):
    """Passes requests on until so many in a row fail; then refuses them, and tries one at times.

    Inspections meanwhile are decided by the experts and say why. An answer closes the circuit. A
    server that asks to wait is well, and neither opens nor closes it. After Nygard, Release It!
    (2007), chapter 5.
    """

    def __init__(
        self,
        chat: ChatPort,
        *,
        circuit: Circuit,
        tell: Callable[[str], None] = lambda line: None,
        clock: Callable[[], float] = time.monotonic,
        called: str = "",
    ) -> None:
        """Wrap a model; the circuit is closed.

        Args:
            chat: the model.
            circuit: when it is left alone, and how long.
            tell: is told in one line when the circuit opens and closes.
            clock: seconds that never go back.
            called: how the model is called in lines that are told; by its name where empty.
        """
        super().__init__(chat)
        self._faults, self._pause_s = circuit
        self._tell = tell
        self._clock = clock
        self._called = called or chat.name
        self._n_failed = 0
        self._open_until: float | None = None
        self._is_trying = False

    async def _ask(
        self,
        request: ChatRequest,
        artifacts: ArtifactPort,
        hear: Callable[[str], None] | None,
    ) -> ChatReply:
        is_try = self._enter()
        try:
            reply = await ask_once(self._chat, request, artifacts=artifacts, hear=hear)
        except ChatFault as fault:
            self._failed(fault)
            raise
        finally:
            if is_try:
                self._is_trying = False
        self._answered()
        return reply

    @property
    def is_open(self) -> bool:
        """Whether the next request would be refused; none is where a try is due."""
        if self._open_until is None:
            return False
        return self._is_trying or self._open_until > self._clock()

    def _enter(self) -> bool:
        """Whether this request is the one that tries."""
        if self._open_until is None:
            return False
        left_s = self._open_until - self._clock()
        if left_s > 0 or self._is_trying:
            raise NotAsked(
                f"{self._called} is not asked: {self._n_failed} requests in a row failed, and it "
                f"is tried again {f'in {left_s:.0f} s' if left_s > 0 else 'now'}"
            )
        self._is_trying = True
        return True

    def _failed(self, fault: ChatFault) -> None:
        if fault.kind not in BREAKS:
            # It answered, though not as it should.
            self._answered()
            return
        if fault.retryable and (fault.kind == "rate_limited" or fault.retry_after_s is not None):
            return
        self._n_failed += 1
        if self._n_failed >= self._faults:
            if self._open_until is None:
                self._tell(
                    f"{self._called}: {self._n_failed} requests in a row failed ({fault.message}); "
                    f"the experts decide alone, and it is tried again every {self._pause_s:g} s"
                )
            self._open_until = self._clock() + self._pause_s

    def _answered(self) -> None:
        if self._open_until is not None:
            self._tell(f"{self._called} answers again")
        self._n_failed, self._open_until = 0, None
