"""How often one caller may call: a bucket of tokens for each. Knows no request."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

MAX_CALLERS = 10_000


class Rates:
    """Buckets that fill evenly over a minute."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the limit; 0 means none."""
        self._limit = per_minute
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, caller: str) -> float:
        """Count a call; 0 where it may be made, else the seconds until the next may."""
        if not self._limit:
            return 0.0
        now = self._clock()
        left, since = self._left.get(caller, (float(self._limit), now))
        left = min(float(self._limit), left + (now - since) * self._limit / 60)
        allowed = left >= 1
        self._left[caller] = (left - 1 if allowed else left, now)
        self._left.move_to_end(caller)
        while len(self._left) > MAX_CALLERS:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) * 60 / self._limit
