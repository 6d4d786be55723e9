"""A chat model that is left alone for a while when it does nothing but fail. Knows no prompt."""

from __future__ import annotations

import time
from collections.abc import Callable

from graphs.minds.chat import ChatFault, ChatPort, ChatReply, ChatRequest
from tools.ports import ArtifactPort

BREAKS: frozenset[str] = frozenset({"timeout", "rate_limited", "server_error", "connection"})
"""Faults that say that the server is not well; all others are about one request."""


class CircuitBreaker:
    """Passes requests on until so many in a row fail; then refuses them, and tries one at times.

    Inspections meanwhile are decided by the experts and say why. An answer closes the circuit.
    After Nygard, Release It! (2007), chapter 5.
    """

    def __init__(
        self,
        chat: ChatPort,
        *,
        faults: int,
        pause_s: float,
        tell: Callable[[str], None] = lambda line: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wrap a model; the circuit is closed.

        Args:
            chat: the model.
            faults: in a row that open the circuit.
            pause_s: until one request is tried again.
            tell: is told in one line when the circuit opens and closes.
            clock: seconds that never go back.
        """
        self._chat = chat
        self._faults = faults
        self._pause_s = pause_s
        self._tell = tell
        self._clock = clock
        self._n_failed = 0
        self._open_until: float | None = None
        self._is_trying = False

    @property
    def name(self) -> str:
        """The model's."""
        return self._chat.name

    @property
    def calls_tools(self) -> bool:
        """The model's."""
        return self._chat.calls_tools

    async def complete(self, request: ChatRequest, *, artifacts: ArtifactPort) -> ChatReply:
        """Ask, where the circuit is closed or a try is due.

        Raises:
            ChatFault: the model's; `connection`, not to be tried again, where nobody is asked.
        """
        is_try = self._enter()
        try:
            reply = await self._chat.complete(request, artifacts=artifacts)
        except ChatFault as fault:
            self._failed(fault)
            raise
        finally:
            if is_try:
                self._is_trying = False
        self._answered()
        return reply

    def _enter(self) -> bool:
        """Whether this request is the one that tries."""
        if self._open_until is None:
            return False
        left_s = self._open_until - self._clock()
        if left_s > 0 or self._is_trying:
            raise ChatFault(
                "connection",
                f"{self.name} is not asked: {self._n_failed} requests in a row failed, and it is "
                f"tried again {f'in {left_s:.0f} s' if left_s > 0 else 'now'}",
                retryable=False,
            )
        self._is_trying = True
        return True

    def _failed(self, fault: ChatFault) -> None:
        if fault.kind not in BREAKS:
            # It answered, though not as it should.
            self._answered()
            return
        self._n_failed += 1
        if self._n_failed >= self._faults:
            if self._open_until is None:
                self._tell(
                    f"{self.name}: {self._n_failed} requests in a row failed ({fault.message}); "
                    f"the experts decide alone, and it is tried again every {self._pause_s:g} s"
                )
            self._open_until = self._clock() + self._pause_s

    def _answered(self) -> None:
        if self._open_until is not None:
            self._tell(f"{self.name} answers again")
        self._n_failed, self._open_until = 0, None
