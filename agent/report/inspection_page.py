"""The page of one inspection: what the template is filled with. Reads and writes no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, NamedTuple

from agent.report.links import Link, citations, mention_linker
from agent.report.marks import Mark, draw_marks
from agent.report.page import render, run_facts
from agent.report.pictures import LARGE_PX, PageBook, Shot, shot_of
from agent.report.story import Story, tell_story
from agent.report.timeline import timeline
from agent.trace import NO_TRACE, Trace
from graphs.records import Finding, Inspection
from knowledge.records import FailureMode, Product, Rule
from tools.arrays import UInt8Image
from tools.extents import place_words
from tools.records import Evidence, Region, View

CROP_PX = 240
CROP_ROOM = 0.6
"""Of a region's longer side, around it."""
DECISIONS = {"normal": "Normal", "anomalous": "Anomalous", "review": "Needs review"}
STATUS_WORDS = {
    "degraded": "Degraded: the experts decided, because the model could not.",
    "failed": "Failed: nothing was decided. This is not a normal part.",
}


@dataclass(frozen=True, kw_only=True)
class Material:
    """What a page is made of."""

    inspection: Inspection
    book: PageBook
    trace: Trace = NO_TRACE
    product: Product | None = None
    """As it was known when the part was inspected; None where it was not kept."""
    reference: Shot | None = None
    """The nearest reference, where it can still be seen."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    panels: Sequence[str] = ()
    """HTML of an asset that is no single image, made by Loupe's own templates."""
    index: str = ""
    """Relative address of the run's page; empty where there is none."""


class MarkedView(NamedTuple):
    """A view of the whole of an asset that is no single image, with the regions found in it."""

    view: View
    shot: Shot
    marks: list[Mark]
    size: tuple[float, float]
    """Width and height of its picture, in the pixels of the marks."""


class ToldFinding(NamedTuple):
    """A finding with what it rests on."""

    finding: Finding
    rules: list[Rule]
    unknown_rules: list[str]
    mode: FailureMode | None
    region: Region | None
    crop: Shot | None


class ToldEvidence(NamedTuple):
    """Evidence, who cites it, and its picture unless a round shows it."""

    evidence: Evidence
    cited_by: list[Link]
    shot: Shot | None


def inspection_page(material: Material) -> str:
    """The whole page, as HTML without anything outside it."""
    inspection = material.inspection
    story = tell_story(inspection, material.trace, material.book)
    return render(
        "inspection.html.jinja",
        one=inspection,
        verdict=inspection.verdict,
        name=PurePath(inspection.asset.path).name,
        heading=DECISIONS.get(inspection.verdict.decision or "", "Not decided"),
        loud=STATUS_WORDS.get(inspection.verdict.status, ""),
        part=_part(material),
        marks=_marks(inspection),
        panels=material.panels,
        gallery=_gallery(material),
        place=place_words,
        reference=material.reference,
        product=material.product,
        findings=_findings(material),
        story=story,
        evidence=_evidence(material, story),
        rows=timeline(material.trace),
        torn=material.trace.torn,
        facts=run_facts(material.settings, {**material.versions, **inspection.versions}),
        index=material.index,
        linked=mention_linker(inspection),
    )


def _part(material: Material) -> Shot | None:
    """The whole part, as it was seen first; its size is the file's."""
    inspection = material.inspection
    view = next((one for one in inspection.views if one.parent is None), None)
    shot = material.book.shot(view.artifact, max_side_px=LARGE_PX) if view else None
    return shot and shot._replace(original=f"{' x '.join(map(str, inspection.asset.size))} px")


def _marks(inspection: Inspection) -> list[Mark]:
    if inspection.asset.modality != "image" or len(inspection.asset.size) != 2:
        return []
    width_px, height_px = inspection.asset.size
    return draw_marks(inspection.verdict.regions, width_px=width_px, height_px=height_px)


def _gallery(material: Material) -> list[MarkedView]:
    inspection = material.inspection
    if inspection.asset.modality == "image":
        return []
    shown = []
    for view in (one for one in inspection.views if one.parent is None):
        shot = material.book.shot(view.artifact, max_side_px=LARGE_PX)
        own = [region for region in inspection.verdict.regions if region.view == view.id]
        width, height = view.window_xyxy[2], view.window_xyxy[3]
        if shot is not None:
            marks = draw_marks(own, width_px=round(width), height_px=round(height))
            shown.append(MarkedView(view, shot, marks, (width, height)))
    return shown


def _findings(material: Material) -> list[ToldFinding]:
    verdict, product = material.inspection.verdict, material.product
    rules = {rule.id: rule for rule in product.rules} if product else {}
    modes = {mode.id: mode for mode in product.failure_modes} if product else {}
    regions = {region.id: region for region in verdict.regions}
    told = []
    for finding in verdict.findings:
        region = regions.get(finding.region or 0)
        told.append(
            ToldFinding(
                finding,
                [rules[one] for one in finding.rule_ids if one in rules],
                [one for one in finding.rule_ids if one not in rules],
                modes.get(finding.failure_mode or ""),
                region,
                _crop(region, material) if region else None,
            )
        )
    return told


def _crop(region: Region, material: Material) -> Shot | None:
    """The region and its surroundings, cut from the view that shows the whole part."""
    views = {view.id: view for view in material.inspection.views}
    view = views.get(region.view)
    image_hwc = material.book.image(view.artifact) if view else None
    if view is None or image_hwc is None:
        return None
    x1, y1, x2, y2 = view.box_from_source(region.box_xyxy)
    return cut_out(image_hwc, (x1, y1, x2, y2))


def cut_out(image_hwc: UInt8Image, box_xyxy: tuple[float, float, float, float]) -> Shot | None:
    """A box with room around it, as a picture; None where nothing of it is on the picture.

    Args:
        image_hwc: (H, W, 3) RGB.
        box_xyxy: in its pixels.
    """
    x1, y1, x2, y2 = box_xyxy
    room = max(x2 - x1, y2 - y1) * CROP_ROOM + 4
    height_px, width_px = image_hwc.shape[:2]
    left, top = max(int(x1 - room), 0), max(int(y1 - room), 0)
    right, bottom = min(int(x2 + room) + 1, width_px), min(int(y2 + room) + 1, height_px)
    if left >= right or top >= bottom:
        return None
    return shot_of(image_hwc[top:bottom, left:right], max_side_px=CROP_PX)


def _evidence(material: Material, story: Story) -> list[ToldEvidence]:
    cited = citations(material.inspection)
    return [
        ToldEvidence(
            one,
            cited.get(one.id, []),
            None if one.id in story.told_in_rounds else material.book.shot(one.artifact),
        )
        for one in material.inspection.evidence
    ]
