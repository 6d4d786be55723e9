"""Spares the garbage collector what a long run will not let go of anyway. Knows no inspection."""

from __future__ import annotations

import gc
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 50_000
"""Objects before a collection. Python's 700 are made in a millisecond by 64 inspections at once,
nearly all of which still live then: a tenth of the processor time goes into looking at them."""


EVERY = 64
"""Ends of long runs before all is looked at once: as often as Python does of itself. What begins
anew starts the count of younger objects anew, so that of inspections one after the other none would
ever be old enough; what a failed one left in a circle would stay for ever."""

_LOCK = threading.Lock()
_UNDER_WAY: list[tuple[int, int, int]] = []
"""For each that has not ended: the thresholds as they were before the first."""
_ENDS = itertools.count(1)


@contextmanager
def settled() -> Iterator[None]:
    """Leave what is loaded now out of collections until the end, and collect less often.

    Libraries and models are some 400,000 objects; to walk them all takes a fifth of a second, in
    which no inspection goes on, once for every 64 of them. May be entered again before it ends, in
    any thread: the first one begins it and the last one ends it.
    """
    with _LOCK:
        if not _UNDER_WAY:
            _UNDER_WAY.append(gc.get_threshold())
            gc.freeze()
            gc.set_threshold(YOUNG, *_UNDER_WAY[0][1:])
        else:
            _UNDER_WAY.append(_UNDER_WAY[0])
    try:
        yield
    finally:
        with _LOCK:
            before = _UNDER_WAY.pop()
            if not _UNDER_WAY:
                gc.set_threshold(*before)
                gc.unfreeze()
                if next(_ENDS) % EVERY == 0:
                    gc.collect()
