"""The Inspector: what Python callers and the command line inspect parts with.

Knows nothing of terminals; what takes long is told to a callback.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakKeyDictionary

from agent.asking import ask_in_thread
from agent.beginning import begin_run, each_once, known_now, question_digest
from agent.console import Progress, no_progress
from agent.failures import digest_of, failed_inspection
from agent.keeping import keep_failure, keep_inspection
from agent.run_folder import RunFolder, asset_id
from agent.settings import Settings
from agent.settled import settled
from agent.starting import Turn, Turnstile
from agent.trace import TraceWriter
from agent.workshop import Workshop
from graphs.records import Inspection
from tools.errors import LoupeError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from graphs.checkpoints import RoundSaver
    from graphs.minds.chat import ChatPort
    from knowledge.changes import AddReport
    from tools.asset_ports import AssetExpert
    from tools.ports import Expert

Reviewer: TypeAlias = Callable[[dict[str, Any]], str]
"""Asks a person about one inspection: given what the graph shows, answers with a decision.
Called in a thread of its own, one at a time; KeyboardInterrupt from it interrupts the run."""


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
        self._reviewer = reviewer
        self._tell = tell or (lambda line: None)
        # By loop, since a lock serves one loop only and `inspect` starts a new one each time.
        self._asking: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = (
            WeakKeyDictionary()
        )
        self._asked = dict(asked or {})
        self._answered: set[str] = set()
        self._turnstile = Turnstile()
        self._workshop = Workshop(settings, progress=progress, chat=chat, experts=experts)

    def __enter__(self) -> Inspector:
        """Open the home."""
        self._workshop.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Inspector:
        """Open the home."""
        await asyncio.to_thread(self._workshop.open)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the home, so that another process may own it."""
        self._workshop.close()

    def add_product(self, folder: Path) -> AddReport:
        """Add a product folder to the home, or take in what changed in it.

        Raises:
            KnowledgeError: where the folder is not valid.
        """
        return self._workshop.store.add(folder)

    def inspect(self, path: str | Path, product: str | None = None) -> Inspection:
        """Inspect one part; the sync face of `ainspect`."""
        return asyncio.run(self.ainspect(path, product))

    async def ainspect(self, path: str | Path, product: str | None = None) -> Inspection:
        """Inspect one part and write its record.

        Args:
            path: of the picture.
            product: its name or alias; recalled by likeness where None.

        Raises:
            AssetError: where the file cannot be inspected.
            KnowledgeError: where the product is unknown or the home cannot be used.
        """
        known = await asyncio.to_thread(self._begin, product)
        async with self._checkpoints() as saver:
            return await self._inspect_one(saver, Path(path), product, known=known)

    async def inspect_many(
        self, paths: Iterable[str | Path], product: str | None = None
    ) -> AsyncIterator[Inspection]:
        """Inspect parts, `settings.concurrency` at once; yields records as they are done.

        A file that is named twice is inspected once.
        A part that cannot be inspected yields a record with status `failed` and no decision,
        whose reason says why; the others go on.

        A run that goes on keeps what is finished, whatever was learnt since. What is unfinished
        is inspected with what is known now, from its beginning where that is not what was known;
        this is told, and `run.json` notes what was known since when.

        Raises:
            KnowledgeError: where the product is unknown or the home cannot be used.
        """
        known = await asyncio.to_thread(self._begin, product)
        waiting = each_once(paths)
        running: set[asyncio.Task[Inspection]] = set()
        with settled():
            async with self._checkpoints() as saver:
                try:
                    while True:
                        while len(running) < self.settings.concurrency:
                            path = next(waiting, None)
                            if path is None:
                                break
                            row = self._row(saver, path, product, known=known)
                            running.add(asyncio.create_task(row))
                        if not running:
                            return
                        done, running = await asyncio.wait(
                            running, return_when=asyncio.FIRST_COMPLETED
                        )
                        for task in done:
                            yield task.result()
                finally:
                    for task in running:
                        task.cancel()
                    await asyncio.gather(*running, return_exceptions=True)

    def _begin(self, product: str | None) -> str:
        """Open the home and note in `run.json` what is not there; the digest of what is known.

        Raises:
            KnowledgeError: where the product is unknown.
        """
        known = known_now(self._workshop.store, product)
        changes = begin_run(self.run, self.settings, known=known, asked=self._asked)
        if changes and self.run.resumed:
            self._tell(
                f"since this run began {changes}: what is finished stays, the rest is inspected "
                "with what is known now"
            )
        return known.digest

    async def _row(
        self, saver: RoundSaver, path: Path, product: str | None, *, known: str
    ) -> Inspection:
        try:
            return await self._inspect_one(saver, path, product, known=known)
        except LoupeError as error:
            return failed_inspection(path, self.settings, reason=str(error), product=product)
        # The one boundary of a batch row: one part's crash must not stop the others, and it is
        # recorded as failed, never as a decision.
        except Exception as error:  # noqa: BLE001
            reason = f"{type(error).__name__}: {error}"
            failed = failed_inspection(
                path,
                self.settings,
                reason=reason,
                product=product,
                details=["".join(traceback.format_exception(error))],
            )
            keep_failure(failed, run=self.run)
            return failed

    async def _inspect_one(
        self, saver: RoundSaver, path: Path, product: str | None, *, known: str
    ) -> Inspection:
        async with self._turnstile.turn() as turn:
            return await self._inspect_in(turn, saver, path, product, known=known)

    async def _inspect_in(
        self, turn: Turn, saver: RoundSaver, path: Path, product: str | None, *, known: str
    ) -> Inspection:
        from graphs.inspection.graph import build_inspection_graph, run_config
        from graphs.inspection.state import InspectionInput

        asset, question = asset_id(path), question_digest(self.settings, product)
        content = await asyncio.to_thread(digest_of, path)
        # A checkpoint of other knowledge is never gone on with.
        thread = f"{asset} {content} {question} {known}"
        goes_on = self.run.resumed and thread not in self._answered
        if goes_on:
            finished = await asyncio.to_thread(self.run.finished, asset, path, question=question)
            if finished is not None:
                return finished
        else:
            # Whoever asks again wants an answer from what is known now.
            await saver.adelete_thread(thread)
        journal = TraceWriter(self.run.trace_path(asset))
        begun = self.run.begun()
        context = self._workshop.context(
            self.run.artifacts, journal=journal, cases_before=begun, asking=turn.leave
        )
        graph = build_inspection_graph(saver)
        config = run_config(thread, context.budget)
        kept = await graph.aget_state(config) if goes_on else None
        goes_on = kept is not None and bool(kept.next)
        inspection: Inspection | None = (
            None if kept is None or goes_on else kept.values.get("inspection")
        )
        if inspection is None:
            start = InspectionInput(path=str(path), product=product, inspection_id=asset)
            # None goes on from the last checkpoint instead of starting anew.
            given: Any = None if goes_on else start
            with closing(journal):
                journal.begin(asset, resumed=goes_on)
                result = await graph.ainvoke(given, config, context=context)
                while "__interrupt__" in result:
                    turn.leave()
                    answer = await self._ask(result["__interrupt__"])
                    result = await graph.ainvoke(answer, config, context=context)
            inspection = Inspection.model_validate(result["inspection"])
        keep = partial(keep_inspection, run=self.run, workshop=self._workshop, question=question)
        await asyncio.to_thread(keep, inspection, context)
        self._answered.add(thread)
        return inspection

    async def _ask(self, interrupts: Sequence[Any]) -> Any:
        from langgraph.types import Command

        if self._reviewer is None:
            raise SettingsError("this inspection waits for a person; resume it with human_review")
        asking = self._asking.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        async with asking:
            answer = await ask_in_thread(self._reviewer, interrupts[0].value)
        return Command(resume=answer)

    def _checkpoints(self) -> Any:
        from graphs.checkpoints import open_checkpoints

        return open_checkpoints(self.run.checkpoints)
