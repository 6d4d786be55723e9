"""What a mind is: it looks at the state of an inspection and says what it thinks and wants next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from graphs.minds.chat import FaultKind
from graphs.records import Candidate, Recall, Refuted, Round, ToolCall, Usage
from knowledge.records import Product
from tools.records import Evidence, Modality, Region, View

Variation = Literal["plain", "paraphrased", "swapped", "mirrored"]
"""How the direct judgement is asked: as it is, in other words, with the references in another
order, or with every picture mirrored."""


class ReferenceShown(NamedTuple):
    """A reference picture that a mind may be shown."""

    id: str
    artifact: str
    """Digest in the artifact folder."""


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
    references: Sequence[ReferenceShown] = ()
    """Nearest first; filled for minds that see pictures."""
    recall: Recall | None = None
    question: str = ""
    """What a person wants to know of this part; empty where only the verdict."""
    contact_sheet: str = ""
    """Digest of the picture of all views at once, where the asset shows itself in several."""
    modality: Modality = "image"
    rounds_left: int | None = None
    """Turns that the budget still allows, this one counted; None where there is no limit."""

    @cached_property
    def evidence_by_id(self) -> Mapping[str, Evidence]:
        """Made once: each round told again looks for its own."""
        return {one.id: one for one in self.evidence}

    def evidence_of(self, done: Round) -> list[Evidence]:
        """What a round's tools found, in order."""
        known = self.evidence_by_id
        return [known[name] for name in done.evidence_ids if name in known]


class ClaimedBox(NamedTuple):
    """Where a mind says something is, though no numbered region is there yet."""

    candidate: int
    """Position in the turn's candidates."""
    view: str
    box_xyxy: tuple[float, float, float, float]
    """In original-image pixels, inside the view's window."""


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
    boxes: list[ClaimedBox] = field(default_factory=list)
    """Become numbered regions of the state, and those of their candidates."""
    reply: str = ""
    """The model's text as it stood, so that later requests repeat it to the letter."""
    unanswerable: str = ""
    """Why the question or the picture allows no answer, where the mind says so."""
    region_scores: dict[int, float] = field(default_factory=dict)
    """By number of a region of the scene, where the mind rated them; in [0, 1]."""


@dataclass(frozen=True, kw_only=True)
class Direct:
    """A judgement at first sight: the whole picture beside references, no tools."""

    score: float
    """In [0, 1]: how likely the part is anomalous."""
    thought: str
    variation: Variation = "plain"
    usage: Usage = field(default_factory=Usage)
    unanswerable: str = ""
    regions: list[Region] = field(default_factory=list)
    """Where the mind was shown marks of its own and rated them: each with its score and mask, for
    `to_anomaly_map`. Numbered from 1 in that picture, and not among the scene's regions."""


@dataclass(frozen=True, kw_only=True)
class Refutation:
    """Which candidates survive, and why the others do not."""

    survivors: list[Candidate]
    refuted: list[Refuted]
    usage: Usage = field(default_factory=Usage)


class MindFault(Exception):
    """A mind that could not answer, after its bounded retries. The inspection goes on without."""

    def __init__(self, kind: FaultKind, message: str, *, usage: Usage | None = None) -> None:
        super().__init__(message)
        self.kind: FaultKind = kind
        self.message = message
        """One sentence for the record: what was asked, what came, how often it was tried."""
        self.usage = usage or Usage()
        """What the attempts cost."""


class Mind(Protocol):
    """A VLM, or the embedded mind that needs none."""

    @property
    def name(self) -> str:
        """As it stands in every verdict, for example `embedded`."""
        ...

    async def look(self, scene: Scene) -> Turn:
        """Think once: candidates so far, and tool calls or a submission.

        Raises:
            MindFault: where no usable answer came.
        """
        ...

    async def refute(self, scene: Scene, candidates: Sequence[Candidate]) -> Refutation:
        """Try to refute each candidate that measurement and alignment left undecided.

        Raises:
            MindFault: where no usable answer came.
        """
        ...


@runtime_checkable
class SeeingMind(Protocol):
    """A mind that is shown pictures and can judge at first sight."""

    async def direct(self, scene: Scene, *, variation: Variation = "plain") -> Direct:
        """Judge the whole picture beside its references, in one call without tools.

        Raises:
            MindFault: where no usable answer came.
        """
        ...
