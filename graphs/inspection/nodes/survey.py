"""Every expert and every check looks once at the whole view, before any mind does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any, NamedTuple

from langgraph.runtime import Runtime

from graphs.inspection.asset_survey import ask_asset_expert, note_asset, used
from graphs.inspection.context import Context, ProductModel
from graphs.inspection.expert_survey import (
    TINY,
    Opinion,
    Standard,
    ask_expert,
    find_suspects,
    keep_map,
    picture_draft,
    suspect_drafts,
    suspect_region,
    suspicion_of,
)
from graphs.inspection.numbering import Ledger
from graphs.inspection.parts_survey import (
    PartsOpinion,
    ask_parts,
    name_types,
    note_parts,
    unchecked_counts,
)
from graphs.inspection.refined_suspects import FINE_MAPS, refine_suspects
from graphs.inspection.rule_survey import note_counts
from graphs.inspection.scene import known_model, normal_levels
from graphs.inspection.scoring import judge_scores
from graphs.inspection.state import State
from graphs.inspection.zero_shot_survey import survey_unknown
from graphs.records import Usage
from tools.arrays import UInt8Image
from tools.asset_ports import AssetPort
from tools.assets.overview import first_picture
from tools.records import View


class Surveyed(NamedTuple):
    """What experts and checks said of one view."""

    view: View
    image_hwc: UInt8Image
    """(H, W, 3) RGB, the view's window at full resolution."""
    opinions: list[Opinion]
    parts: PartsOpinion
    seconds: dict[str, float]


