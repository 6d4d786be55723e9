"""What a mind is: it looks at the state of an inspection and says what it thinks and wants next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from graphs.records import Candidate, Refuted, Round, ToolCall, Usage
from knowledge.records import Product
from tools.records import Evidence, Region, View


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What a mind is shown: the records of an inspection so far, never pixels."""

    product: Product | None
    views: list[View]
    evidence: list[Evidence]
    regions: list[Region]
    rounds: list[Round]
    levels: dict[str, float]
    """By expert: the raw score that a normal part of this product does not exceed."""
    suspicion: float
    """Calibrated score of the experts so far, in [0, 1]."""
    tools: Sequence[str]
    """Names of the tools that may be called."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One answer of a mind: candidates, and either tool calls or a submission."""

    thought: str
    candidates: list[Candidate] = field(default_factory=list)
    tool_calls: list[ToolCall] = field(default_factory=list)
    submitted: bool = False
    raw_score: float | None = None
    """The mind's own score of the part, where it gives one; higher is worse."""
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, kw_only=True)
class Refutation:
    """Which candidates survive, and why the others do not."""

    survivors: list[Candidate]
    refuted: list[Refuted]
    usage: Usage = field(default_factory=Usage)


class Mind(Protocol):
    """A VLM, or the embedded mind that needs none."""

    @property
    def name(self) -> str:
        """As it stands in every verdict, for example `embedded`."""
        ...

    async def look(self, scene: Scene) -> Turn:
        """Think once: candidates so far, and tool calls or a submission."""
        ...

    async def refute(self, scene: Scene, candidates: Sequence[Candidate]) -> Refutation:
        """Try to refute each candidate that measurement and alignment left undecided."""
        ...
