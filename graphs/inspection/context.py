"""What one run of the inspection graph is given: mind, budget, ports. Builds no clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from graphs.fusion import EQUAL, Weights
from graphs.inspection.pictures import OpenPictures
from graphs.journal import Journal, NoJournal
from graphs.minds.contract import Mind
from graphs.records import Strategy
from knowledge.records import Calibration, Product
from tools.arrays import UInt8Image
from tools.asset_ports import AssetMemory, AssetPort
from tools.assets import DEFAULT_MAX_PIXELS
from tools.errors import SettingsError
from tools.experts.zero_shot import ZeroShotMemory
from tools.ports import ArtifactPort, KnowledgePort, Memory

if TYPE_CHECKING:
    from tools.regions.sam.contract import Segmenter

DEFAULT_TOOLS = ("mark", "zoom", "compare", "score", "measure", "look_up")
EMBEDDED = "embedded"
"""Name of the mind that needs no VLM."""


@dataclass(frozen=True, kw_only=True)
class ProductModel:
    """What was learned of one product: knowledge, memories of the experts, calibration, parts."""

    product: Product
    memories: dict[str, Memory]
    """By expert name; of experts that score pictures."""
    calibration: Calibration
    asset_memories: Mapping[str, AssetMemory] = field(default_factory=dict)
    """By expert name, `NAME@PART` where the product has several parts; of experts that score
    assets in their own coordinates."""
    references: Sequence[AssetPort] = ()
    """Opened; none where the references are images."""
    parts: Any = None
    """tools.parts.PartsTemplate, or None where none could be learned."""
    parts_reason: str = ""
    """Why there is no template of parts."""
    versions: dict[str, str] = field(default_factory=dict)
    """By expert name; recorded in the inspection."""
    left_out: dict[str, str] = field(default_factory=dict)
    """By expert name: why an expert that was learned takes no part."""
    chosen: Sequence[str] = ()
    """Experts that a person asked for by name."""


class ProductModels(Protocol):
    """Where models of products come from. Blocking; the graph calls it in a worker thread."""

    def recall(self, image_hwc: UInt8Image) -> tuple[str, float] | None:
        """The product that a picture shows and the similarity in [-1, 1]; None where none is."""
        ...

    def model(self, product_name: str) -> ProductModel:
        """The model of a product, learned and calibrated on first use.

        Raises:
            KnowledgeError: where the product is unknown; names those that are known.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What one inspection may spend. When one is spent the graph judges with what it has."""

    rounds: int = 6
    """Turns of the mind. 0 means no limit."""
    vlm_calls: int = 0
    """Calls of a VLM. 0 means no limit."""
    tokens: int = 0
    """Input and output tokens together. 0 means no limit."""
    pictures: int = 0
    """Pictures sent to a VLM, a sheet of many as one. 0 means no limit."""
    usd: float = 0.0
    """Money, in US dollars. 0 means no limit."""
    seconds: float = 0.0
    """Wall-clock time of this run. 0 means no limit."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """Collaborators and settings of one run; frozen, never checkpointed."""

    mind: Mind
    models: ProductModels
    knowledge: KnowledgePort
    artifacts: ArtifactPort
    budget: Budget = field(default_factory=Budget)
    strategy: Strategy = "rounds"
    allowed_tools: Sequence[str] = DEFAULT_TOOLS
    human_review: bool = False
    """Ask a person where the decision is review."""
    max_pixels: int = DEFAULT_MAX_PIXELS
    """Pictures with more pixels are refused."""
    seed: int = 0
    cases_before: str = ""
    """ISO 8601; cases made later are not recalled, so that the order of a run decides nothing.
    Empty: all are."""
    question: str = ""
    """What a person wants to know of the part; empty where only the verdict."""
    stability: bool = False
    """Ask the direct judgement in three more ways; disagreement means review."""
    n_references_shown: int = 2
    """Reference pictures that a mind that sees is shown; one where each shows its own place."""
    weights: Weights = EQUAL
    """Of the sources in the fusion of scores."""
    zero_shot: Mapping[str, ZeroShotMemory] = field(default_factory=dict)
    """Experts that need no references, by name; they speak where the product is unknown."""
    segmenter: Segmenter | None = None
    """SAM, or None where its weights are not set up."""
    device: str = "cpu"
    """torch's name of the device that divides pictures."""
    journal: Journal = field(default_factory=NoJournal)
    """Is told of every node, call and tool as it happens."""
    pictures: OpenPictures = field(default_factory=OpenPictures)
    held: dict[str, ProductModel] = field(init=False, repr=False, default_factory=dict)
    """Models that were asked for, by product: a run sees each in one state. A copy has none."""

    def __post_init__(self) -> None:
        if self.strategy == "direct" and self.mind.name == EMBEDDED:
            raise SettingsError(
                "strategy direct needs a VLM, and the mind is embedded; "
                "configure a model, or choose the strategy rounds or expert"
            )
