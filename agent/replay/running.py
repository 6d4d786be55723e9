"""Runs a recorded run's graph and tools again, with its model's replies from the traces.

Writes into a folder of its own, never into the recorded run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.console import Progress, no_progress
from agent.inspector import Inspector
from agent.kept_runs import inspections_of
from agent.replay.chat import ReplayChat
from agent.replay.comparison import Difference, compare
from agent.replay.recording import Recording, recording_of
from agent.run_folder import RunFolder
from agent.trace import read_trace
from graphs.records import Inspection
from tools.errors import AssetError, SettingsError
from tools.records import Record

if TYPE_CHECKING:
    from agent.settings import Settings


class RequestDifference(Record):
    """A request that was not recorded so."""

    purpose: str
    number: int
    """Among the calls of this purpose, from 1."""
    answered: bool
    """Whether the recorded reply of its place could answer it."""
    diff: list[str]
    """Lines of a unified diff against the recorded request."""


class Replayed(Record):
    """How an inspection came out again."""

    inspection: str
    path: str
    same: bool
    calls_answered: int
    """By the trace; none went anywhere else."""
    calls_unasked: int
    """Recorded, and not asked for this time."""
    requests: list[RequestDifference]
    differences: list[Difference]
    before: str | None
    after: str | None
    """Decisions."""


class RecordedReviewer:
    """Answers as the person did whose answer the record holds."""

    def __init__(self) -> None:
        self.answer = "review"

    def begin(self, inspection: Inspection) -> None:
        """Answer from another record; where nobody was asked, leave it open."""
        asked = [event.detail for event in inspection.trace if event.node == "ask"]
        self.answer = asked[-1] if asked else "review"

    def __call__(self, shown: dict[str, Any]) -> str:
        """The recorded decision."""
        return self.answer


async def replay_run(
    recorded: RunFolder,
    *,
    settings: Settings,
    into: RunFolder,
    asset: str | None = None,
    progress: Progress = no_progress,
) -> list[Replayed]:
    """Inspect again and compare, one inspection after another.

    Args:
        recorded: the run; nothing in it is changed.
        settings: of this time.
        into: where this time's records go.
        asset: id, or name of the file, of one inspection; None for all.
        progress: is told how many are done.

    Raises:
        AssetError: where an inspection, its file or its trace is not there or cannot be read.
        SettingsError: where the run's own tools would reach over the network.
        KnowledgeError: where the product is not known any more.
    """
    _check_no_network(settings)
    found = list(inspections_of(recorded, asset))
    recordings = [_recording(path, one) for path, one in found]
    chat = _chat(settings, recordings)
    reviewer = RecordedReviewer()
    inspector = Inspector(
        settings,
        run=into,
        reviewer=reviewer,
        progress=progress,
        asked=_asked(recorded, [one for _, one in found]),
        chat=chat,
    )
    results: list[Replayed] = []
    with inspector:
        for (_, one), recording in zip(found, recordings, strict=True):
            progress("replaying", len(results), len(found))
            reviewer.begin(one)
            if chat is not None:
                chat.begin(recording)
            results.append(_result(one, await _again(inspector, one), chat))
        progress("replaying", len(results), len(found))
    return results


def _check_no_network(settings: Settings) -> None:
    if settings.embedding == "openai":
        raise SettingsError(
            "setting embedding is openai, whose look-ups reach over the network, and a replay "
            "never does; replay in a home with embedding hashing or huggingface"
        )


def _chat(settings: Settings, recordings: Sequence[Recording]) -> ReplayChat | None:
    """Named as the settings say, else as the traces do: a caller may have brought its own model."""
    recorded = (call.model for recording in recordings for call in recording.calls)
    name = settings.model or next(recorded, None)
    return None if name is None else ReplayChat(name)


def _asked(recorded: RunFolder, inspections: Sequence[Inspection]) -> dict[str, Any]:
    """For the new `run.json`; it began when the old one did, so that the same cases are known."""
    document = recorded.read_run()
    return {
        "paths": [one.asset.path for one in inspections],
        "product": document["product"],
        "created": document.get("created", ""),
        "replay_of": str(recorded.root.resolve()),
    }


def _recording(path: Path, inspection: Inspection) -> Recording:
    if not Path(inspection.asset.path).is_file():
        raise AssetError(
            f"{inspection.asset.path!r} is not there any more, and a replay inspects the same "
            "file again; restore it, or choose another inspection with --asset"
        )
    trace = path.with_name("trace.jsonl")
    if not trace.is_file() and inspection.usage.vlm_calls == 0:
        return Recording([])
    return recording_of(read_trace(trace))


async def _again(inspector: Inspector, one: Inspection) -> Inspection:
    product = one.recall.product if one.recall.given else None
    (again,) = [after async for after in inspector.inspect_many([one.asset.path], product)]
    return again


def _result(before: Inspection, after: Inspection, chat: ReplayChat | None) -> Replayed:
    differences = compare(before, after)
    changed = chat.changed if chat else []
    unasked = chat.unasked if chat else 0
    return Replayed(
        inspection=before.id,
        path=before.asset.path,
        same=not (differences or changed or unasked),
        calls_answered=chat.n_answered if chat else 0,
        calls_unasked=unasked,
        requests=[
            RequestDifference(
                purpose=one.purpose, number=one.number, answered=one.answered, diff=one.diff
            )
            for one in changed
        ],
        differences=differences,
        before=before.verdict.decision,
        after=after.verdict.decision,
    )
