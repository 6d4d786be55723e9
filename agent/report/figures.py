"""Figures as a person reads them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphs.records import Usage

KILO = 1000.0


def seconds_words(seconds: float) -> str:
    """In milliseconds below one second, in minutes from two on."""
    if seconds < 1:
        short = 0 < seconds < 0.0095
        return f"{seconds * 1000:.1f} ms" if short else f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def bytes_words(n_bytes: int) -> str:
    """In B, kB or MB of a thousand."""
    if n_bytes < KILO:
        return f"{n_bytes} B"
    if n_bytes < KILO**2:
        return f"{n_bytes / KILO:.1f} kB"
    return f"{n_bytes / KILO**2:.1f} MB"


def cost_words(usage: Usage) -> str:
    """Money that was spent; calls without a known price are told, never counted as free."""
    if not usage.unpriced_calls:
        return usd_words(usage.cost_usd)
    if usage.unpriced_calls >= usage.vlm_calls or not usage.cost_usd:
        return "no price known"
    return f"{usd_words(usage.cost_usd)} and {usage.unpriced_calls} calls without a known price"


def usd_words(usd: float) -> str:
    """US dollars with as many digits as small sums need."""
    return f"${usd:.2f}" if usd >= 1 or usd == 0 else f"${usd:.4f}"


def value_words(value: object) -> str:
    """A value of evidence: numbers to four digits, lists with commas."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(value_words(one) for one in value)
    return str(value)


def arguments_words(arguments: Mapping[str, object]) -> str:
    """The arguments of a tool call as they would be written in one line."""
    given = {name: value for name, value in arguments.items() if value is not None}
    return ", ".join(f"{name}={_argument(value)}" for name, value in given.items())


def _argument(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return f"[{', '.join(_argument(one) for one in value)}]"
    return json.dumps(value, ensure_ascii=False)


def count_words(number: int, one: str, many: str = "") -> str:
    """`1 round`, `2 rounds`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}".replace(",", " ")


def time_words(stamp: str) -> str:
    """An ISO 8601 time to the second, in UTC; what is none stays as it is."""
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return stamp
    if at.tzinfo is None:
        return at.strftime("%Y-%m-%d %H:%M:%S")
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
