"""Spares the garbage collector what a long run will not let go of anyway. Knows no inspection."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def settled() -> Iterator[None]:
    """Leave what is loaded now out of collections until the end.

    Libraries and models are some 400,000 objects; to walk them all takes a fifth of a second, in
    which no inspection goes on, once for every 64 of them.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
