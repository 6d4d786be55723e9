"""What is kept of one evaluated sample: one line of `results.jsonl`. Knows no metric.

The lines outlive the code that wrote them, so this module stays.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from graphs.records import Decision, Status
from tools.records import Box, Record, Scalar

ROW_FORMAT = "loupe.evaluated/1"

Reason: TypeAlias = Literal[
    "refused", "unparsable", "out_of_budget", "image_unreadable", "instrument_failed"
]
"""Why there is no answer, or none of the mind's. The first three are the mind's own doing, the
others the instrument's."""
MINDS_OWN: frozenset[Reason] = frozenset({"refused", "unparsable", "out_of_budget"})
"""Reasons that count as wrong answers; the others say nothing of the mind."""
Role: TypeAlias = Literal["test", "threshold"]
"""Whether a sample is scored, or is a normal one that thresholds are taken from."""


class Spent(Record):
    """What one sample cost, over all of its attempts."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0


class Row(Record):
    """One sample under one condition: what it is, and what came out."""

    format: Literal["loupe.evaluated/1"] = "loupe.evaluated/1"
    task: str
    """Its name in the run; a later line of the same name replaces an earlier one."""
    condition: str
    data_set: str
    product: str
    sample: str
    """The sample's id in its data set."""
    draw: int = 0
    repeat: int = 0
    role: Role = "test"
    gt_label: int = Field(ge=0, le=1)
    """1 = anomalous."""
    defect_type: str | None = None
    gt_share: float | None = None
    """Share of the picture's pixels that are anomalous; None where there is no mask."""
    gt_boxes_xyxy: list[Box] = Field(default_factory=list)
    """Labelled boxes, pixels of the picture that was shown; empty also where the set has none."""
    gt_box_types: list[str] = Field(default_factory=list)
    """The labelled type of each box."""
    status: Status
    reason: Reason | None = None
    """None exactly where the status is decided."""
    detail: str = ""
    """One line about the reason."""
    decision: Decision | None = None
    raw_score: float | None = None
    """Continuous, higher is worse."""
    score: float | None = None
    """Calibrated probability that the sample is anomalous."""
    sources: dict[str, float] = Field(default_factory=dict)
    """Raw score of each expert and mind that took part."""
    boxes_xyxy: list[Box] = Field(default_factory=list)
    """Of the regions of the verdict, pixels of the picture that was shown."""
    answer: str = ""
    """What a model said, where it was asked in a paper's own words."""
    asked: str = ""
    """The data set's own questions, where it has some."""
    expected: str = ""
    """What it should have said, where that is a text or a choice."""
    values: dict[str, Scalar] = Field(default_factory=dict)
    """What else a protocol notes."""
    shown: str = ""
    """The picture that was judged, as its condition changed it."""
    record: str = ""
    """Where the inspection's record lies, below the run's folder."""
    anomaly_map: str = ""
    """Where the map lies, below the run's folder."""
    spent: Spent = Spent()

    @property
    def answered(self) -> bool:
        """Whether there is a decision or an answer, whoever gave it."""
        return self.status != "failed"

    def outcome(self) -> dict[str, object]:
        """The row without what differs between two runs of the same: times, prices and paths."""
        return self.model_dump(exclude={"spent", "detail", "shown"})
