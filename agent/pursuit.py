"""One asset on its way through the graph: begins, waits for a person, goes on, leaves its record.

Knows nothing of how a person is reached or of other assets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.chat_models.session import AnsweredBy, calls_for
from agent.failures import digest_of
from agent.keeping import keep_inspection
from agent.orders import Labels, labelled
from agent.settled import settled
from agent.spans import ending, watched
from agent.trace import Tee, TraceWriter
from graphs.records import Inspection
from tools.errors import LoupeError

if TYPE_CHECKING:
    from agent.run_folder import RunFolder
    from agent.workshop import Workshop
    from graphs.checkpoints import RoundSaver
    from graphs.inspection.context import Context
    from graphs.journal import Journal


class Waiting(NamedTuple):
    """A person must decide before an inspection goes on from its checkpoint."""

    thread: str
    """Of the checkpoints."""
    question: dict[str, Any]
    """What the graph shows the person."""


@dataclass(kw_only=True)
class Pursuit:
    """What one asset needs to be inspected in a run."""

    run: RunFolder
    workshop: Workshop
    saver: RoundSaver
    path: Path
    product: str | None
    question: str
    """Digest of what is asked."""
    labels: Labels = field(default_factory=dict)
    """What somebody said of the part."""
    watcher: Journal | None = None
    """Is told of every step, besides the trace."""
    asking: Callable[[], None] = field(default=lambda: None)
    """Is told of each call of the VLM, before it, and of each wait for a person."""
    _begun: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.watcher = watched(self.workshop.spans, self.watcher)

    @cached_property
    def asset(self) -> str:
        """Its name in the run."""
        return self.run.name_of(self.path)

    async def thread(self, known: str) -> str:
        """The name of its checkpoints: of a file's content, what is asked of it and what is known.

        A checkpoint of other knowledge is never gone on with.
        """
        content = await asyncio.to_thread(digest_of, self.path)
        return f"{self.asset} {content} {self.question} {known}"

    async def finished(self) -> Inspection | None:
        """Its record, where the run holds it already."""
        if not self.run.question_path(self.asset).is_file():
            return None
        return await asyncio.to_thread(
            self.run.finished, self.asset, self.path, question=self.question
        )

    async def begin(self, thread: str, *, goes_on: bool) -> Inspection | Waiting:
        """Inspect until there is a record, or until a person must be asked.

        A record of before is no answer from then on, unless it is gone on with.

        Args:
            thread: of its checkpoints.
            goes_on: from its last checkpoint where there is one; else from its beginning.

        Raises:
            AssetError: where the file cannot be inspected.
        """
        if not goes_on:
            # Whoever asks again wants an answer from what is known now.
            self.run.question_path(self.asset).unlink(missing_ok=True)
            await self.saver.adelete_thread(thread)
        return await self._run(thread, None, goes_on=goes_on)

    async def take_up(self, thread: str, answer: str | None) -> Inspection | Waiting:
        """Go on with what an earlier process began and did not end, or begin it.

        Where that process had written the record, this is it.

        Args:
            thread: of its checkpoints.
            answer: a person's, which that process had taken; it counts where it still is waited
                for.
        """
        from graphs.inspection.graph import build_inspection_graph

        config: Any = {"configurable": {"thread_id": thread}}
        kept = await build_inspection_graph(self.saver).aget_state(config)
        if not kept.created_at and (finished := await self.finished()) is not None:
            return finished
        return await self._run(thread, answer if kept.interrupts else None, goes_on=True)

    async def answer(self, waiting: Waiting, answer: str) -> Inspection | Waiting:
        """Go on with what a person decided; one that cannot be is asked again."""
        return await self._run(waiting.thread, answer, goes_on=True)

    async def _run(self, thread: str, answer: str | None, *, goes_on: bool) -> Inspection | Waiting:
        from graphs.inspection.graph import build_inspection_graph, run_config

        trace = TraceWriter(self.run.trace_path(self.asset))
        answered = AnsweredBy.after(trace.path, goes_on=goes_on)
        journal: Journal = Tee(trace, answered, *([self.watcher] if self.watcher else []))
        context = self.workshop.context(
            self.run.artifacts,
            journal=journal,
            cases_before=self.run.begun(),
            asking=self.asking,
        )
        graph = build_inspection_graph(self.saver)
        config = run_config(thread, context.budget)
        kept = await graph.aget_state(config) if goes_on else None
        # A task whose node has answered is no longer next, and is still to be gone on from.
        goes_on = kept is not None and bool(kept.next or kept.tasks)
        found = None if kept is None or goes_on else kept.values.get("inspection")
        if answer is not None and kept is not None and not kept.next:
            raise LoupeError(
                f"the checkpoint of {str(self.path)!r} is gone, or has its answer; inspect it again"
            )
        if found is None:
            with settled(), closing(trace), calls_for(self.asset), ending(self.watcher):
                self._tell_begun(trace, resumed=goes_on)
                result = await graph.ainvoke(self._given(answer, goes_on), config, context=context)
            if "__interrupt__" in result:
                self.asking()
                return Waiting(thread, dict(result["__interrupt__"][0].value))
            found = result["inspection"]
        inspection = answered.on(labelled(Inspection.model_validate(found), self.labels))
        await self._keep(inspection, context, trace)
        if not self.workshop.settings.keep_checkpoints:
            self.saver.drop(thread)
        return inspection

    def _tell_begun(self, trace: TraceWriter, *, resumed: bool) -> None:
        """The first line, once for each time that somebody takes the asset up."""
        if self._begun:
            return
        self._begun = True
        line = trace.begin(self.asset, resumed=resumed)
        if self.watcher is not None:
            self.watcher.write(line)

    def _given(self, answer: str | None, goes_on: bool) -> Any:
        from langgraph.types import Command

        from graphs.inspection.state import InspectionInput

        if answer is not None:
            return Command(resume=answer)
        start = InspectionInput(path=str(self.path), product=self.product, inspection_id=self.asset)
        # None goes on from the last checkpoint instead of starting anew.
        return None if goes_on else start

    async def _keep(self, inspection: Inspection, context: Context, trace: TraceWriter) -> None:
        keep = partial(
            keep_inspection,
            trace=trace,
            run=self.run,
            workshop=self.workshop,
            question=self.question,
        )
        await asyncio.to_thread(keep, inspection, context)
