"""How far a run has come: a bar with rate, spend and time left on a terminal, lines elsewhere.

Knows nothing of what is run.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

EVERY_S = 20.0
"""Between two lines where there is no terminal."""


@dataclass
class Standing:
    """What there is to tell."""

    total: int
    """0 where nobody knows."""
    unit: str = "samples"
    done: int = 0
    """Earlier runs counted."""
    fresh: int = 0
    """Done by this process; the rate is theirs."""
    failed: int = 0
    degraded: int = 0
    spent_usd: float = 0.0
    calls: str = ""
    """How those of a VLM go."""
    doing: str = ""
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return max(time.monotonic() - self.started, 1e-9)

    @property
    def rate(self) -> float:
        """Samples a second since the start; 0 before the first."""
        return self.fresh / self.seconds

    @property
    def left_s(self) -> float | None:
        """Seconds that the rest takes at this rate; None before the first sample."""
        return (self.total - self.done) / self.rate if self.fresh else None

    def line(self) -> str:
        """All of it in one line."""
        left = "" if self.left_s is None else f", {clock(self.left_s)} left"
        money = f", {self.spent_usd:.4f} US dollars" if self.spent_usd else ""
        bad = "".join(
            f", {n} {word}"
            for n, word in ((self.failed, "failed"), (self.degraded, "degraded"))
            if n
        )
        return (
            f"{self.done} of {self.total} {self.unit}, {self.rate:.2f}/s{left}{money}{bad}"
            f"{f', {self.calls}' if self.calls else ''}{f' ({self.doing})' if self.doing else ''}"
        )


class Teller(Protocol):
    """Is told whenever something changed."""

    def __call__(self, standing: Standing) -> None:
        """Tell."""
        ...


def clock(seconds: float) -> str:
    """`1:05`, or `2:03:04` from an hour on."""
    whole = max(round(seconds), 0)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@contextmanager
def telling() -> Iterator[Teller]:
    """Tell on stderr for as long as the context is open."""
    if sys.stderr.isatty():
        with _bar() as tell:
            yield tell
    else:
        yield Lines()


class Lines:
    """One line at the beginning, one now and then, one at the end."""

    def __init__(self, every_s: float = EVERY_S) -> None:
        self._every_s = every_s
        self._last: float | None = None

    def __call__(self, standing: Standing) -> None:
        """Write a line where one is due."""
        now = time.monotonic()
        due = self._last is None or now - self._last >= self._every_s
        if due or 0 < standing.total == standing.done:
            self._last = now
            sys.stderr.write(f"{standing.line()}\n")
            sys.stderr.flush()


@contextmanager
def _bar() -> Iterator[Teller]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True)) as bars:
        bar = bars.add_task("", total=None)

        def tell(standing: Standing) -> None:
            bars.update(
                bar,
                total=standing.total or None,
                completed=standing.done,
                description=standing.line(),
            )

        yield tell
