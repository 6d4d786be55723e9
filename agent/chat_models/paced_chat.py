"""A chat model whose calls wait for their turn, as many at once as its server takes.

It asks nothing twice: who asks does that. Knows no prompt and no inspection.
"""

from __future__ import annotations

import asyncio
import random
import time
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Protocol, runtime_checkable

from agent.chat_models.adaptive_limit import AdaptiveLimit
from agent.chat_models.around import ChatAround, StreamingAsk
from agent.chat_models.circuit import NotAsked
from graphs.minds.chat import ChatFault, ChatPort, ChatReply, ChatRequest, ask_once
from tools.ports import ArtifactPort

OVERLOADED = frozenset({502, 503, 504, 529})
"""Statuses that say that a server has too much to do."""
FIRST_PAUSE_S = 1.0
"""Of all calls, after a refusal for load that does not say how long; doubles with each."""
MAX_GUESSED_S = 20.0
"""Of such a pause."""
MAX_PAUSE_S = 300.0
"""Of what a server asks with Retry-After."""
MAX_FAILED = 4096
"""Questions whose last call failed that are remembered, to count retries."""
TOLD_PAUSE_S = 5.0
"""Shorter pauses are not told."""


@dataclass
class CallCounts:
    """What became of the calls of a model. A retry is a call again, an error one that was not."""

    calls: int = 0
    """That were sent."""
    answered: int = 0
    retries: int = 0
    """Of the calls: those for a question whose last call failed."""
    rate_limited: int = 0
    timeouts: int = 0
    overloaded: int = 0
    other_faults: int = 0
    paused_s: float = 0.0
    """That all calls waited, because the server asked it."""

    @property
    def errors(self) -> int:
        """Faults after which nobody asked again."""
        faults = self.rate_limited + self.timeouts + self.overloaded + self.other_faults
        return faults - self.retries

    def plus(self, other: CallCounts) -> CallCounts:
        """The sum of both."""
        ours, theirs = asdict(self), asdict(other)
        return CallCounts(**{name: ours[name] + theirs[name] for name in ours})


