"""The Inspector: what Python callers and the command line inspect parts with.

Knows nothing of terminals; what takes long is told to a callback.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.asking import OneAtATime, Reviewer
from agent.beginning import Questions, begin, each_once
from agent.console import Progress, no_progress
from agent.failed_rows import row_or_failure
from agent.orders import InspectRow, Labels, as_done
from agent.pursuit import Pursuit, Waiting
from agent.run_folder import RunFolder
from agent.settings import Settings
from agent.settled import settled
from agent.shared_checkpoints import SharedCheckpoints
from agent.starting import Turn, Turnstile
from agent.workshop import Workshop
from graphs.records import Inspection
from tools.errors import SettingsError

if TYPE_CHECKING:
    from graphs.checkpoints import RoundSaver
    from graphs.journal import Journal
    from graphs.minds.chat import ChatPort
    from knowledge.changes import AddReport
    from tools.asset_ports import AssetExpert
    from tools.ports import Expert


class Inspector:
    """Inspects parts. Opens the home on first use; close it, or use it as a context manager."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        run: RunFolder | None = None,
        reviewer: Reviewer | None = None,
        progress: Progress = no_progress,
        tell: Callable[[str], None] | None = None,
        asked: Mapping[str, Any] | None = None,
        labels: Mapping[str, str] | None = None,
        chat: ChatPort | None = None,
        experts: Mapping[str, Expert | AssetExpert] | None = None,
    ) -> None:
        """Take the settings; opens nothing yet.

        Args:
            settings: read from the environment and files where None.
            run: where records go; a new folder in the home's `runs` where None.
            reviewer: asks a person; needed where the settings want human review.
            progress: is told of what takes long.
            tell: is told in a line what a person should know of the whole run; nobody where None.
            asked: what a run needs to be resumed, for its `run.json`: paths and product.
            labels: of every part, such as station, lot and time; what queries group by.
            chat: the VLM; the one that the settings name where None.
            experts: by name; built as the settings say where None.

        Raises:
            SettingsError: where human review is wanted and there is nobody to ask, or an expert
                that is asked for is not among the given ones.
        """
        if settings is None:
            from agent.settings import load_settings

            settings = load_settings()
        if settings.human_review and reviewer is None:
            raise SettingsError(
                "setting human_review is on and there is nobody to ask; give Inspector a reviewer"
            )
        self.settings = settings
        self.run = run or RunFolder.new(settings.home / "runs")
        self._person = OneAtATime(reviewer)
        self._tell = tell or (lambda line: None)
        self._labels = dict(labels or {})
        self._asked = dict(asked or {})
        self._answered: set[str] = set()
        self.anew: frozenset[str] = frozenset()
        """Files whose record a run that goes on does not take."""
        self._questions = Questions(settings)
        self._turnstile = Turnstile()
        self._shared = SharedCheckpoints(keeps_ends=settings.keep_checkpoints)
        self.workshop = Workshop(settings, progress=progress, chat=chat, experts=experts)

    def __enter__(self) -> Inspector:
        """Open the home."""
        self.workshop.open()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    async def __aenter__(self) -> Inspector:
        """Open the home."""
        await asyncio.to_thread(self.workshop.open)
        return self

    async def __aexit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the home, so that another process may own it."""
        self.workshop.close()

    def add_product(self, folder: Path) -> AddReport:
        """Add a product folder to the home, or take in what changed in it.

        Raises:
            KnowledgeError: where the folder is not valid.
        """
        return self.workshop.store.add(folder)

    def inspect(
        self, path: str | Path, product: str | None = None, *, labels: Labels | None = None
    ) -> Inspection:
        """Inspect one part; the sync face of `ainspect`."""
        return asyncio.run(self.ainspect(path, product, labels=labels))

    async def ainspect(
        self,
        path: str | Path,
        product: str | None = None,
        *,
        labels: Labels | None = None,
        watcher: Journal | None = None,
    ) -> Inspection:
        """Inspect one part and write its record.

        Args:
            path: of the picture.
            product: its name or alias; recalled by likeness where None.
            labels: of this part, over those of the Inspector.
            watcher: is told of every step as it happens.

        Raises:
            AssetError: where the file cannot be inspected.
            KnowledgeError: where the product is unknown or the home cannot be used.
        """
        known = await asyncio.to_thread(self._begin, product)
        async with self._shared.open(self.run.checkpoints) as saver:
            return await self._inspect_one(
                saver, Path(path), product, known=known, labels=labels, watcher=watcher
            )

    async def pursue(
        self,
        path: Path,
        product: str | None = None,
        *,
        labels: Labels | None = None,
        watcher: Journal | None = None,
        run: RunFolder | None = None,
        answer: str | None = None,
    ) -> Inspection | Waiting:
        """Inspect one part until there is a record, or until a person must decide.

        As `ainspect`, but nobody is asked: who calls keeps what waits, and calls `decide` with
        the answer, in this process or in another one. With a run, an earlier process began the
        part there and died: it goes on from its last checkpoint, with an answer it had taken.
        """
        known = await asyncio.to_thread(self._begin, product, run)
        folder = run or self.run
        async with self._shared.open(folder.checkpoints) as saver, self._turnstile.turn() as turn:
            pursuit = self._pursuit(
                saver, path, product, turn=turn, labels=labels, watcher=watcher, run=folder
            )
            thread = await pursuit.thread(known)
            if run is None:
                return await pursuit.begin(thread, goes_on=False)
            return await pursuit.take_up(thread, answer)

    async def decide(
        self,
        waiting: Waiting,
        answer: str,
        *,
        path: Path,
        product: str | None,
        run: RunFolder | None = None,
        watcher: Journal | None = None,
    ) -> Inspection | Waiting:
        """Go on with an inspection that waited for a person.

        Args:
            waiting: as `pursue` gave it.
            answer: normal, anomalous or review; what is none of them is asked again.
            path: as it was given then.
            product: as it was given then.
            run: that it belongs to; this one's where None.
            watcher: is told of every step as it happens.
        """
        run = run or self.run
        await asyncio.to_thread(self.workshop.open)
        async with self._shared.open(run.checkpoints) as saver, self._turnstile.turn() as turn:
            pursuit = self._pursuit(saver, path, product, turn=turn, watcher=watcher, run=run)
            return await pursuit.answer(waiting, answer)

    async def inspect_many(
        self, paths: Iterable[str | Path], product: str | None = None
    ) -> AsyncIterator[Inspection]:
        """Inspect parts, `settings.concurrency` at once; yields records as they are done.

        A file that is named twice is inspected once. A part that cannot be inspected yields a
        record with status `failed`, whose reason says why; the others go on.

        A run that goes on keeps what is finished; the rest is inspected with what is known now,
        from its beginning where that is not what was known. This is told, and noted in `run.json`.

        Raises:
            KnowledgeError: where the product is unknown or the home cannot be used.
        """
        await asyncio.to_thread(self._begin, product)
        async with self.row_inspector() as inspect:
            rows = (inspect(path, product, None) for path in each_once(paths))
            async with aclosing(as_done(rows, at_once=self.settings.concurrency)) as done:
                async for inspection in done:
                    yield inspection

    @asynccontextmanager
    async def row_inspector(self) -> AsyncIterator[InspectRow]:
        """Inspects rows of a batch, each of its own product; what fails is a record that says so.

        What is known of a product is pinned with its first row.
        """
        known: dict[str | None, str] = {}

        async def inspect(path: Path, product: str | None, labels: Labels | None) -> Inspection:
            if product not in known:
                known[product] = await asyncio.to_thread(self._begin, product)
            return await self._inspect_one(
                saver, path, product, known=known[product], labels=labels
            )

        with settled():
            async with self._shared.open(self.run.checkpoints) as saver:
                yield partial(row_or_failure, inspect, self.settings, self.run)

    def _begin(self, product: str | None, run: RunFolder | None = None) -> str:
        """Open the home and begin the run, or go on with it; see `begin`."""
        store, run, settings = self.workshop.store, run or self.run, self.settings
        return begin(store, run, settings, product=product, asked=self._asked, tell=self._tell)

    async def _inspect_one(
        self,
        saver: RoundSaver,
        path: Path,
        product: str | None,
        *,
        known: str,
        labels: Labels | None = None,
        watcher: Journal | None = None,
    ) -> Inspection:
        async with self._turnstile.turn() as turn:
            pursuit = self._pursuit(saver, path, product, turn=turn, labels=labels, watcher=watcher)
            thread = await pursuit.thread(known)
            goes_on = self.run.resumed and not (thread in self._answered or str(path) in self.anew)
            finished = await pursuit.finished() if goes_on else None
            if finished is not None:
                return finished
            found = await pursuit.begin(thread, goes_on=goes_on)
            while isinstance(found, Waiting):
                found = await pursuit.answer(found, await self._person.ask(found.question))
            if self.run.resumed:
                # A new run takes no record as an answer, and a long one would fill memory.
                self._answered.add(thread)
            return found

    def _pursuit(
        self,
        saver: RoundSaver,
        path: Path,
        product: str | None,
        *,
        turn: Turn,
        watcher: Journal | None,
        labels: Labels | None = None,
        run: RunFolder | None = None,
    ) -> Pursuit:
        return Pursuit(
            run=run or self.run,
            workshop=self.workshop,
            saver=saver,
            path=path,
            product=product,
            question=self._questions.digest(product),
            labels={**self._labels, **(labels or {})},
            watcher=watcher,
            asking=turn.leave,
        )
