"""What a scene says in words: product, rules, past cases, suspicion. Knows no template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from graphs.minds.contract import Scene
from graphs.minds.vlm.observations import passage
from knowledge.records import Product, Rule
from tools.records import Evidence, Modality, Region, View

LOW, HIGH = 0.3, 0.7
"""Thresholds of the suspicion word: Anomaly-OV, `slightly | moderately | highly`."""
MAX_REGIONS = 5
KINDS: dict[Modality, str] = {
    "image": "",
    "point_cloud": (
        "The part is a point cloud or mesh. Its views are renderings from several sides: shaded "
        "by the slope of the surface, or with the distance from the camera as brightness."
    ),
    "time_series": (
        "The part is a time series. Its views are plots of its channels over time; a box in a plot "
        "stands for an interval of time and the channels that it covers."
    ),
    "video": (
        "The part is a video. Its views are sheets of frames with their times; a box in a frame "
        "stands for that place at that time."
    ),
    "several": "The part is shown by several files, each with views of its own.",
}
"""What the pictures of an asset are."""
MAX_CLASS = 40


class SuspectTold(NamedTuple):
    """A region that experts point at."""

    number: int
    box: str
    who: str
    evidence: str


def product_text(product: Product | None) -> str:
    """Class and one-sentence descriptor; empty where the product is unknown."""
    return "" if product is None else f"{product.name}: {product.descriptor}"


def rules_text(product: Product | None, *, kind: str = "") -> str:
    """A line for each rule; of one kind where it is named."""
    rules = product.rules if product else []
    return "\n".join(_rule(rule) for rule in rules if kind in ("", rule.kind))


def conditions_text(product: Product | None) -> str:
    """The conditions that a normal part meets, numbered, as the papers put them."""
    stated = [rule.text for rule in product.rules if rule.kind != "ignore"] if product else []
    return " ".join(f"{number}. {text}" for number, text in enumerate(stated, start=1))


def standards_text(product: Product | None) -> str:
    """The same conditions as sentences, without numbers."""
    stated = [rule.text for rule in product.rules if rule.kind != "ignore"] if product else []
    return " ".join(stated)


def _rule(rule: Rule) -> str:
    limits = [
        f"{name} {value:g}"
        for name, value in (("min", rule.min), ("max", rule.max))
        if value is not None
    ]
    measured = f" ({rule.quantity}: {', '.join(limits)} {rule.unit or ''}".rstrip() + ")"
    return f"{rule.id} ({rule.kind}): {rule.text}{measured if rule.quantity else ''}"


def class_of(product: Product | None) -> str:
    """The class for the papers' prompts: words without marks, a digit at the end dropped.

    GPT-4V-AD's code names pcb1 and macaroni2 pcb and macaroni.
    """
    name = "industrial part" if product is None else product.name
    words = " ".join(re.sub(r"[^\w\- ]", " ", name).split())[:MAX_CLASS].strip()
    return words[:-1] if len(words) > 1 and words[-1].isdigit() else words


def cases_text(scene: Scene) -> str:
    """Past inspections that were recalled before any round."""
    cases = [one for one in surveyed(scene) if one.values.get("kind") == "case"]
    return "\n".join(passage(one) for one in cases)


def suspicion_word(scene: Scene) -> str:
    """How suspicious the experts are; empty where none has spoken."""
    if not scene.levels:
        return ""
    if scene.suspicion < LOW:
        return "slightly"
    return "moderately" if scene.suspicion < HIGH else "highly"


def suspects(scene: Scene) -> list[SuspectTold]:
    """The regions that the survey points at, worst first; none where it is not suspicious."""
    if not scene.levels or scene.suspicion < LOW:
        return []
    evidence = surveyed(scene)
    pointed = [
        (region, of_it)
        for region in scene.regions
        if (of_it := [e for e in evidence if e.region is not None and e.region.id == region.id])
    ]
    pointed.sort(key=lambda pair: (pair[0].score is None, -(pair[0].score or 0.0), pair[0].id))
    views = {view.id: view for view in scene.views}
    return [_suspect(region, of_it, views) for region, of_it in pointed[:MAX_REGIONS]]


def surveyed(scene: Scene) -> list[Evidence]:
    """Evidence that was there before any round."""
    asked = {one for done in scene.rounds for one in done.evidence_ids}
    return [one for one in scene.evidence if one.id not in asked]


def box_text(region: Region, views: Mapping[str, View]) -> str:
    """A region's box in whole pixels of the original; of its view where there is no image."""
    view = views.get(region.view)
    if view is None or not view.picture:
        return f"{_box(region.box_xyxy)} of the original"
    return f"{_box(view.box_from_source(region.box_xyxy))} of {view.id}"


def _box(box: list[float]) -> str:
    return f"[{', '.join(str(round(edge)) for edge in box)}]"


def views_text(scene: Scene) -> str:
    """What each view of an asset that is no single image shows; empty for an image."""
    if scene.modality == "image":
        return ""
    return "\n".join(f"{one.id}: {one.label}" for one in scene.views if one.parent is None)


def _suspect(region: Region, evidence: list[Evidence], views: Mapping[str, View]) -> SuspectTold:
    names = [str(e.values.get("expert") or e.values.get("check") or e.tool) for e in evidence]
    return SuspectTold(
        region.id,
        box_text(region, views),
        " and ".join(dict.fromkeys(names)),
        ", ".join(one.id for one in evidence),
    )