class CallLedger:
    """Counts calls, and knows which of them are retries."""

    def __init__(self) -> None:
        """Start with none."""
        self.counts = CallCounts()
        self._failed: set[str] = set()

    def sent(self, request: ChatRequest) -> None:
        """Count a call."""
        self.counts.calls += 1
        # The key costs a dump of the request: it is made only where something has failed.
        if self._failed and (key := request.key()) in self._failed:
            self._failed.discard(key)
            self.counts.retries += 1

    def failed(self, request: ChatRequest) -> None:
        """Note that a call failed: another one of the same request is a retry."""
        if len(self._failed) < MAX_FAILED:
            self._failed.add(request.key())


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How the calls of a model go, at one moment."""

    under_way: int
    allowed: int
    lowest: int
    """That was allowed at any time."""
    paused_s: float
    """Left of a pause; 0 where there is none."""
    counts: CallCounts
    answered_by: dict[str, int] = field(default_factory=dict)
    """Answers by endpoint, where there are several."""

    def line(self) -> str:
        """`12 of 64 calls under way, 3 retries`."""
        paused = f", paused for {self.paused_s:.0f} s" if self.paused_s >= 1 else ""
        retries = f", {self.counts.retries} retries" if self.counts.retries else ""
        return f"{self.under_way} of {self.allowed} calls under way{paused}{retries}"


@runtime_checkable
class _Paced(Protocol):
    @property
    def pace(self) -> Pace: ...


def pace_of(chat: object) -> Pace | None:
    """How the calls of a model go; None where nobody paces them."""
    return chat.pace if isinstance(chat, _Paced) else None


@dataclass
class _Line:
    """Who waits in one event loop: the first one waits for a place, the others for the first."""

    entrance: asyncio.Lock = field(default_factory=asyncio.Lock)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0


class PacedChat(StreamingAsk, ChatAround):
    """One server's calls, first come first served, shared by all inspections of a process."""

    def __init__(
        self,
        chat: ChatPort,
        *,
        limit: AdaptiveLimit,
        tell: Callable[[str], None] = lambda line: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        draw: Callable[[], float] | None = None,
        ledger: CallLedger | None = None,
        called: str = "",
        is_away: Callable[[], bool] = lambda: False,
    ) -> None:
        """Wrap a model.

        Args:
            chat: the model; one call of it is one request.
            limit: learns how many calls there may be.
            tell: is told in one line of long pauses.
            clock: seconds that never go back.
            sleep: waits for seconds.
            draw: uniform in [0, 1), for the jitter of pauses whose length nobody said.
            ledger: counts the calls; one of its own where None.
            called: how the model is called in lines that are told; by its name where empty.
            is_away: whether a call would be refused here: none waits for that.
        """
        super().__init__(chat)
        self._is_away = is_away
        self._limit = limit
        self._called = called or chat.name
        self._tell = tell
        self._clock = clock
        self._sleep = sleep
        self._draw = draw or random.Random(0).random
        self._lines: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Line] = (
            weakref.WeakKeyDictionary()
        )
        self._ledger = ledger or CallLedger()
        self._paused_until = float("-inf")
        self._n_refused = 0

    @property
    def pace(self) -> Pace:
        """How its calls go now."""
        return Pace(
            under_way=sum(line.under_way for line in list(self._lines.values())),
            allowed=self._limit.allowed,
            lowest=self._limit.lowest,
            paused_s=self._pause_left(),
            counts=self._ledger.counts,
        )

    async def _ask(
        self,
        request: ChatRequest,
        artifacts: ArtifactPort,
        hear: Callable[[str], None] | None,
    ) -> ChatReply:
        async with self._turn() as line:
            sent, busy = self._clock(), line.under_way
            try:
                reply = await ask_once(self._chat, request, artifacts=artifacts, hear=hear)
            except NotAsked:
                raise
            except ChatFault as fault:
                self._ledger.sent(request)
                self._learn(request, fault, sent=sent)
                raise
            self._ledger.sent(request)
            self._answered(request, reply, sent=sent, busy=busy)
            return reply

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[_Line]:
        line = self._lines.setdefault(asyncio.get_running_loop(), _Line())
        async with line.entrance:
            while not self._is_away() and self._must_wait(line):
                if (left_s := self._pause_left()) > 0:
                    await self._sleep(left_s)
                else:
                    line.changed.clear()
                    await line.changed.wait()
            line.under_way += 1
        try:
            yield line
        finally:
            line.under_way -= 1
            line.changed.set()

    def _must_wait(self, line: _Line) -> bool:
        return self._pause_left() > 0 or line.under_way >= self._limit.allowed

    def _pause_left(self) -> float:
        return max(self._paused_until - self._clock(), 0.0)

    def _answered(self, request: ChatRequest, reply: ChatReply, *, sent: float, busy: int) -> None:
        now = self._clock()
        self._ledger.counts.answered += 1
        self._n_refused = 0
        # The reply's own time leaves out what encoding took here.
        took = reply.seconds or now - sent
        self._limit.answered(request.purpose, took, sent=sent, now=now, busy=busy)

    def _learn(self, request: ChatRequest, fault: ChatFault, *, sent: float) -> None:
        counts, now = self._ledger.counts, self._clock()
        self._ledger.failed(request)
        if fault.kind == "timeout":
            counts.timeouts += 1
            self._limit.congested(sent=sent, now=now)
        elif fault.kind == "rate_limited" and fault.retryable:
            counts.rate_limited += 1
            self._refused(fault, sent=sent, now=now)
        elif fault.status in OVERLOADED:
            counts.overloaded += 1
            self._refused(fault, sent=sent, now=now)
        else:
            counts.other_faults += 1

    def _refused(self, fault: ChatFault, *, sent: float, now: float) -> None:
        """Half as many calls, and none for as long as the server says."""
        is_news = self._limit.congested(sent=sent, now=now)
        pause_s = fault.retry_after_s
        if pause_s is None:
            if not is_news:
                return
            # Full jitter, after Brooker, Exponential Backoff And Jitter (AWS, 2015).
            longest_s = min(FIRST_PAUSE_S * 2.0**self._n_refused, MAX_GUESSED_S)
            self._n_refused = min(self._n_refused + 1, 16)
            pause_s = longest_s * self._draw()
        self._pause(min(pause_s, MAX_PAUSE_S), now)

    def _pause(self, seconds: float, now: float) -> None:
        until = now + seconds
        if until <= self._paused_until:
            return
        if seconds >= TOLD_PAUSE_S and self._paused_until <= now:
            self._tell(
                f"{self._called}: the server takes no more for now; all wait {seconds:.0f} s"
            )
        self._ledger.counts.paused_s += until - max(self._paused_until, now)
        self._paused_until = until
