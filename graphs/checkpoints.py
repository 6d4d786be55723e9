"""Checkpoints of inspections in SQLite, on round boundaries. Knows nothing of what a node does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

INSIDE_A_ROUND = frozenset({"recall", "survey", "act", "record"})
"""Nodes before which nothing is kept: what led to them is a pending write of the boundary."""
RECORDS = (
    ("tools.records", ("Asset", "View", "Evidence", "Region", "MaskRecord")),
    ("tools.records", ("ImageExtent", "PointExtent", "IntervalExtent", "FrameExtent")),
    ("graphs.records", ("Recall", "Round", "ToolCall", "Candidate", "Usage", "TraceEvent")),
    ("graphs.records", ("Verdict", "Finding", "Cause", "Remediation", "Thresholds", "Refuted")),
    ("graphs.records", ("Inspection",)),
)
"""Every record that a channel may hold; msgpack restores these and nothing else."""


def build_serializer() -> JsonPlusSerializer:
    """A serializer that restores Loupe's records and refuses every other class."""
    allowed = [(module, name) for module, names in RECORDS for name in names]
    return JsonPlusSerializer(allowed_msgpack_modules=allowed)


class RoundSaver(AsyncSqliteSaver):
    """Keeps a checkpoint where a round ends, and drops those inside a round.

    A dropped checkpoint's writes are dropped with it. What the node before it returned stays as a
    pending write of the last kept checkpoint, so that on resumption the mind is not asked again.
    """

    def __init__(self, connection: aiosqlite.Connection) -> None:
        super().__init__(connection, serde=build_serializer())
        self._dropped: dict[str, str] = {}

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        thread_id = str(config["configurable"]["thread_id"])
        if next_nodes(checkpoint) & INSIDE_A_ROUND:
            self._dropped[thread_id] = checkpoint["id"]
            return {"configurable": {**config["configurable"], "checkpoint_id": checkpoint["id"]}}
        self._dropped.pop(thread_id, None)
        return await super().aput(config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        thread_id = str(config["configurable"]["thread_id"])
        if self._dropped.get(thread_id) == config["configurable"]["checkpoint_id"]:
            return
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
