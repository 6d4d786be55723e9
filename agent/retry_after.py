"""What `Retry-After` says, in seconds from now. Knows no request and nobody who waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from math import isfinite

LONGEST_S = 3600.0
"""That is believed: a clock that is set wrong, here or there, makes a date years away."""


def retry_after_s(value: str, *, now: Callable[[], float] = time.time) -> float | None:
    """Seconds to wait, from 0 to LONGEST_S; None where nothing of sense is said.

    Args:
        value: of the header: seconds, or a date (RFC 9110, section 10.2.3).
        now: seconds since 1970.
    """
    try:
        seconds = float(value)
    except ValueError:
        seconds = _until(value, now)
    return min(max(seconds, 0.0), LONGEST_S) if isfinite(seconds) else None


def _until(value: str, now: Callable[[], float]) -> float:
    """Seconds until a date, infinite where it is none."""
    try:
        date = parsedate_to_datetime(value)
        # `-0000` gives a date without a zone, which Python would take for this machine's.
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now()
    except (ValueError, OverflowError):
        return float("inf")
