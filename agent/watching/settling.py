"""Files that are still being written, until they have been quiet. Knows no folder.

Times are of a clock that never goes back, so that a wall clock that is set changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from agent.watching.tree import Found, Signature
from agent.watching.units import Whole


@dataclass
class _Waiting:
    signature: Signature
    since: float
    missing: tuple[str, ...] = ()


@dataclass
class Settling:
    """Files in the order in which they were first seen."""

    quiet_s: float
    """So long neither size nor time of change may have changed. 0: whole as it is seen."""
    look: Callable[[Path], Whole]
    """How a file is now."""
    clock: Callable[[], float] = time.monotonic
    _waiting: dict[Path, _Waiting] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many are not quiet yet."""
        return len(self._waiting)

    @property
    def missing(self) -> dict[Path, tuple[str, ...]]:
        """Units that lack parts, and which."""
        return {path: one.missing for path, one in self._waiting.items() if one.missing}

    def see(self, path: Path) -> None:
        """Take a file that was written to; one that is known keeps its place."""
        if path not in self._waiting:
            now = self.look(path)
            if now.signature is not None:
                self._waiting[path] = _Waiting(now.signature, self.clock(), now.missing)

    def settled(self) -> list[Found]:
        """Files that have been quiet long enough, and are waited for no more."""
        done = []
        for path, one in list(self._waiting.items()):
            now = self.look(path)
            if now.signature is None:
                del self._waiting[path]
                continue
            if now.signature != one.signature or now.missing or one.missing:
                self._waiting[path] = _Waiting(now.signature, self.clock(), now.missing)
                if self.quiet_s or now.missing:
                    continue
            if self.clock() - one.since >= self.quiet_s:
                del self._waiting[path]
                done.append(Found(path, now.signature))
        return done
