"""What a batch is asked, and what it keeps of each row. Knows no file format.

The lines outlive the code that wrote them, so this module stays.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal

from pydantic import Field

from graphs.records import Decision, Inspection, Status
from tools.records import Record


class Order(Record):
    """One row of a manifest: what is to be inspected."""

    task: str
    """Its name in the run; the same row has the same name wherever it stands in its file."""
    asset: str
    """Path of the file."""
    product: str | None = None
    """Name or alias; recalled by likeness where None."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Everything else that the row says: lot, station, time."""

    @property
    def path(self) -> Path:
        """Of the file."""
        return Path(self.asset)


class BatchRow(Record):
    """The one result of one order: one line of `results.jsonl`."""

    format: Literal["loupe.batch/1"] = "loupe.batch/1"
    task: str
    asset: str
    sha256: str = ""
    """Of the file; empty where it could not be read."""
    ordered: str | None = None
    """Product that the order names."""
    product: str | None = None
    """As it was recognised, or ordered."""
    labels: dict[str, str] = Field(default_factory=dict)
    inspection: str = ""
    """Name of the record's folder below `inspections`; that of another row with the same file."""
    shared: bool = False
    """Whether another row's inspection is this one's: the files are equal."""
    decision: Decision | None = None
    status: Status
    reason: str = ""
    """Why there is no decision, or what it was made without."""
    raw_score: float | None = None
    score: float | None = None
    findings: list[str] = Field(default_factory=list)
    failure_modes: list[str] = Field(default_factory=list)
    rules: list[str] = Field(default_factory=list)
    """Ids of those that are broken."""
    cause: str = ""
    """The likeliest."""
    remediation: str = ""
    endpoints: list[str] = Field(default_factory=list)
    """Which of several of the VLM answered."""
    vlm_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0
    created: str = ""


def task_name(asset: str, product: str | None, labels: dict[str, str], *, nth: int) -> str:
    """The name of an order: of what it says, not of where it stands.

    Args:
        asset: path as it is given.
        product: that is ordered.
        labels: of the row.
        nth: how many rows before it say the very same.
    """
    said = json.dumps([asset, product, sorted(labels.items()), nth], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:20]


def row_of(order: Order, inspection: Inspection, *, shared: bool = False) -> BatchRow:
    """What is kept of an inspection."""
    verdict, used = inspection.verdict, inspection.usage
    likeliest = max(verdict.causes, key=lambda one: one.likelihood, default=None)
    first = verdict.remediation[0].text if verdict.remediation else ""
    modes = [one.failure_mode for one in verdict.findings if one.failure_mode]
    reason = verdict.reason if verdict.status == "failed" else " ".join(inspection.degraded)
    return BatchRow(
        task=order.task,
        asset=order.asset,
        sha256=inspection.asset.sha256,
        ordered=order.product,
        product=inspection.product or order.product,
        labels=order.labels,
        inspection=inspection.id,
        shared=shared,
        decision=verdict.decision,
        status=verdict.status,
        reason=reason,
        raw_score=verdict.raw_score,
        score=verdict.score,
        findings=[one.claim for one in verdict.findings],
        failure_modes=list(dict.fromkeys(modes)),
        rules=list(dict.fromkeys(rule for one in verdict.findings for rule in one.rule_ids)),
        cause="" if likeliest is None else likeliest.text,
        remediation=first,
        endpoints=inspection.endpoints,
        # What an equal file has cost was paid once.
        vlm_calls=0 if shared else used.vlm_calls,
        input_tokens=0 if shared else used.input_tokens,
        output_tokens=0 if shared else used.output_tokens,
        cost_usd=0.0 if shared else used.cost_usd,
        seconds=0.0 if shared else used.seconds,
        created=str(inspection.created),
    )


def row_like(order: Order, other: BatchRow) -> BatchRow:
    """The row of an order whose file equals another row's: that inspection is its own."""
    return other.model_copy(
        update={
            "task": order.task,
            "asset": order.asset,
            "labels": order.labels,
            "shared": True,
            "vlm_calls": 0,
            "input_tokens": 0,
            "output_tokens": 0,
            "cost_usd": 0.0,
            "seconds": 0.0,
        }
    )
