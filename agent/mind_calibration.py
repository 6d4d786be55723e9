"""Calibrates a VLM on a product: it inspects every reference as if it were a part.

Costs calls, so it runs only when somebody asks for it.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from agent.console import Progress, no_progress
from graphs.fusion import MIND_SOURCES
from graphs.inspection.context import ProductModel
from graphs.mind_calibration import with_mind
from knowledge.records import Calibration
from tools.arrays import UInt8Image
from tools.errors import LoupeError
from tools.ports import CaseQuery, ExpertScore, Memory, Passage, ReferencePicture, SimilarCase

if TYPE_CHECKING:
    from agent.workshop import Workshop
    from graphs.inspection.context import Context
    from tools.ports import KnowledgePort

MIN_ANSWERED = 2
"""References of which the mind must have given a score."""


class LeaveOneOutMemory:
    """What an expert learnt of all references but one."""

    def __init__(self, memory: Memory, left_out: int) -> None:
        self._memory = memory
        self._left_out = left_out

    def score(
        self, images_hwc: Sequence[UInt8Image], *, exclude: Sequence[int | None] = ()
    ) -> list[ExpertScore]:
        """Score pictures without the reference that is left out."""
        return self._memory.score(images_hwc, exclude=[self._left_out] * len(images_hwc))


class LeaveOneOutKnowledge:
    """Knowledge in which one reference is not there, and no past inspections."""

    def __init__(self, knowledge: KnowledgePort, left_out: int) -> None:
        self._knowledge = knowledge
        self._left_out = left_out

    def look_up(
        self, query: str, *, product: str, kinds: Sequence[str] = (), k: int = 5
    ) -> list[Passage]:
        """Rules, failure modes and notes nearest to a text."""
        return self._knowledge.look_up(query, product=product, kinds=kinds, k=k)

    def nearest_references(
        self, image_hwc: UInt8Image, *, product: str, k: int = 1
    ) -> list[ReferencePicture]:
        """References other than the one that is left out."""
        found = self._knowledge.nearest_references(image_hwc, product=product, k=k + 1)
        return [one for one in found if one.position != self._left_out][:k]

    def similar_cases(
        self, image_hwc: UInt8Image, *, query: CaseQuery, k: int = 3
    ) -> list[SimilarCase]:
        """None: a normal part has no past here."""
        return []


class OneModel:
    """The model of one product, whatever is asked for."""

    def __init__(self, model: ProductModel) -> None:
        self._model = model

    def recall(self, image_hwc: UInt8Image) -> tuple[str, float] | None:
        """The product, whatever the picture shows."""
        return self._model.product.name, 1.0

    def model(self, product_name: str) -> ProductModel:
        """The one model."""
        return self._model


def calibrate_mind(
    workshop: Workshop, product_name: str, *, progress: Progress = no_progress
) -> Calibration:
    """`acalibrate_mind`, where no event loop runs."""
    return asyncio.run(acalibrate_mind(workshop, product_name, progress=progress))


async def acalibrate_mind(
    workshop: Workshop, product_name: str, *, progress: Progress = no_progress
) -> Calibration:
    """Inspect every reference with the VLM, fit, and keep the calibration.

    Where references are interchangeable each is inspected without itself; where each shows its
    own place it stays.

    Raises:
        KnowledgeError: where the product is unknown.
        LoupeError: where the mind answered for fewer than two references.
    """
    model = await asyncio.to_thread(workshop.models.model, product_name)
    pictures = workshop.store.reference_pictures(model.product.name)
    sources = await _inspect_all(workshop, model, pictures, progress=progress)
    answered = [one for one in sources if any(name in one for name in MIND_SOURCES)]
    if len(answered) < MIN_ANSWERED:
        raise LoupeError(
            f"the mind {workshop.mind_name} gave a score for {len(answered)} of {len(pictures)} "
            f"references of {model.product.name!r}, and {MIN_ANSWERED} are needed; "
            "see that the model answers (`loupe inspect` of one part tells why it does not)"
        )
    calibration = with_mind(
        workshop.models.experts_calibration(product_name),
        answered,
        mind=workshop.mind_name,
        key=workshop.models.mind_key(model.product),
        weights=workshop.weights,
    )
    workshop.store.save_calibration(calibration)
    workshop.models.forget(model.product)
    return calibration


async def _inspect_all(
    workshop: Workshop,
    model: ProductModel,
    pictures: Sequence[UInt8Image],
    *,
    progress: Progress,
) -> list[dict[str, float]]:
    what = f"calibrating {workshop.mind_name} on {model.product.name}"
    limit = asyncio.Semaphore(workshop.settings.concurrency)
    done = 0
    progress(what, 0, len(pictures))
    with tempfile.TemporaryDirectory() as folder:

        async def one(index: int) -> dict[str, float]:
            nonlocal done
            async with limit:
                path = Path(folder) / f"{index}.png"
                await asyncio.to_thread(Image.fromarray(pictures[index]).save, path)
                context = _without(workshop.context(Path(folder) / "artifacts"), model, index)
                scores = await _inspect(path, context)
            done += 1
            progress(what, done, len(pictures))
            return scores

        return await asyncio.gather(*(one(index) for index in range(len(pictures))))


def _without(context: Context, model: ProductModel, index: int) -> Context:
    """The context of one reference's inspection."""
    if model.product.reference == "per_place":
        return replace(context, models=OneModel(model), human_review=False)
    memories: dict[str, Memory] = {
        name: LeaveOneOutMemory(memory, index) for name, memory in model.memories.items()
    }
    return replace(
        context,
        models=OneModel(replace(model, memories=memories)),
        knowledge=LeaveOneOutKnowledge(context.knowledge, index),
        human_review=False,
        stability=False,
    )


async def _inspect(path: Path, context: Context) -> dict[str, float]:
    """Raw scores of every source; none of the mind's where it could not answer."""
    from graphs.inspection.graph import build_inspection_graph, run_config
    from graphs.inspection.state import InspectionInput

    start = InspectionInput(path=str(path), inspection_id=path.stem)
    graph = build_inspection_graph()
    ended = await graph.ainvoke(start, run_config(path.stem, context.budget), context=context)
    fusion: dict[str, float] = ended["inspection"].verdict.fusion
    return fusion
