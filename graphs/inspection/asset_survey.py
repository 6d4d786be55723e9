"""What experts say of an asset in its own coordinates, and which places stand out.

For assets that are no single image. Knows no state and no mind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import NamedTuple

import numpy as np

from graphs.inspection.context import Context, ProductModel
from graphs.inspection.expert_survey import (
    MAX_SUSPECTS,
    MAX_WORST,
    TINY,
    Opinion,
    Standard,
    keep_map,
    picture_draft,
    suspect_drafts,
)
from graphs.inspection.numbering import Ledger
from graphs.inspection.rule_survey import measured
from graphs.inspection.scene import normal_levels
from graphs.records import Usage
from knowledge.records import Rule
from tools.asset_ports import AssetMemory, AssetPort, AssetScore, ScoredExtent
from tools.assets.several import named_part, own_part, paint_part
from tools.errors import ToolError
from tools.extents import overlap, place_words
from tools.kept_scores import keep_scores
from tools.ports import Draft, ExpertScore, NotApplicable
from tools.records import Box, Extent, Region, View

SAME_PLACE = 0.3
"""Share of the smaller of two places from which on two experts speak of one."""
MAX_BROKEN_PLACES = 3
"""Places at which one rule is broken that are numbered, largest first."""


@dataclass(frozen=True, kw_only=True)
class AssetOpinion:
    """What one expert says of the asset, or why it says nothing."""

    expert: str
    score: AssetScore | None
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place that stands out."""

    extent: Extent
    peaks: dict[str, float] = field(default_factory=dict)
    """By expert: the highest of its element scores there."""
    severity: float


class Shown(NamedTuple):
    """Where a place is shown best."""

    view: View
    box_xyxy: Box


def ask_asset_expert(name: str, memory: AssetMemory, asset: AssetPort) -> AssetOpinion:
    """Score an asset; an expert that has nothing to say of it gives its reason."""
    started = perf_counter()
    try:
        score = memory.score_asset(own_part(asset, name)[1])
    except NotApplicable as reason:
        told = f"expert {name} dropped out: {reason}"
        return AssetOpinion(expert=name, score=None, reason=told)
    return AssetOpinion(expert=name, score=score, seconds=perf_counter() - started)


def note_asset(
    opinions: Sequence[AssetOpinion],
    asset: AssetPort,
    views: Sequence[View],
    *,
    model: ProductModel,
    context: Context,
    ledger: Ledger,
) -> dict[str, float]:
    """Write evidence and regions of an asset into the ledger; returns the raw scores.

    Args:
        opinions: of every expert.
        asset: that they speak of.
        views: that show the whole of it.
        model: of its product.
        context: keeps the maps.
        ledger: takes evidence and regions.
    """
    standards = {one.expert: _standard(one, model) for one in opinions if one.score is not None}
    raw_scores = {name: standard.raw_score for name, standard in standards.items()}
    for one in opinions:
        if one.score is not None:
            ledger.add(_asset_draft(one, asset, views, standards[one.expert], context))
    for place in find_places(opinions, asset, standards):
        region = add_place(place.extent, asset, views, ledger, severity=place.severity)
        if region is not None:
            ledger.add_all(suspect_drafts(place.peaks, region=region, standards=standards))
    broken = note_rules(model.product.rules, asset, views, ledger)
    return raw_scores if broken is None else raw_scores | {"rules": float(broken)}


def used(opinions: Sequence[AssetOpinion]) -> Usage:
    """The experts' seconds."""
    return Usage(tool_seconds={one.expert: one.seconds for one in opinions if one.score})


def find_places(
    opinions: Sequence[AssetOpinion], asset: AssetPort, standards: Mapping[str, Standard]
) -> list[Place]:
    """Places beyond the normal level of any expert; those that overlap are one. Worst first."""
    found = [
        place
        for one in opinions
        if one.score is not None
        for place in _places_of(one.expert, one.score, asset, standards[one.expert])
    ]
    merged: list[Place] = []
    for place in sorted(found, key=lambda one: -one.severity):
        twin = next(
            (n for n, one in enumerate(merged) if overlap(one.extent, place.extent) >= SAME_PLACE),
            None,
        )
        if twin is None:
            merged.append(place)
        else:
            merged[twin] = _with_peaks(merged[twin], place.peaks)
    return merged[:MAX_SUSPECTS]


