"""What a mind and a tool are shown of the state. Pure; opens nothing."""

from __future__ import annotations

import asyncio

from graphs.calibrate import calibrated_score, normal_level, rank_ceiling
from graphs.fusion import fuse
from graphs.inspection.budget import rounds_left
from graphs.inspection.context import Context, ProductModel
from graphs.inspection.scoring import without_mind
from graphs.inspection.state import State
from graphs.minds.contract import ReferenceShown, Scene
from tools.asset_ports import AssetPort
from tools.assets.overview import first_picture
from tools.ports import ToolContext


def held_model(context: Context, product: str) -> ProductModel:
    """The model of a product, in one state for the whole run. Blocking on first use.

    Raises:
        KnowledgeError: where the product is unknown.
    """
    if product not in context.held:
        context.held[product] = context.models.model(product)
    return context.held[product]


def model_of(state: State, context: Context) -> ProductModel | None:
    """The model of the recalled product; None where it is unknown. Blocking on first use."""
    if state.recall is None or state.recall.product is None:
        return None
    return held_model(context, state.recall.product)


async def known_model(state: State, context: Context) -> ProductModel | None:
    """The same, from a worker thread where it is to be asked for."""
    name = None if state.recall is None else state.recall.product
    if name is None or name in context.held:
        return model_of(state, context)
    return await asyncio.to_thread(model_of, state, context)


def build_scene(state: State, context: Context, model: ProductModel | None) -> Scene:
    """The records of the inspection so far."""
    return Scene(
        product=model.product if model else None,
        views=state.views,
        evidence=state.evidence,
        regions=state.regions,
        rounds=state.rounds,
        levels=normal_levels(model),
        suspicion=suspicion(state, model),
        tools=list(context.allowed_tools),
        references=references_shown(state),
        recall=state.recall,
        question=context.question,
        rounds_left=rounds_left(context.budget, state),
        contact_sheet=state.contact_sheet,
        modality=state.asset.modality if state.asset else "image",
    )


def references_shown(state: State) -> list[ReferenceShown]:
    """Reference pictures that were kept as artifacts, nearest first."""
    if state.recall is None:
        return []
    kept = zip(state.recall.references, state.recall.reference_artifacts, strict=False)
    return [ReferenceShown(id=one, artifact=artifact) for one, artifact in kept]


def normal_levels(model: ProductModel | None) -> dict[str, float]:
    """By expert: the raw score that a normal part of this product does not exceed."""
    if model is None:
        return {}
    calibration = model.calibration
    return {
        name: normal_level(scores, target_overkill=calibration.target_overkill)
        for name, scores in calibration.normal_scores.items()
        if name in model.memories or name in model.asset_memories
    }


def suspicion(state: State, model: ProductModel | None) -> float:
    """Calibrated score of the experts so far; 0 where none has spoken.

    Of an unknown product: the worst score, in [0, 1], of experts that need no references.
    """
    if model is None:
        return max(without_mind(state.raw_scores).values(), default=0.0)
    ceiling = rank_ceiling(model.calibration)
    fused = fuse(state.raw_scores, model.calibration.normal_scores, ceiling=ceiling)
    return 0.0 if fused is None else calibrated_score(model.calibration, fused.raw_score)


def tool_context(
    state: State, context: Context, model: ProductModel | None, *, asset: AssetPort
) -> ToolContext:
    """What a tool may use in one call."""
    return ToolContext(
        picture=first_picture(asset),
        asset=asset,
        views={view.id: view for view in state.views},
        product=model.product.name if model else None,
        mm_per_px=model.product.mm_per_px if model else None,
        knowledge=context.knowledge,
        artifacts=context.artifacts,
        memories=model.memories if model else dict(context.zero_shot),
        asset_memories=model.asset_memories if model else {},
        references=model.references if model else (),
        parts=model.parts if model else None,
        regions={region.id: region for region in state.regions},
        segmenter=context.segmenter,
        device=context.device,
    )
