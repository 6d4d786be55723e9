"""Tool `score`: what the experts say of a place. Knows nothing of calibration or decisions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from pydantic import Field

from tools.arrays import BoolMask, Float32Map, UInt8Image
from tools.asset_ports import PicturePort
from tools.assets.several import own_part, paint_part
from tools.colour_map import colour_over
from tools.errors import ToolError
from tools.experts.zero_shot import ZeroShotMemory
from tools.ports import Draft, ExpertScore, Memory, NotApplicable, ToolContext, ToolResult
from tools.targets import Target, TargetArguments, find_target, target_mask

MAP_SIDE_PX = 1024
"""Longer side of the coloured map at most."""


class ScoreArguments(TargetArguments):
    """Arguments of `score`."""

    expert: str | None = Field(
        default=None, description="Name of one expert; without it, all of the product."
    )


class ScoreTool:
    """The experts' scores."""

    name = "score"
    description = (
        "Ask the experts that learnt this product how unusual a region, a box or the whole view "
        "is. Higher is worse; compare a place's level with the level of the rest of the picture."
    )
    arguments = ScoreArguments
    cost_s = 0.6

    def run(self, context: ToolContext, arguments: ScoreArguments) -> ToolResult:
        """Score the whole picture and read the experts' maps at a place.

        The place is not cut out before it is scored: an expert that registers the part needs all
        of it, and one value of a map means the same everywhere. An expert that needs no references
        judges the place as a picture of its own besides, and says how suspicious it is.

        Raises:
            ToolError: where the target or the expert does not exist, or no expert applies.
        """
        target = find_target(context, arguments)
        image_hwc = target.picture.read(target.picture.window_xyxy)
        inside = target_mask(target, image_hwc)
        drafts: list[Draft] = []
        refusals: list[str] = []
        for name in _chosen(context, arguments.expert):
            try:
                scored = _scored(context, name, target.picture, image_hwc)
            except NotApplicable as reason:
                refusals.append(f"{name} has nothing to say of this picture: {reason}")
                continue
            reading = _reading(name, scored, inside)
            if name in context.memories:
                memory = context.memories[name]
                reading = _with_suspicion(reading, memory, image_hwc, target.box_xyxy)
            drafts.append(_draft(context, target, reading, image_hwc))
        if not drafts:
            raise ToolError(f"{'; '.join(refusals)}; zoom or compare instead")
        return ToolResult(text="\n".join([*(d.text for d in drafts), *refusals]), evidence=drafts)


class _Reading(NamedTuple):
    expert: str
    raw_score: float
    anomaly_map: Float32Map
    level: float
    mean_level: float
    rest_level: float | None
    """None where the place is the whole picture."""
    suspicion: str = ""
    """Of the whole picture, in a word; empty where the expert has no words."""
    alone: tuple[float, str] | None = None
    """Score of the place cut out, and its word; None where the expert cannot judge it so."""


def _scored(
    context: ToolContext, name: str, picture: PicturePort, image_hwc: UInt8Image
) -> ExpertScore:
    """What an expert says of a picture, or of the whole asset as that picture shows it."""
    if name in context.memories:
        return context.memories[name].score([image_hwc])[0]
    assert context.asset is not None
    part, own = own_part(context.asset, name)
    scored = context.asset_memories[name].score_asset(own)
    if part and not picture.name.startswith(f"{part}:"):
        raise NotApplicable(f"it speaks of the part {part!r}, which this view does not show")
    return ExpertScore(scored.raw_score, paint_part(picture, part, scored.element_scores))


def _chosen(context: ToolContext, expert: str | None) -> list[str]:
    known = [*context.memories, *context.asset_memories]
    if not known:
        raise ToolError(
            "no expert learnt this product, so there is nothing to score with; zoom instead"
        )
    if expert is None:
        return known
    if expert not in known:
        named = ", ".join(sorted(known))
        raise ToolError(f"expert {expert!r} does not exist; the experts are: {named}")
    return [expert]


def _reading(expert: str, scored: ExpertScore, inside: BoolMask) -> _Reading:
    there = scored.anomaly_map[inside]
    rest = scored.anomaly_map[~inside]
    if not there.size:
        raise ToolError("the region has no pixel of its own; give box_xyxy around it")
    return _Reading(
        expert=expert,
        raw_score=float(scored.raw_score),
        anomaly_map=scored.anomaly_map,
        level=float(there.max()),
        mean_level=float(there.mean()),
        rest_level=float(rest.max()) if rest.size else None,
    )


def _with_suspicion(
    reading: _Reading, memory: Memory, image_hwc: UInt8Image, box_xyxy: list[float]
) -> _Reading:
    if not isinstance(memory, ZeroShotMemory):
        return reading
    told = reading._replace(suspicion=memory.suspicion(reading.raw_score))
    if reading.rest_level is None:
        return told
    raw = float(memory.score_window(image_hwc, box_xyxy).raw_score)
    return told._replace(alone=(raw, memory.suspicion(raw)))


def _suspicion_words(reading: _Reading) -> tuple[dict[str, float | str], str]:
    """Values and a clause."""
    if not reading.suspicion:
        return {}, ""
    values: dict[str, float | str] = {"suspicion": reading.suspicion}
    words = f" The picture is {reading.suspicion} suspicious"
    if reading.alone is None:
        return values, f"{words}."
    score, word = reading.alone
    values |= {"window_score": score, "window_suspicion": word}
    return values, f"{words}; the place alone scores {score:.4g} and is {word} suspicious."


def _draft(context: ToolContext, target: Target, reading: _Reading, image_hwc: UInt8Image) -> Draft:
    low, high = float(reading.anomaly_map.min()), float(reading.anomaly_map.max())
    values: dict[str, float | str] = {
        "expert": reading.expert,
        "raw_score": reading.raw_score,
        "level": reading.level,
        "mean_level": reading.mean_level,
        "map_min": low,
        "map_max": high,
    }
    beside = ""
    if reading.rest_level is not None:
        values["rest_level"] = reading.rest_level
        beside = f", the rest of the picture up to {reading.rest_level:.4g}"
    more, words = _suspicion_words(reading)
    values |= more
    text = (
        f"{reading.expert}: {target.words} reaches {reading.level:.4g} "
        f"(mean {reading.mean_level:.4g}){beside}; raw score of the picture "
        f"{reading.raw_score:.4g}. Higher is worse.{words}"
    )
    coloured = colour_over(image_hwc, reading.anomaly_map, low=low, high=high)
    picture = _small(coloured, outlined=None if reading.rest_level is None else target.box_xyxy)
    return Draft(
        tool="score",
        view=target.view,
        region=target.region,
        values=dict(values),
        text=text,
        artifact=context.artifacts.put(picture),
    )


def _small(image_hwc: UInt8Image, *, outlined: list[float] | None) -> UInt8Image:
    picture = Image.fromarray(image_hwc)
    picture.thumbnail((MAP_SIDE_PX, MAP_SIDE_PX), Image.Resampling.LANCZOS)
    if outlined is not None:
        factor_x, factor_y = picture.width / image_hwc.shape[1], picture.height / image_hwc.shape[0]
        x1, y1, x2, y2 = outlined
        box = (x1 * factor_x - 2, y1 * factor_y - 2, x2 * factor_x + 1, y2 * factor_y + 1)
        ImageDraw.Draw(picture).rectangle(box, outline=(255, 255, 255), width=2)
    return np.array(picture)


score = ScoreTool()
