"""The records of what was decided. Persisted and published as JSON Schema, so this module stays."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tools.records import Asset, Evidence, Record, Region, Scalar, View

FORMAT = "loupe.inspection/1"

Decision = Literal["normal", "anomalous", "review"]
Status = Literal["decided", "degraded", "failed"]
Strategy = Literal["direct", "rounds", "expert"]


class Finding(Record):
    """One claim about one region."""

    id: str = Field(pattern=r"^F[1-9][0-9]*$")
    claim: str
    rule_ids: list[str] = Field(default_factory=list)
    evidence_ids: list[str] = Field(min_length=1)
    failure_mode: str | None = None
    """Id of the failure mode whose appearance it has; None where none fits."""
    region: int | None = None
    """Number of a region of the verdict."""
    other_regions: list[int] = Field(default_factory=list)
    """Numbers of further regions of the verdict where the same rule is broken."""


class Cause(Record):
    """Why it probably happened."""

    text: str
    likelihood: float = Field(ge=0, le=1)
    evidence_ids: list[str] = Field(min_length=1)
    source: str
    """The failure mode, case or note that says so."""


class Remediation(Record):
    """What to do about it."""

    text: str
    source: str = Field(min_length=1)


class Thresholds(Record):
    """On the calibrated score: below `low` normal, from `high` on anomalous, between review."""

    low: float
    high: float
    basis: str
    """Where they come from: a calibration with its overkill rate, or the documented default."""


class Refuted(Record):
    """A candidate that did not become a finding, and why."""

    claim: str
    reason: str
    evidence_ids: list[str] = Field(default_factory=list)


class Verdict(Record):
    """The outcome. A failed inspection has no decision."""

    decision: Decision | None
    raw_score: float | None = None
    """Continuous, higher is worse; AUROC is computed on it."""
    score: float | None = Field(default=None, ge=0, le=1)
    """Calibrated probability that the part is anomalous."""
    p_value: float | None = Field(default=None, ge=0, le=1)
    """Conformal: share of normal scores at least as high. Low is anomalous."""
    calibrated: bool = False
    thresholds: Thresholds | None = None
    reason: str
    status: Status
    fusion: dict[str, float] = Field(default_factory=dict)
    """Raw score of each source that took part; absent ones dropped out."""
    fusion_basis: str = ""
    """Which weights: `equal weights`, or the name of the suite that fitted them."""
    findings: list[Finding] = Field(default_factory=list)
    regions: list[Region] = Field(default_factory=list)
    causes: list[Cause] = Field(default_factory=list)
    remediation: list[Remediation] = Field(default_factory=list)
    refuted: list[Refuted] = Field(default_factory=list)


class ToolCall(Record):
    """A call that a mind asked for."""

    id: str
    tool: str
    arguments: dict[str, Scalar | list[Scalar] | None] = Field(default_factory=dict)


class Candidate(Record):
    """A claim before it was judged."""

    claim: str
    region: int | None = None
    """Number of a region in the state."""
    other_regions: list[int] = Field(default_factory=list)
    """Numbers of further regions of which it claims the same."""
    evidence_ids: list[str] = Field(default_factory=list)
    rule_ids: list[str] = Field(default_factory=list)
    suspicion: float = Field(default=0.5, ge=0, le=1)

    @property
    def places(self) -> list[int]:
        """Numbers of all its regions."""
        return [*([] if self.region is None else [self.region]), *self.other_regions]


class Round(Record):
    """One turn of the mind and the tool calls that it asked for."""

    number: int = Field(ge=1)
    thought: str
    tool_calls: list[ToolCall] = Field(default_factory=list)
    candidates: list[Candidate] = Field(default_factory=list)
    submitted: bool = False
    observations: list[str] = Field(default_factory=list)
    """What each tool call answered, in order: text, or the tool's refusal."""
    evidence_ids: list[str] = Field(default_factory=list)
    """What its tool calls brought."""
    view_ids: list[str] = Field(default_factory=list)
    """Views that its tool calls made."""
    reply: str = ""
    """A VLM's text as it stood."""


class Usage(Record):
    """What the inspection cost."""

    vlm_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    """Of the input tokens: those that the server had from an earlier request."""
    images: int = 0
    picture_bytes: int = 0
    """Of the encoded pictures that were sent."""
    cost_usd: float = 0.0
    """Of the calls whose price is known."""
    unpriced_calls: int = 0
    """Answered calls of which no price is known."""
    seconds: float = 0.0
    tool_seconds: dict[str, float] = Field(default_factory=dict)


class TraceEvent(Record):
    """One step of the graph."""

    node: str
    seconds: float
    detail: str = ""


class Recall(Record):
    """What was recalled of the product."""

    product: str | None
    """None where nothing in the store is near."""
    given: bool
    similarity: float | None = None
    references: list[str] = Field(default_factory=list)
    """Ids of the nearest references, nearest first."""
    reference_artifacts: list[str] = Field(default_factory=list)
    """Digests of those of them that a mind was shown, in the same order."""
    cases: list[str] = Field(default_factory=list)


class Inspection(Record):
    """The whole record of one asset."""

    format: Literal["loupe.inspection/1"] = "loupe.inspection/1"
    id: str
    asset: Asset
    product: str | None
    recall: Recall
    mind: str
    strategy: Strategy
    views: list[View]
    verdict: Verdict
    evidence: list[Evidence]
    rounds: list[Round]
    usage: Usage
    trace: list[TraceEvent]
    degraded: list[str] = Field(default_factory=list)
    """Reasons why the inspection had to do without something."""
    endpoints: list[str] = Field(default_factory=list)
    """Which of several endpoints of the VLM answered; empty where there is one."""
    created: str
    """ISO 8601, UTC."""
    versions: dict[str, str] = Field(default_factory=dict)
    labels: dict[str, str] = Field(default_factory=dict)
    """What somebody said of the part: station, lot, shift; `time` is when it was made, ISO 8601."""
