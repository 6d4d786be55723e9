"""Small real collaborators of the inspection graph, scripted where a mind would think."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from graphs.calibrate import fit_calibration
from graphs.inspection.context import Context, ProductModel
from graphs.minds.contract import Direct, Refutation, Scene, Turn, Variation
from graphs.records import Candidate, Usage
from knowledge.records import Calibration, FailureMode, Product, Rule
from tools.arrays import UInt8Image
from tools.artifacts import ArtifactFolder
from tools.errors import KnowledgeError
from tools.ports import CaseQuery, ExpertScore, Passage, ReferencePicture, SimilarCase

SIDE_PX = 96
NORMAL_SCORES = [0.5, 1.0, 1.5, 2.0]
LEVEL = 40.0


class DifferenceMemory:
    """Scores by the difference to one reference, without registration."""

    def __init__(self, reference_hwc: UInt8Image) -> None:
        self._reference = reference_hwc.astype(np.float32)
        self.n_scored = 0

    def score(
        self, images_hwc: Sequence[UInt8Image], *, exclude: Sequence[int | None] = ()
    ) -> list[ExpertScore]:
        self.n_scored += len(images_hwc)
        maps = [np.abs(image - self._reference).mean(axis=2) for image in images_hwc]
        return [ExpertScore(float(one.mean()), one.astype(np.float32)) for one in maps]


class OneProduct:
    """Models of a single product, which every picture shows unless told otherwise."""

    def __init__(self, model: ProductModel, *, recalled: bool = True) -> None:
        self._model = model
        self._recalled = recalled

    def recall(self, image_hwc: UInt8Image) -> tuple[str, float] | None:
        return (self._model.product.name, 0.9) if self._recalled else None

    def model(self, product_name: str) -> ProductModel:
        if product_name != self._model.product.name:
            raise KnowledgeError(
                f"no product {product_name!r}; known is {self._model.product.name}"
            )
        return self._model


class OneReference:
    """Knowledge of one product: its rules by shared words, and one reference."""

    def __init__(self, product: Product, reference_hwc: UInt8Image) -> None:
        self._product = product
        self._reference = reference_hwc

    def look_up(
        self, query: str, *, product: str, kinds: Sequence[str] = (), k: int = 5
    ) -> list[Passage]:
        words = set(query.lower().split())
        found = [
            Passage("rule", rule.id, rule.text, f"rules.yaml {rule.id}", relevance)
            for rule in self._product.rules
            if (relevance := _shared(words, rule.text)) > 0
        ]
        return sorted(found, key=lambda one: -one.relevance)[:k]

    def nearest_references(
        self, image_hwc: UInt8Image, *, product: str, k: int = 1
    ) -> list[ReferencePicture]:
        return [ReferencePicture("ref-1", 0, "ref.png", self._reference, 1.0)]

    def similar_cases(
        self, image_hwc: UInt8Image, *, query: CaseQuery, k: int = 3
    ) -> list[SimilarCase]:
        return []


class ScriptedMind:
    """Plays back turns; an exception among them is raised."""

    def __init__(self, turns: Sequence[Turn | Exception], *, name: str = "scripted") -> None:
        self._turns = iter(turns)
        self._name = name
        self.scenes: list[Scene] = []

    @property
    def name(self) -> str:
        return self._name

    async def look(self, scene: Scene) -> Turn:
        self.scenes.append(scene)
        turn = next(self._turns)
        if isinstance(turn, Exception):
            raise turn
        return turn

    async def refute(self, scene: Scene, candidates: Sequence[Candidate]) -> Refutation:
        return Refutation(survivors=list(candidates), refuted=[])


class SeeingScriptedMind(ScriptedMind):
    """Plays back turns, judgements at first sight and refutations; exceptions are raised."""

    def __init__(
        self,
        turns: Sequence[Turn | Exception],
        *,
        directs: Mapping[str, float | Exception],
        refutation: Refutation | Exception | None = None,
        delay_s: float = 0.0,
    ) -> None:
        super().__init__(turns, name="vlm:scripted")
        self._directs = directs
        self._refutation = refutation
        self._delay_s = delay_s
        self.asked_to_refute: list[list[Candidate]] = []

    async def look(self, scene: Scene) -> Turn:
        await asyncio.sleep(self._delay_s)
        return await super().look(scene)

    async def direct(self, scene: Scene, *, variation: Variation = "plain") -> Direct:
        score = self._directs[variation]
        if isinstance(score, Exception):
            raise score
        return Direct(score=score, thought="seen", variation=variation, usage=Usage(vlm_calls=1))

    async def refute(self, scene: Scene, candidates: Sequence[Candidate]) -> Refutation:
        self.asked_to_refute.append(list(candidates))
        if isinstance(self._refutation, Exception):
            raise self._refutation
        return self._refutation or await super().refute(scene, candidates)


def _shared(words: set[str], text: str) -> float:
    own = set(text.lower().rstrip(".").split())
    return len(words & own) / len(own)


@pytest.fixture
def reference_hwc() -> UInt8Image:
    """A grey plate with a lighter frame."""
    image = np.full((SIDE_PX, SIDE_PX, 3), 90, dtype=np.uint8)
    image[:6], image[-6:], image[:, :6], image[:, -6:] = 140, 140, 140, 140
    rng = np.random.default_rng(0)
    return np.asarray(image + rng.integers(0, 12, image.shape), dtype=np.uint8)


@pytest.fixture
def good_part(tmp_path: Path, reference_hwc: UInt8Image) -> Path:
    path = tmp_path / "good.png"
    Image.fromarray(reference_hwc).save(path)
    return path


@pytest.fixture
def scratched_part(tmp_path: Path, reference_hwc: UInt8Image) -> Path:
    """A bright square at (40, 30) to (60, 50)."""
    image = reference_hwc.copy()
    image[30:50, 40:60] = 250
    path = tmp_path / "scratched.png"
    Image.fromarray(image).save(path)
    return path


@pytest.fixture
def calibration() -> Calibration:
    return fit_calibration(
        product="plate",
        product_digest="d",
        mind="embedded",
        key="k",
        scores={"difference": [[score] for score in NORMAL_SCORES]},
        map_maxima={"difference": [[LEVEL] for _ in NORMAL_SCORES]},
    )


@pytest.fixture
def product() -> Product:
    return Product(
        name="plate",
        descriptor="A grey plate.",
        mm_per_px=0.1,
        rules=[Rule(id="R1", kind="must", text="The plate has no bright spot.")],
        failure_modes=[
            FailureMode(
                id="FM1",
                mode="bright spot",
                appearance="bright white patch",
                cause="coolant splashed",
                remediation="shield the nozzle",
                severity=5,
                occurrence=3,
                detection=2,
                source="fmea.csv line 2",
            )
        ],
        digest="d",
    )


@pytest.fixture
def model(product: Product, calibration: Calibration, reference_hwc: UInt8Image) -> ProductModel:
    return ProductModel(
        product=product,
        memories={"difference": DifferenceMemory(reference_hwc)},
        calibration=calibration,
        versions={"difference": "1"},
    )


@pytest.fixture
def scripted() -> type[ScriptedMind]:
    """A mind that plays back turns."""
    return ScriptedMind


@pytest.fixture
def seeing() -> type[SeeingScriptedMind]:
    """A mind that is shown pictures and plays back what it says of them."""
    return SeeingScriptedMind


@pytest.fixture
def make_context(
    tmp_path: Path, model: ProductModel, reference_hwc: UInt8Image
) -> Callable[..., Context]:
    """Builds the context of a run; keyword arguments replace its fields."""

    def make(mind: Any, *, recalled: bool = True, **fields: Any) -> Context:
        fields.setdefault("models", OneProduct(model, recalled=recalled))
        fields.setdefault("knowledge", OneReference(model.product, reference_hwc))
        fields.setdefault("artifacts", ArtifactFolder(tmp_path / "artifacts"))
        return Context(mind=mind, **fields)

    return make
