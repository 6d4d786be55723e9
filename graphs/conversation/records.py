"""The records of a conversation. Persisted in checkpoints, so this module stays."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from graphs.records import ToolCall, Usage
from tools.records import Record

SourceKind = Literal[
    "inspection",
    "evidence",
    "finding",
    "rule",
    "failure_mode",
    "note",
    "case",
    "query",
    "method",
    "hypothesis",
    "correction",
]


class Source(Record):
    """Something that an answer may cite, since a tool showed it in this conversation."""

    id: str
    """As it is cited: I1, I1.E3, I1.F1, rule:P/R4, mode:P/NAME, case:ID, note:..., Q1, M1, H1."""
    kind: SourceKind
    text: str
    """What it says, in a sentence."""
    inspection: str = ""
    """`<run>/<asset>` of the inspection that it is of."""
    artifact: str = ""
    """Digest of its picture."""
    data: dict[str, JsonValue] = Field(default_factory=dict)
    """Its structured result: rows and the inspections behind them, the branches of a diagram."""


class ShownPicture(Record):
    """A picture of the conversation."""

    artifact: str
    """Digest in the thread's folder of artifacts."""
    caption: str


class GivenAsset(Record):
    """A file that the person gave."""

    id: str = Field(pattern=r"^A[1-9][0-9]*$")
    path: str
    artifact: str = ""
    """Digest of its picture at one glance; empty where it cannot be read."""
    problem: str = ""
    """Why it cannot be read."""


class PendingReview(Record):
    """An inspection that waits for a person's decision."""

    asset: str = ""
    """Id of the file, A1."""
    path: str
    product: str | None
    ref: str
    """`<run>/<asset>`."""
    thread: str
    """Of the inspection's checkpoints."""
    reason: str
    """Why nobody but a person can decide."""
    findings: list[str] = Field(default_factory=list)


class SeenInspection(Record):
    """An inspection that the conversation speaks of."""

    id: str = Field(pattern=r"^I[1-9][0-9]*$")
    ref: str
    """`<run>/<asset>`."""
    path: str
    product: str | None
    decision: str | None
    n_evidence: int
    """Ids of evidence that are taken, those of later looks counted."""


class Change(Record):
    """A change of a hypothesis."""

    likelihood: float = Field(ge=0, le=1)
    why: str


class Hypothesis(Record):
    """What may be the cause."""

    id: str = Field(pattern=r"^H[1-9][0-9]*$")
    text: str
    likelihood: float = Field(ge=0, le=1)
    support: list[str] = Field(default_factory=list)
    """Sources that speak for it, as they are cited."""
    against: list[str] = Field(default_factory=list)
    status: Literal["open", "confirmed", "rejected"] = "open"
    history: list[Change] = Field(default_factory=list)
    """The oldest first."""


class Document(Record):
    """A file that was written."""

    title: str
    path: str


class Step(Record):
    """One move of the mind and what its tools answered."""

    calls: list[ToolCall]
    reply: str = ""
    """A VLM's text as it stood."""
    observations: list[str] = Field(default_factory=list)
    data: list[dict[str, JsonValue]] = Field(default_factory=list)
    """The structured result of each call."""
    pictures: list[ShownPicture] = Field(default_factory=list)


class TalkTurn(Record):
    """What a person said, and what was answered."""

    number: int = Field(ge=1)
    said: str
    assets: list[str] = Field(default_factory=list)
    """Ids of the files that came with it."""
    answer: str
    asks: bool = False
    """Whether the answer is a question to the person."""
    citations: list[str] = Field(default_factory=list)
    pictures: list[ShownPicture] = Field(default_factory=list)
    documents: list[Document] = Field(default_factory=list)
    tools: list[str] = Field(default_factory=list)
    mind: str
    usage: Usage = Field(default_factory=Usage)
    at: str
    """ISO 8601, UTC."""
