"""What tools expect of others, as Protocols: experts, knowledge, artifacts; and what a tool is.

Whoever implements a port is handed in as an argument. Knows no implementation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from numpy.typing import NDArray
from pydantic import BaseModel

from tools.arrays import Float32Map, UInt8Image
from tools.asset_ports import AssetMemory, AssetPort, PicturePort
from tools.records import Evidence, Region, View

if TYPE_CHECKING:
    from tools.regions.sam.contract import Segmenter


class ExpertScore(NamedTuple):
    """What an expert says of one picture."""

    raw_score: float
    """Higher is worse, unbounded."""
    anomaly_map: Float32Map
    """(H, W) in the frame of the given picture, higher is worse."""


class Memory(Protocol):
    """What an expert learnt of one product. Scores pictures; changes nothing."""

    def score(
        self, images_hwc: Sequence[UInt8Image], *, exclude: Sequence[int | None] = ()
    ) -> list[ExpertScore]:
        """Score pictures against the references.

        Args:
            images_hwc: each (H, W, 3) RGB; sizes may differ.
            exclude: for each picture, the index of a reference that must not serve
                (leave-one-out), or None. Empty means that all serve.

        Raises:
            NotApplicable: where this expert has nothing to say of this picture.
        """
        ...


class Expert(Protocol):
    """A model that scores without words."""

    @property
    def name(self) -> str:
        """Its entry in the table of experts."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever its answers would: digest of weights and parameters."""
        ...

    def learn(self, references_hwc: Sequence[UInt8Image], *, per_place: bool) -> Memory:
        """Learn the normal look of a product.

        Args:
            references_hwc: each (H, W, 3) RGB, at least one.
            per_place: each reference shows its own place; none replaces another.
        """
        ...


class NotApplicable(Exception):
    """An expert has nothing to say of this picture and drops out of the fusion; says why."""


class Passage(NamedTuple):
    """A piece of knowledge that was found by text."""

    kind: str
    """rule, failure_mode, note or case."""
    id: str
    text: str
    source: str
    """File and place, for citation."""
    relevance: float
    """In [0, 1], higher is nearer."""
    asset_sha256: str = ""
    """For a case: digest of the file that was inspected."""


class CaseFinding(NamedTuple):
    """What one finding of a past inspection was about, and why it was so."""

    about: tuple[str, ...]
    """Names of failure modes and of failed checks; two findings of one name are alike."""
    causes: tuple[str, ...]


class SimilarCase(NamedTuple):
    """A past inspection of a picture like the one that was asked for."""

    id: str
    decision: str
    by_person: bool
    """Whether a person decided it."""
    text: str
    """What was found, and the operator's correction. Data, never an instruction."""
    correction: str
    """Of an operator; empty where there is none."""
    source: str
    """Id and time, for citation."""
    similarity: float
    """Cosine of the place descriptors, in [-1, 1]."""
    findings: tuple[CaseFinding, ...] = ()


class CaseQuery(NamedTuple):
    """Which past inspections are asked for."""

    product: str
    without_asset: str = ""
    """Digest of a file whose own past is none of its neighbours'."""
    before: str = ""
    """ISO 8601; only cases that were made before. Empty: all."""
    about: tuple[str, ...] = ()
    """Only cases with a finding of one of these names. Empty: all."""


class ReferencePicture(NamedTuple):
    """A normal example near to the picture that was asked for."""

    id: str
    position: int
    """Its place in the product's list of references."""
    path: str
    image_hwc: UInt8Image
    similarity: float
    """Cosine of the place descriptors, in [-1, 1]."""


class KnowledgePort(Protocol):
    """How tools reach knowledge."""

    def look_up(
        self, query: str, *, product: str, kinds: Sequence[str] = (), k: int = 5
    ) -> list[Passage]:
        """Rules, failure modes, notes and cases nearest to a text, best first."""
        ...

    def nearest_references(
        self, image_hwc: UInt8Image, *, product: str, k: int = 1
    ) -> list[ReferencePicture]:
        """References of the same place or pose as the picture, nearest first."""
        ...

    def similar_cases(
        self, image_hwc: UInt8Image, *, query: CaseQuery, k: int = 3
    ) -> list[SimilarCase]:
        """Past inspections of like pictures of a product, nearest first.

        Args:
            image_hwc: (H, W, 3) RGB.
            query: which of them.
            k: at most so many.
        """
        ...


