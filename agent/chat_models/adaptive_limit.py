"""How many calls a server takes at once, learnt from its answers. Knows no request and no loop.

Growth and decrease after Chiu and Jain (1989) and TCP's slow start (Jacobson 1988): doubling until
the first congestion, then one more for each round of answers, half at each congestion. A server
that only slows down is told by the gradient of its latency, after Gradient2Limit of Netflix's
concurrency-limits: a long mean against what was seen last, here by the kind of call, since one
with tools takes longer than a judgement at first sight.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

FIRST_SHARE = 0.25
"""Of the most calls: with so many it begins, so that the first latencies are of no full server."""
DECREASE = 0.5
TOLERANCE = 1.5
"""How much slower than by the long mean answers may come before the limit falls (Gradient2)."""
LEAST_GRADIENT = 0.5
LONG_WINDOW = 600
"""Answers that the long mean looks back on (Gradient2)."""
WARM_UP = 10
"""Answers of which the long mean is the plain mean (Gradient2)."""
LEAST_WINDOW = 10
"""Answers before a gradient is taken."""
DRIFT = 0.95
"""The long mean forgets a slow time by this factor with each answer twice as fast (Gradient2)."""


@dataclass
class LongMean:
    """Mean latency over a long time."""

    seconds: float = 0.0
    n: int = 0

    def add(self, seconds: float) -> float:
        """Take one latency; gives what it is of the mean."""
        self.n += 1
        share = 1 / self.n if self.n <= WARM_UP else 2 / (LONG_WINDOW + 1)
        self.seconds += (seconds - self.seconds) * share
        if self.seconds > 2 * seconds:
            self.seconds *= DRIFT
        return seconds / self.seconds if self.seconds > 0 else 1.0


@dataclass
class AdaptiveLimit:
    """Calls that may be under way at once: between 1 and what the settings allow."""

    most: int
    calls: float = field(init=False)
    """The limit as it grows; whole calls are allowed."""
    lowest: int = field(init=False)
    """So far."""
    n_decreases: int = 0
    _means: dict[str, LongMean] = field(default_factory=dict)
    _window: list[float] = field(default_factory=list)
    _decreased_at: float = float("-inf")

    def __post_init__(self) -> None:
        self.calls = max(1.0, self.most * FIRST_SHARE)
        self.lowest = self.allowed

    @property
    def allowed(self) -> int:
        """Calls under way at once."""
        return int(self.calls)

    def answered(self, kind: str, seconds: float, *, sent: float, now: float, busy: int) -> None:
        """Learn from an answer.

        Args:
            kind: of the call; latencies are compared within it.
            seconds: it took.
            sent: when, on the clock of `now`.
            now: the answer came.
            busy: calls that were under way with it.
        """
        self._window.append(self._means.setdefault(kind, LongMean()).add(seconds))
        if len(self._window) >= max(LEAST_WINDOW, self.allowed):
            gradient = TOLERANCE / max(median(self._window), 1e-9)
            self._window.clear()
            # What was sent before the last decrease tells of the time before it.
            if gradient < 1 and sent >= self._decreased_at:
                self._decrease(max(gradient, LEAST_GRADIENT), now)
                return
        # Growing where nobody waits would learn nothing of the server (Gradient2).
        if 2 * busy >= self.calls:
            grown = 1.0 if self.n_decreases == 0 else 1 / self.calls
            self.calls = min(self.calls + grown, float(self.most))

    def congested(self, *, sent: float, now: float) -> bool:
        """Learn that a call was refused for load, or not answered in time.

        Returns:
            Whether it was news: calls that were sent before the last decrease tell of the same
            congestion, which counts once.
        """
        if sent < self._decreased_at:
            return False
        self._decrease(DECREASE, now)
        return True

    def _decrease(self, factor: float, now: float) -> None:
        self.calls = max(1.0, self.calls * factor)
        self.lowest = min(self.lowest, self.allowed)
        self.n_decreases += 1
        self._decreased_at = now
        self._window.clear()
