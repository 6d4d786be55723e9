"""Tells that something changed in a folder, also where it is not there yet, or is renamed.

Knows no file: it names what changed, or says that all must be looked at.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

TICK_S = 0.25
"""Between two looks at what is still being written."""
GROUP_MS = 500
"""So long at most are changes gathered while more of them come."""
LOOK_EVERY_S = 60.0
"""Between two looks at everything: a system's queue of events may overflow, and then loses some."""
ABSENT_S = 1.0
"""Between two looks for a folder that is not there."""


@dataclass(frozen=True)
class Changed:
    """What is to be looked at."""

    paths: frozenset[Path] = frozenset()
    everything: bool = False
    absent: bool = False
    """Whether the folder is not there."""


async def changes(
    root: Path, *, recursive: bool, stop: asyncio.Event, poll_s: float = 0.0
) -> AsyncGenerator[Changed, None]:
    """Changes as they come, and an empty one at every tick, until `stop` is set.

    Args:
        root: of what is watched; waited for where it is not there.
        recursive: whether folders within count.
        stop: ends it.
        poll_s: look at everything so often instead of asking the system to tell, as a share of
            another machine needs it. 0: the system tells.
    """
    while not stop.is_set():
        identity = _identity(root)
        if identity is None:
            yield Changed(absent=True)
            await _pause(ABSENT_S, stop)
            continue
        seen = _polled(root, poll_s, stop) if poll_s else _told(root, recursive, stop)
        async with aclosing(seen) as several:
            async for one in several:
                if _identity(root) != identity:
                    break
                yield one


async def _polled(root: Path, poll_s: float, stop: asyncio.Event) -> AsyncGenerator[Changed, None]:
    looked = -poll_s
    while not stop.is_set():
        due = time.monotonic() - looked >= poll_s
        looked = time.monotonic() if due else looked
        yield Changed(everything=due)
        await _pause(min(poll_s, TICK_S), stop)


async def _told(root: Path, recursive: bool, stop: asyncio.Event) -> AsyncGenerator[Changed, None]:
    from watchfiles import awatch

    looked = None
    watched = awatch(
        root,
        watch_filter=None,
        debounce=GROUP_MS,
        rust_timeout=int(1000 * TICK_S),
        yield_on_timeout=True,
        stop_event=stop,
        recursive=recursive,
        ignore_permission_denied=True,
    )
    try:
        async for told in watched:
            # The first time it is only now that nothing can be missed any more.
            due = looked is None or time.monotonic() - looked >= LOOK_EVERY_S
            looked = time.monotonic() if due or looked is None else looked
            yield Changed(frozenset(Path(path) for _, path in told), everything=due)
    except FileNotFoundError:
        return  # it went away between two looks
    except ExceptionGroup as several:
        # watchfiles breaks down at a name that is no UTF-8: whoever calls begins anew, with a look
        # at everything.
        if several.split(RuntimeError)[1] is not None:
            raise


def _identity(root: Path) -> tuple[int, int] | None:
    """Of the folder that has this name now; one that was renamed keeps its own."""
    try:
        seen = root.stat()
    except OSError:
        return None
    return (seen.st_dev, seen.st_ino) if root.is_dir() else None


async def _pause(seconds: float, stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