async def survey(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Score every view with every expert, check the parts, and number what stands out."""
    context = runtime.context
    model = await known_model(state, context)
    asset = context.pictures.open(state.path, max_pixels=context.max_pixels)
    ledger = Ledger(n_evidence=len(state.evidence), n_regions=len(state.regions))
    if model is None:
        return await survey_unknown(asset, state, context, ledger)
    if asset.asset.modality != "image":
        return await _survey_asset(asset, state, context, model, ledger)
    picture = first_picture(asset)
    surveyed = [
        await _survey_view(view, picture.read(view.window_xyxy), model)
        for view in state.views
        if view.parent is None
    ]
    return await asyncio.to_thread(_note, surveyed, model, context, ledger)


async def _survey_asset(
    asset: AssetPort, state: State, context: Context, model: ProductModel, ledger: Ledger
) -> dict[str, Any]:
    """Ask every expert on the asset's own coordinates at once, each in a worker thread."""
    views = [view for view in state.views if view.parent is None]
    asked = [
        asyncio.to_thread(ask_asset_expert, name, memory, asset)
        for name, memory in model.asset_memories.items()
    ]
    opinions = await asyncio.gather(*asked)
    raw_scores = await asyncio.to_thread(
        note_asset, opinions, asset, views, model=model, context=context, ledger=ledger
    )
    return {
        "evidence": ledger.evidence,
        "regions": ledger.regions,
        "raw_scores": raw_scores,
        "degraded": [one.reason for one in opinions if one.reason],
        "usage": used(opinions),
        "detail": "; ".join([f"{len(ledger.regions)} places stand out", *_left_out(model)]),
    }


async def _survey_view(view: View, image_hwc: UInt8Image, model: ProductModel) -> Surveyed:
    """Ask all at once, each in a worker thread."""
    seconds: dict[str, float] = {}

    def timed(tool: str, ask: Any, *arguments: Any) -> Any:
        started = perf_counter()
        answer = ask(*arguments)
        seconds[tool] = seconds.get(tool, 0.0) + perf_counter() - started
        return answer

    asked = [
        asyncio.to_thread(timed, name, ask_expert, name, memory, image_hwc)
        for name, memory in model.memories.items()
    ]
    if model.parts is None:
        return Surveyed(view, image_hwc, await asyncio.gather(*asked), PartsOpinion(None), seconds)
    checked = asyncio.to_thread(timed, "measure", ask_parts, image_hwc, model.parts)
    parts, *opinions = await asyncio.gather(checked, *asked)
    return Surveyed(view, image_hwc, opinions, parts, seconds)


def _note(
    surveyed: Sequence[Surveyed], model: ProductModel, context: Context, ledger: Ledger
) -> dict[str, Any]:
    raw_scores: dict[str, float] = {}
    degraded = unchecked_counts(model.parts, model.product.rules, reason=model.parts_reason)
    degraded += [f"left out: {why}" for name, why in model.left_out.items() if name in model.chosen]
    seconds: dict[str, float] = {}
    for one in surveyed:
        for name, raw in _note_view(one, model, context, ledger).items():
            raw_scores[name] = max(raw, raw_scores.get(name, raw))
        reasons = [opinion.reason for opinion in one.opinions] + [one.parts.reason]
        degraded += [reason for reason in reasons if reason]
        for tool, spent in one.seconds.items():
            seconds[tool] = seconds.get(tool, 0.0) + spent
    return {
        "evidence": ledger.evidence,
        "regions": ledger.regions,
        "raw_scores": raw_scores,
        "degraded": degraded,
        "usage": Usage(tool_seconds=seconds),
        "detail": "; ".join([f"{len(ledger.regions)} regions stand out", *_left_out(model)]),
    }


def _left_out(model: ProductModel) -> list[str]:
    """Reasons of experts that nobody asked for by name: worth a trace, and nothing is lacking."""
    return [f"left out: {why}" for name, why in model.left_out.items() if name not in model.chosen]


def _note_view(
    one: Surveyed, model: ProductModel, context: Context, ledger: Ledger
) -> dict[str, float]:
    """Write one view's evidence and regions into the ledger; returns the raw scores."""
    levels, pixel_levels = normal_levels(model), model.calibration.pixel_levels
    raw_scores = {
        said.expert: said.score.raw_score for said in one.opinions if said.score is not None
    }
    doubting = _doubting(raw_scores, model)
    maps, standards = {}, {}
    for opinion in one.opinions:
        if opinion.score is None:
            continue
        name = opinion.expert
        maps[name] = opinion.score.anomaly_map
        artifact = keep_map(
            maps[name], level=pixel_levels.get(name, 1.0), artifacts=context.artifacts
        )
        level = levels.get(name, float("nan"))
        word = suspicion_of(model.memories[name], raw_scores[name])
        draft = picture_draft(
            opinion, view=one.view, level=level, artifact=artifact, suspicion=word
        )
        ledger.add(draft)
        standards[name] = Standard(
            pixel_level=pixel_levels.get(name, 0.0),
            raw_score=raw_scores[name],
            raw_level=level,
            doubted=name == doubting,
        )
    for suspect in refine_suspects(find_suspects(maps, standards), one.image_hwc):
        region = suspect_region(suspect, region_id=ledger.next_region, view=one.view)
        ledger.add_region(region)
        ledger.add_all(suspect_drafts(suspect.peaks, region=region, standards=standards))
    return raw_scores | _note_checks(one, model, ledger)


def _doubting(raw_scores: Mapping[str, float], model: ProductModel) -> str | None:
    """The expert behind a doubt, if its map may still show where; None where there is no doubt.

    A map of single pixels has told already that none is beyond normal.
    """
    if not raw_scores or judge_scores(raw_scores, model.calibration).decision == "normal":
        return None
    levels = normal_levels(model)
    severity = {name: raw / max(levels.get(name, raw), TINY) for name, raw in raw_scores.items()}
    worst = max(severity, key=lambda name: severity[name])
    return None if worst in FINE_MAPS else worst


def _note_checks(one: Surveyed, model: ProductModel, ledger: Ledger) -> dict[str, float]:
    if model.parts is None or one.parts.report is None:
        return {}
    names = name_types(model.parts, model.product.rules)
    report = one.parts.report
    return {
        "parts": float(note_parts(report, names=names, view=one.view, ledger=ledger)),
        "rules": float(
            note_counts(
                report,
                names=names,
                view=one.view,
                ledger=ledger,
                mm_per_px=model.product.mm_per_px,
            )
        ),
    }