class ArtifactPort(Protocol):
    """A content-addressed folder of pictures, and of arrays for the pages."""

    def put(self, image_hwc: UInt8Image) -> str:
        """Keep a picture as PNG; returns the sha256 of the file."""
        ...

    def get(self, digest: str) -> UInt8Image:
        """(H, W, 3) RGB of a kept picture; a KeyError where none is kept under the digest."""
        ...

    def png(self, digest: str) -> bytes:
        """The file of a kept picture; raises as `get`."""
        ...

    def put_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> str:
        """Keep named arrays as one npz; returns the sha256 of the file."""
        ...

    def get_arrays(self, digest: str) -> dict[str, NDArray[Any]]:
        """Kept arrays by name; a KeyError where none are kept under the digest."""
        ...


@dataclass(frozen=True, kw_only=True)
class ToolContext:
    """What a tool may use in one call."""

    picture: PicturePort
    """The asset's first picture; an image's only one."""
    views: dict[str, View]
    """Views made so far, by id."""
    product: str | None
    mm_per_px: float | None
    knowledge: KnowledgePort
    artifacts: ArtifactPort
    memories: dict[str, Memory]
    """By expert name; what the experts learnt of this product."""
    asset: AssetPort | None = None
    """The opened asset with all its pictures; None where there is but `picture`."""
    asset_memories: Mapping[str, AssetMemory] = field(default_factory=dict)
    """By expert name; what experts on the asset's own coordinates learnt of this product."""
    references: Sequence[AssetPort] = ()
    """Of a product whose references are no images: the opened references, in its order."""
    parts: Any = None
    """The product's template of parts (tools.parts), or None where none could be learned."""
    regions: dict[int, Region] = field(default_factory=dict)
    """Regions numbered so far, by number."""
    segmenter: Segmenter | None = None
    """SAM, or None where its weights are not set up."""
    device: str = "cpu"
    """torch's name of the device that divides pictures."""

    def picture_of(self, view_id: str | None) -> PicturePort:
        """The picture that a view was rendered from; the first one for None."""
        view = None if view_id is None else self.views.get(view_id)
        if self.asset is None or view is None or view.picture == self.picture.name:
            return self.picture
        return self.asset.picture(view.picture)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Evidence before it has its id: the graph numbers it."""

    tool: str
    view: str | None = None
    region: Region | None = None
    values: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    artifact: str | None = None
    element_scores: str | None = None
    source: str = ""

    def numbered(self, number: int) -> Evidence:
        """The evidence with the id `E<number>`."""
        return Evidence(
            id=f"E{number}",
            tool=self.tool,
            view=self.view,
            region=self.region,
            values=self.values,
            text=self.text,
            artifact=self.artifact,
            element_scores=self.element_scores,
            source=self.source,
        )


@dataclass(frozen=True, kw_only=True)
class ToolResult:
    """What a tool found. Text is for the mind; evidence is for the record."""

    text: str
    evidence: list[Draft] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    """New views, with ids that follow those in the context."""
    regions: list[Region] = field(default_factory=list)
    """New regions, with numbers that follow those in the context."""


class Tool(Protocol):
    """One tool: one file, one entry in tools.table.TOOLS."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str:
        """What it does and when to use it, for a mind."""
        ...

    @property
    def arguments(self) -> type[BaseModel]:
        """Schema with bounds."""
        ...

    @property
    def cost_s(self) -> float:
        """Typical seconds on two cores, for budgets."""
        ...

    def run(self, context: ToolContext, arguments: Any) -> ToolResult:
        """Do it. Runs in a worker thread.

        Raises:
            ToolError: to the mind; says what to try.
        """
        ...
