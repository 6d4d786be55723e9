"""Checkpoints that all inspections of a loop share while one of them is under way.

Knows no inspection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from graphs.checkpoints import RoundSaver


class _Opened:
    """One file's saver, and how many hold it."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.saver: RoundSaver | None = None
        self.closing = AsyncExitStack()
        self.n_holders = 0


class SharedCheckpoints:
    """Opens a file once for all who hold it at the same time, and closes it after the last."""

    def __init__(self, *, keeps_ends: bool) -> None:
        """Take whether the last checkpoint of an inspection is kept; see `open_checkpoints`."""
        self._keeps_ends = keeps_ends
        # By loop: a connection serves one loop only.
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Path, _Opened]] = (
            WeakKeyDictionary()
        )

    @asynccontextmanager
    async def open(self, path: Path) -> AsyncIterator[RoundSaver]:
        """The checkpoints in a file, which is made where it is absent."""
        opened = self._loops.setdefault(asyncio.get_running_loop(), {}).setdefault(path, _Opened())
        saver = await self._hold(opened, path)
        try:
            yield saver
        finally:
            await self._let_go(opened)

    async def _hold(self, opened: _Opened, path: Path) -> RoundSaver:
        from graphs.checkpoints import open_checkpoints

        async with opened.lock:
            if opened.saver is None:
                checkpoints = open_checkpoints(path, keeps_ends=self._keeps_ends)
                opened.saver = await opened.closing.enter_async_context(checkpoints)
            opened.n_holders += 1
            return opened.saver

    async def _let_go(self, opened: _Opened) -> None:
        async with opened.lock:
            opened.n_holders -= 1
            if opened.n_holders == 0:
                opened.saver = None
                await opened.closing.aclose()
                opened.closing = AsyncExitStack()
