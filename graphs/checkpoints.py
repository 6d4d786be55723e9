"""Checkpoints of inspections in SQLite, on round boundaries. Knows nothing of what a node does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_metadata,
)
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from graphs.checkpoint_rows import RowWriter, open_rows

INSIDE_A_ROUND = frozenset({"load", "recall", "survey", "act", "record"})
"""Nodes before which nothing is kept: what led to them is a pending write of the boundary."""
LATER_S = 0.001
"""How long one waits for the step after it to begin: it is written while a model thinks."""
RECORDS = (
    ("tools.records", ("Asset", "AssetPart", "View", "Evidence", "Region", "MaskRecord")),
    ("tools.records", ("ImageExtent", "PointExtent", "IntervalExtent", "FrameExtent")),
    ("graphs.records", ("Recall", "Round", "ToolCall", "Candidate", "Usage", "TraceEvent")),
    ("graphs.records", ("Verdict", "Finding", "Cause", "Remediation", "Thresholds", "Refuted")),
    ("graphs.records", ("Inspection",)),
    ("graphs.inspection.state", ("InspectionInput",)),
)
"""Every record that a channel may hold; msgpack restores these and nothing else."""
# The statements of AsyncSqliteSaver, which commits after each.
PUT_CHECKPOINT = (
    "INSERT OR REPLACE INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, "
    "parent_checkpoint_id, type, checkpoint, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
DROP = tuple(f"DELETE FROM {table} WHERE thread_id = ?" for table in ("writes", "checkpoints"))
PUT_WRITES = (
    "INSERT OR {} INTO writes (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, "
    "channel, type, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


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

    Checkpoints of all inspections are written together, a moment later: `LATER_S` until they are
    rows, and what the rows wait for others. The last one of an inspection, where it is kept, is on
    disk before the inspection ends.
    """

    def __init__(
        self, connection: aiosqlite.Connection, rows: RowWriter, *, keeps_ends: bool = True
    ) -> None:
        super().__init__(connection, serde=build_serializer())
        self._rows = rows
        self._keeps_ends = keeps_ends
        self._threads: set[int] = set()
        """Hashes of those that have rows: names are long, and a batch has many."""
        self._kept: dict[str, bool] = {}
        self._waiting: dict[str, list[PendingWrites]] = {}

    async def setup(self) -> None:
        if self.is_setup:
            return
        await super().setup()
        found = await self.conn.execute_fetchall("SELECT DISTINCT thread_id FROM checkpoints")
        self._threads.update(hash(row[0]) for row in found)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        await self.setup()
        if hash(config["configurable"]["thread_id"]) not in self._threads:
            return None
        await self._rows.flush()
        found = await super().aget_tuple(config)
        if found is not None:
            self._kept[found.checkpoint["id"]] = True
        return found

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        await self._rows.flush()
        async for one in super().alist(config, filter=filter, before=before, limit=limit):
            yield one

    async def adelete_thread(self, thread_id: str) -> None:
        await self.setup()
        if hash(thread_id) in self._threads:
            await self._rows.flush()
            await super().adelete_thread(thread_id)
            self._threads.discard(hash(thread_id))

    def drop(self, thread_id: str) -> None:
        """Delete what is kept of an inspection that is over and recorded, a moment later.

        The file keeps its size, and its place serves the inspections that come.
        """
        if hash(thread_id) in self._threads:
            self._threads.discard(hash(thread_id))
            for statement in DROP:
                self._rows.put(statement, [(thread_id,)])

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        checkpoint_id, due = checkpoint["id"], next_nodes(checkpoint)
        self._kept.pop(str(config["configurable"].get("checkpoint_id")), None)
        is_end = not due and metadata["source"] != "input"
        is_kept = not due & INSIDE_A_ROUND and (self._keeps_ends or not is_end)
        try:
            if is_kept:
                await self.setup()
            if is_kept and due:
                await asyncio.sleep(LATER_S)
        finally:
            # Whoever gives up meanwhile finds it kept. Writes of what it runs wait until here: rows
            # of theirs without it would be nobody's.
            waiting = self._waiting.pop(checkpoint_id, [])
            # Nothing runs after the last checkpoint, so nothing asks whether it was kept. What the
            # input leads to is in the one after it; to let it wait would hold a whole inspection.
            if due or metadata["source"] == "input":
                self._kept[checkpoint_id] = bool(due) and not due & INSIDE_A_ROUND
            if is_kept:
                self._put(config, checkpoint, metadata)
                for one in waiting:
                    self._put_writes(one)
        if is_kept and is_end:
            await self._rows.flush()
        return {"configurable": {**config["configurable"], "checkpoint_id": checkpoint_id}}

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        checkpoint_id = str(config["configurable"]["checkpoint_id"])
        kept = self._kept.get(checkpoint_id)
        pending = PendingWrites(config, writes, task_id, task_path)
        if kept is None:
            # The checkpoint itself is saved in the background and may come later.
            self._waiting.setdefault(checkpoint_id, []).append(pending)
        elif kept:
            self._put_writes(pending)

    def _put(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata
    ) -> None:
        given = config["configurable"]
        told = json.dumps(get_checkpoint_metadata(config, metadata), ensure_ascii=False)
        self._threads.add(hash(given["thread_id"]))
        row = (
            given["thread_id"],
            given["checkpoint_ns"],
            checkpoint["id"],
            given.get("checkpoint_id"),
            *self.serde.dumps_typed(checkpoint),
            told.encode("utf-8", "ignore"),
        )
        self._rows.put(PUT_CHECKPOINT, [row])

    def _put_writes(self, pending: PendingWrites) -> None:
        given = pending.config["configurable"]
        special = all(channel in WRITES_IDX_MAP for channel, _ in pending.writes)
        rows = [
            (
                given["thread_id"],
                str(given["checkpoint_ns"]),
                str(given["checkpoint_id"]),
                pending.task_id,
                pending.task_path,
                WRITES_IDX_MAP.get(channel, number),
                channel,
                *self.serde.dumps_typed(value),
            )
            for number, (channel, value) in enumerate(pending.writes)
        ]
        self._rows.put(PUT_WRITES.format("REPLACE" if special else "IGNORE"), rows)


@asynccontextmanager
async def open_checkpoints(path: Path, *, keeps_ends: bool = True) -> AsyncIterator[RoundSaver]:
    """Open the checkpoints in a file, which is made where it is absent.

    Args:
        path: of the file.
        keeps_ends: whether the last checkpoint of an inspection is kept. Whoever writes a record at
            once does without: an inspection that is cut off in between judges once more.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    async with aiosqlite.connect(path) as connection, open_rows(path) as rows:
        await connection.execute("PRAGMA synchronous=NORMAL")
        yield RoundSaver(connection, rows, keeps_ends=keeps_ends)


def next_nodes(checkpoint: Checkpoint) -> set[str]:
    """The nodes that a checkpoint is about to run."""
    prefix = "branch:to:"
    return {
        name.removeprefix(prefix)
        for name in checkpoint["channel_values"]
        if name.startswith(prefix)
    }
