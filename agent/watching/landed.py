"""One landed file, one row: of the content that landed, or of the fact that it was replaced.

Knows no folder.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from agent.batch.engines.local import LocalEngine
from agent.batch.records import BatchRow, Order, row_of, task_name
from agent.batch.running import Batch
from agent.failures import UNREAD
from agent.run_folder import asset_id
from graphs.records import Inspection


class Landed(Order):
    """A file as it landed."""

    sha256: str
    """Of its content, which is what is inspected; `UNREAD` where it may not be read."""


def landed(path: Path, sha256: str, *, product: str | None, labels: dict[str, str]) -> Landed:
    """The order of a file: its path and its content name it, so that each has one row."""
    task = task_name(str(path), product, {"sha256": sha256}, nth=0)
    return Landed(task=task, asset=str(path), product=product, labels=labels, sha256=sha256)


class LandedEngine(LocalEngine):
    """Inspects what landed, in this process."""

    def name(self, order: Landed) -> None:
        """Let the record of a file not lie where that of an earlier content of it does."""
        name = f"{asset_id(order.path)}-{order.sha256[:8]}"
        self.inspector.run.names[order.path] = name

    async def kept(self, order: Order, inspection: Inspection) -> BatchRow:
        """As a batch; a record of another content than landed is no answer."""
        expected = order.sha256 if isinstance(order, Landed) else UNREAD
        if expected in (UNREAD, inspection.asset.sha256):
            return await super().kept(order, inspection)
        folder = self.inspector.run.inspection_path(inspection.id).parent
        shutil.rmtree(folder, ignore_errors=True)
        what = (
            "vanished"
            if inspection.asset.sha256 == UNREAD
            else "was replaced by another, which has a row of its own,"
        )
        row = row_of(order, inspection).model_copy(
            update={
                "sha256": expected,
                "inspection": "",
                "decision": None,
                "status": "failed",
                "reason": f"{order.asset}: the file {what} while it was inspected",
                "raw_score": None,
                "score": None,
                **{name: [] for name in ("findings", "failure_modes", "rules")},
                "cause": "",
                "remediation": "",
            }
        )
        await self.log.add(row)
        return row


@dataclass
class LandedFiles(Batch):
    """Landed files under way in one process."""

    engine: LandedEngine

    async def _key(self, order: Order) -> str | None:
        """Of the content that landed, which was read already."""
        digest = order.sha256 if isinstance(order, Landed) else UNREAD
        return None if digest == UNREAD else f"{digest} {order.product}"
