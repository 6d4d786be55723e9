"""Lets all who speak at once be heard before the first of them is answered. Knows no conversation.

An answer needs the processor for a good while, to hear somebody only for a moment: whoever begins
to answer at once makes all who are still in the door wait for it.
"""

from __future__ import annotations

import asyncio
from time import monotonic

QUIET_S = 0.03
"""Without anybody new: then all are heard."""
MOST_S = 0.5
"""Nobody waits longer, however many come."""


class Hearing:
    """When somebody spoke last."""

    def __init__(self, *, quiet_s: float = QUIET_S, most_s: float = MOST_S) -> None:
        """Take how long it must be quiet, and how long somebody waits for that at most."""
        self._quiet_s = quiet_s
        self._most_s = most_s
        self._last_s = 0.0

    def note(self) -> None:
        """Somebody speaks."""
        self._last_s = monotonic()

    async def wait(self) -> None:
        """Until nobody new has spoken for a moment, or for as long as anybody waits."""
        until_s = monotonic() + self._most_s
        while (left_s := min(self._last_s + self._quiet_s, until_s) - monotonic()) > 0:
            await asyncio.sleep(left_s)
