"""Watches a folder: what lands is inspected in its order, a bounded number at once.

Knows no terminal and no sink.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from agent.batch.engines.contract import DoOrder
from agent.batch.records import BatchRow
from agent.failures import UNREAD, digest_of
from agent.watching.changes import Changed, changes
from agent.watching.landed import Landed, LandedFiles, landed
from agent.watching.seen import SeenFiles
from agent.watching.settling import Settling
from agent.watching.tree import Found, Signature, Tree
from agent.watching.units import Units, is_unit
from tools.told_names import told_path

WARNED_S = 60.0
"""After which a unit that lacks parts is told."""


@dataclass(kw_only=True)
class Watch:
    """One folder under watch in one process."""

    tree: Tree
    files: LandedFiles
    seen: SeenFiles
    units: Units
    settling: Settling
    product: str | None
    labels: dict[str, str]
    note: Callable[[str], None]
    after: Callable[[Found, BatchRow, tuple[Path, ...]], None]
    """Is given what is done and on the disc: the file, its row, and the parts of a unit."""
    poll_s: float = 0.0
    until_idle_s: float = 0.0
    """So long nothing may come, then it ends. 0: it goes on."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    n_under_way: int = 0
    n_again: int = 0
    """Landed once more with the same content: no row more."""
    n_vanished: int = 0
    """Before anybody read them: no row."""
    waiting: deque[Found] = field(default_factory=deque)
    """Landed files, in their order."""
    _under_way: set[Path] = field(default_factory=set)
    _taken: dict[Path, Signature] = field(default_factory=dict)
    """As they landed, files that wait or are under way: a look at everything finds them, too."""
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _busy_until: float = field(default_factory=time.monotonic)
    _is_absent: bool = False
    _warned: dict[Path, float] = field(default_factory=dict)

    async def rows(self) -> AsyncGenerator[BatchRow, None]:
        """Rows as they are on the disc, until `stop` is set and what is under way is done."""
        self.files.remember()
        running: set[asyncio.Task[BatchRow | None]] = set()
        async with self.files.engine.doing() as do:
            feeding = asyncio.create_task(self._feed())
            try:
                while True:
                    running |= self._begun(do, len(running))
                    if not running and (self.stop.is_set() or feeding.done()):
                        break
                    done = await self._next(running, feeding)
                    running -= done
                    for task in done:
                        if (row := task.result()) is not None:
                            yield row
                self.stop.set()
                await feeding
            finally:
                await _give_up({feeding, *running})

    def _begun(self, do: DoOrder, n_running: int) -> set[asyncio.Task[BatchRow | None]]:
        """Begin what there is place for, in the order of landing."""
        begun: set[asyncio.Task[BatchRow | None]] = set()
        at_once = self.files.engine.at_once
        for _ in range(len(self.waiting)):
            if self.files.stopped:
                self.stop.set()
            if self.stop.is_set() or n_running + len(begun) >= at_once:
                break
            found = self.waiting.popleft()
            if found.path in self._under_way:
                # Its earlier content is being inspected; it goes behind the others.
                self.waiting.append(found)
                continue
            self._under_way.add(found.path)
            begun.add(asyncio.create_task(self._one(do, found)))
        self.n_under_way = n_running + len(begun)
        return begun

    async def _next(
        self, running: Iterable[asyncio.Task[BatchRow | None]], feeding: asyncio.Task[None]
    ) -> set[asyncio.Task[BatchRow | None]]:
        """Wait for what is done, or for news of the folder."""
        self._news.clear()
        news = asyncio.create_task(self._news.wait())
        stopping = asyncio.create_task(self.stop.wait())
        wakers = {news} if self.stop.is_set() else {news, stopping}
        watched = set() if feeding.done() else {feeding}
        await asyncio.wait({*running, *wakers, *watched}, return_when=asyncio.FIRST_COMPLETED)
        await _give_up({news, stopping})
        if feeding.done():
            feeding.result()
        return {task for task in running if task.done()}

    async def _feed(self) -> None:
        """Turn changes into landed files."""
        several = changes(
            self.tree.root, recursive=self.tree.recursive, stop=self.stop, poll_s=self.poll_s
        )
        async with aclosing(several) as told:
            async for one in told:
                self._tell_absence(one)
                landed_now = await asyncio.to_thread(self.look, one)
                self.waiting += landed_now
                self._tell_missing()
                if landed_now:
                    self._news.set()
                if self._is_idle():
                    self.stop.set()

    def look(self, changed: Changed) -> list[Found]:
        """What has landed by now, each file once; runs in a thread."""
        starts = [self.tree.root] if changed.everything else sorted(changed.paths)
        there = {one.path: one for start in starts for one in self._below(start)}
        for one in there.values():
            if is_unit(one.path):
                self.units.claim(one)
        # A part is looked at with its unit.
        paths = dict.fromkeys(self.units.owner(path) or path for path in there)
        new = [found for path in paths if (found := self._unseen(path)) is not None]
        for found in sorted(new, key=lambda one: (one.signature.mtime_ns, str(one.path))):
            self.settling.see(found.path)
        landed_now = [one for one in self.settling.settled() if self._is_new(one)]
        self._taken.update(landed_now)
        return landed_now

    def _below(self, start: Path) -> Iterable[Found]:
        if start == self.tree.root or start.is_relative_to(self.tree.root):
            yield from self.tree.below(start)
        if self.units.owner(start) is not None:
            yield from self.tree.below(self.units.owner(start) or start)

    def _unseen(self, path: Path) -> Found | None:
        now = self.units.whole(path).signature
        if now is None:
            return None
        found = Found(path, now)
        return found if self._is_new(found) else None

    def _is_new(self, found: Found) -> bool:
        is_taken = self._taken.get(found.path) == found.signature
        return not is_taken and self.seen.task(found) is None

    async def _one(self, do: DoOrder, found: Found) -> BatchRow | None:
        try:
            path = told_path(found.path)
            digest = await asyncio.to_thread(digest_of, path)
            if digest == UNREAD and not found.path.exists():
                self.n_vanished += 1
                self.note(f"{path}: vanished before it was inspected")
                return None
            order = landed(path, digest, product=self.product, labels=self.labels)
            return await self._done(do, found, order)
        finally:
            self._under_way.discard(found.path)
            if self._taken.get(found.path) == found.signature:
                del self._taken[found.path]
            self.files.engine.inspector.run.names.pop(found.path, None)
            self._busy_until = time.monotonic()
            self._news.set()

    async def _done(self, do: DoOrder, found: Found, order: Landed) -> BatchRow | None:
        is_known = order.task in self.files.log
        if is_known:
            self.n_again += 1
            row: BatchRow | None = self.files.log.row(order.task)
        else:
            self.files.engine.name(order)
            row = await self.files.row(do, order)
        if row is None:
            return None
        await asyncio.to_thread(self._leave, found, row)
        return None if is_known else row

    def _leave(self, found: Found, row: BatchRow) -> None:
        """In this order: a file that is noted as seen is not looked at again to be moved."""
        self.after(found, row, self.units.parts(found.path))
        self.seen.add(found, row.task)

    def _tell_absence(self, changed: Changed) -> None:
        if changed.absent and not self._is_absent:
            self.note(f"there is no folder {str(self.tree.root)!r}; it is waited for")
        self._is_absent = changed.absent

    def _tell_missing(self) -> None:
        """Tell, once, of a unit that has lacked parts for long."""
        now, missing = time.monotonic(), self.settling.missing
        self._warned = {path: self._warned.get(path, now) for path in missing}
        for path, names in missing.items():
            if now - self._warned[path] >= WARNED_S:
                self._warned[path] = float("inf")
                self.note(f"{path}: waits for {', '.join(names)}")

    def _is_idle(self) -> bool:
        if self.waiting or len(self.settling) or self._under_way:
            self._busy_until = time.monotonic()
        return 0 < self.until_idle_s <= time.monotonic() - self._busy_until


async def _give_up(tasks: set[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks, return_exceptions=True)