def _places_of(name: str, score: AssetScore, asset: AssetPort, standard: Standard) -> list[Place]:
    """Places above the level of single elements.

    Of an asset that is worse than normal as a whole, but in no place, those that carry its score.
    """
    part, own = own_part(asset, name)
    level = standard.pixel_level
    highest = float(np.nanmax(score.element_scores, initial=0.0))
    as_a_whole = highest <= level and standard.raw_score > standard.raw_level
    if as_a_whole:
        level = (highest + float(np.nanmedian(score.element_scores))) / 2.0
    places = own.places(score.element_scores, level=max(level, TINY))
    kept: Sequence[ScoredExtent] = places[: MAX_WORST if as_a_whole else MAX_SUSPECTS]
    return [
        Place(
            extent=named_part(one.extent, part) if part else one.extent,
            peaks={name: one.score},
            severity=standard.severity if as_a_whole else one.score / max(level, TINY),
        )
        for one in kept
    ]


def _standard(opinion: AssetOpinion, model: ProductModel) -> Standard:
    assert opinion.score is not None
    return Standard(
        pixel_level=model.calibration.pixel_levels.get(opinion.expert, 0.0),
        raw_score=opinion.score.raw_score,
        raw_level=normal_levels(model).get(opinion.expert, float("nan")),
    )


def _asset_draft(
    opinion: AssetOpinion,
    asset: AssetPort,
    views: Sequence[View],
    standard: Standard,
    context: Context,
) -> Draft:
    """Evidence of an expert's score, with its map over the view where it is highest."""
    assert opinion.score is not None
    part, own = own_part(asset, opinion.expert)
    maps = [
        paint_part(asset.picture(view.picture), part, opinion.score.element_scores)
        for view in views
    ]
    best = max(range(len(views)), key=lambda n: float(maps[n].max(initial=0.0)))
    artifact = keep_map(maps[best], level=standard.pixel_level or 1.0, artifacts=context.artifacts)
    said = Opinion(opinion.expert, ExpertScore(standard.raw_score, maps[best]))
    draft = picture_draft(said, view=views[best], level=standard.raw_level, artifact=artifact)
    kept = keep_scores(
        opinion.score.element_scores, own, level=standard.pixel_level, artifacts=context.artifacts
    )
    return replace(draft, element_scores=kept)


def add_place(
    extent: Extent,
    asset: AssetPort,
    views: Sequence[View],
    ledger: Ledger,
    *,
    severity: float | None = None,
) -> Region | None:
    """Number a place in the view that shows most of it; None where no view shows it."""
    shown = shown_best(extent, asset, views)
    if shown is None:
        return None
    return ledger.add_region(
        Region(
            id=ledger.next_region,
            view=shown.view.id,
            box_xyxy=shown.box_xyxy,
            score=severity,
            source=extent,
        )
    )


def shown_best(extent: Extent, asset: AssetPort, views: Sequence[View]) -> Shown | None:
    """The view in which the box around an extent is largest."""
    boxes = [(view, asset.picture(view.picture).box_of(extent)) for view in views]
    found = [Shown(view, box) for view, box in boxes if box is not None]
    return max(found, key=lambda one: _area(one.box_xyxy), default=None)


def note_rules(
    rules: Sequence[Rule], asset: AssetPort, views: Sequence[View], ledger: Ledger
) -> int | None:
    """Measure what tolerances limit on this asset; None where none speaks of it.

    Returns:
        How many rules are broken.
    """
    known = asset.quantities()
    speaking = [rule for rule in rules if rule.kind == "tolerance" and rule.quantity in known]
    if not speaking:
        return None
    return sum(_note_rule(rule, asset, views, ledger) for rule in speaking)


def _note_rule(rule: Rule, asset: AssetPort, views: Sequence[View], ledger: Ledger) -> bool:
    quantity = rule.quantity or ""
    try:
        value = asset.measure(quantity)
    except ToolError as error:
        raise ValueError(f"{quantity} is announced and cannot be measured: {error}") from error
    draft = measured(rule, value.value, name=quantity, view=views[0])
    if draft.values["within"]:
        ledger.add(draft)
        return False
    low = float("-inf") if rule.min is None else rule.min
    high = float("inf") if rule.max is None else rule.max
    every = list(asset.beyond(quantity, low=low, high=high))
    places = every[:MAX_BROKEN_PLACES] or ([value.where] if value.where is not None else [])
    regions = [add_place(place, asset, views, ledger) for place in places]
    shown = [region for region in regions if region is not None]
    for region in shown:
        ledger.add(_at(draft, region, n_places=max(len(every), len(shown))))
    if not shown:
        ledger.add(draft)
    return True


def _at(draft: Draft, region: Region, *, n_places: int) -> Draft:
    return Draft(
        tool=draft.tool,
        view=region.view,
        region=region,
        values=draft.values | {"n_places": n_places},
        text=f"{draft.text} At {place_words(region.source)}.",
        source=draft.source,
    )


def _with_peaks(place: Place, peaks: Mapping[str, float]) -> Place:
    joined = dict(place.peaks)
    for name, peak in peaks.items():
        joined[name] = max(peak, joined.get(name, peak))
    return Place(extent=place.extent, peaks=joined, severity=place.severity)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
