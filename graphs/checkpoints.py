"""Checkpoints of inspections in SQLite, on round boundaries. Knows nothing of what a node does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

INSIDE_A_ROUND = frozenset({"load", "recall", "survey", "act", "record"})
"""Nodes before which nothing is kept: what led to them is a pending write of the boundary."""
RECORDS = (
    ("tools.records", ("Asset", "AssetPart", "View", "Evidence", "Region", "MaskRecord")),
    ("tools.records", ("ImageExtent", "PointExtent", "IntervalExtent", "FrameExtent")),
    ("graphs.records", ("Recall", "Round", "ToolCall", "Candidate", "Usage", "TraceEvent")),
    ("graphs.records", ("Verdict", "Finding", "Cause", "Remediation", "Thresholds", "Refuted")),
    ("graphs.records", ("Inspection",)),
    ("graphs.inspection.state", ("InspectionInput",)),
)
"""Every record that a channel may hold; msgpack restores these and nothing else."""


def build_serializer() -> JsonPlusSerializer:
    """A serializer that restores Loupe's records and refuses every other class."""
    allowed = [(module, name) for module, names in RECORDS for name in names]
    return JsonPlusSerializer(allowed_msgpack_modules=allowed)


class PendingWrites(NamedTuple):
    """What a task returned, before it is known whether its checkpoint is kept."""

    config: RunnableConfig
    writes: Sequence[tuple[str, Any]]
    task_id: str
    task_path: str


class RoundSaver(AsyncSqliteSaver):
    """Keeps a checkpoint where a round ends, and drops those inside a round.

    A dropped checkpoint's writes are dropped with it. What the node before it returned stays as a
    pending write of the last kept checkpoint, so that on resumption the mind is not asked again.
    """

    def __init__(self, connection: aiosqlite.Connection) -> None:
        super().__init__(connection, serde=build_serializer())
        self._kept: dict[str, bool] = {}
        self._waiting: dict[str, list[PendingWrites]] = {}

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        found = await super().aget_tuple(config)
        if found is not None:
            self._kept[found.checkpoint["id"]] = True
        return found

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        checkpoint_id, due = checkpoint["id"], next_nodes(checkpoint)
        self._kept.pop(str(config["configurable"].get("checkpoint_id")), None)
        waiting = self._waiting.pop(checkpoint_id, [])
        # Nothing runs after the last checkpoint, so nothing asks whether it was kept.
        if due:
            self._kept[checkpoint_id] = not due & INSIDE_A_ROUND
        if due & INSIDE_A_ROUND:
            return {"configurable": {**config["configurable"], "checkpoint_id": checkpoint_id}}
        saved = await super().aput(config, checkpoint, metadata, new_versions)
        for one in waiting:
            await super().aput_writes(*one)
        return saved

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        checkpoint_id = str(config["configurable"]["checkpoint_id"])
        kept = self._kept.get(checkpoint_id)
        if kept is None:
            # The checkpoint itself is saved in the background and may come later.
            pending = PendingWrites(config, writes, task_id, task_path)
            self._waiting.setdefault(checkpoint_id, []).append(pending)
        elif kept:
            await super().aput_writes(config, writes, task_id, task_path)


@asynccontextmanager
async def open_checkpoints(path: Path) -> AsyncIterator[RoundSaver]:
    """Open the checkpoints in a file, which is made where it is absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    async with aiosqlite.connect(path) as connection:
        await connection.execute("PRAGMA synchronous=NORMAL")
        yield RoundSaver(connection)


def next_nodes(checkpoint: Checkpoint) -> set[str]:
    """The nodes that a checkpoint is about to run."""
    prefix = "branch:to:"
    return {
        name.removeprefix(prefix)
        for name in checkpoint["channel_values"]
        if name.startswith(prefix)
    }
