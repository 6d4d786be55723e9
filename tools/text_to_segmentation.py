"""Text2Segmentation: a model's answer about numbered regions, to scores and an anomaly map.

Method: GPT-4V-AD (Zhang et al. 2023, arXiv 2311.02612), section 3.3; its code has no parser.
Knows no prompt and no model.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from tools.answers.json_form import read_json
from tools.answers.prose import plain_text, read_prose
from tools.answers.scores import AnswerScores
from tools.answers.words import denies_anomaly, refuses
from tools.arrays import Float32Map
from tools.records import Region

Outcome = Literal["scored", "no_anomaly", "refused", "unparsable"]
ImageScoreFrom = Literal["stated", "max_over_regions", "no_anomaly_stated", "absent"]


@dataclass(frozen=True, kw_only=True)
class RegionAnswer:
    """What a model said of numbered regions."""

    outcome: Outcome
    """`scored`: there are scores. `no_anomaly`: it says in words that nothing is wrong."""
    region_scores: dict[int, float] = field(default_factory=dict)
    """By number of a known region, in [0, 1], higher is worse; of several the greatest."""
    image_score: float | None = None
    image_score_from: ImageScoreFrom = "absent"
    unknown_regions: dict[int, float] = field(default_factory=dict)
    """Scored regions that do not exist; they take no part in anything."""
    notes: list[str] = field(default_factory=list)
    """What had to be interpreted."""


def parse_answer(text: str, known_regions: Collection[int]) -> RegionAnswer:
    """Read the published answer formats and what models really write.

    Read are `region 1: 0.9; region 3: 0.7.` with and without `image anomaly score: 0.9`, lists,
    ranges, percentages, fractions, tables, markdown, JSON and other languages' words and commas.

    Args:
        text: the whole answer.
        known_regions: numbers of the regions that exist.

    Returns:
        An answer with the outcome `refused` or `unparsable` where there are no scores; never a
        score that the text does not hold.
    """
    answer = plain_text(text)
    found = read_json(answer)
    if not found.found:
        found = read_prose(answer)
    if found.found:
        return _scored(found, known_regions)
    if refuses(answer):
        return RegionAnswer(outcome="refused")
    if denies_anomaly(answer):
        return RegionAnswer(
            outcome="no_anomaly", image_score=0.0, image_score_from="no_anomaly_stated"
        )
    return RegionAnswer(outcome="unparsable")


def to_anomaly_map(
    region_scores: Mapping[int, float],
    regions: Mapping[int, Region],
    *,
    height_px: int,
    width_px: int,
) -> Float32Map:
    """Paint the score of every region over its mask.

    Args:
        region_scores: by number.
        regions: by number; all scored ones must be here.
        height_px: of the original image.
        width_px: of the original image.

    Returns:
        (height_px, width_px), original-image pixels; 0 where no region was scored, the greatest
        score where regions overlap.

    Raises:
        KeyError: where a scored region is not among the regions.
    """
    anomaly_map = np.zeros((height_px, width_px), dtype=np.float32)
    for number, score in region_scores.items():
        inside = regions[number].full_mask(height_px=height_px, width_px=width_px)
        anomaly_map[inside] = np.maximum(anomaly_map[inside], np.float32(score))
    return anomaly_map


def _scored(found: AnswerScores, known_regions: Collection[int]) -> RegionAnswer:
    known = {number: score for number, score in found.regions.items() if number in known_regions}
    unknown = {n: score for n, score in found.regions.items() if n not in known_regions}
    notes = list(found.notes)
    if unknown:
        notes.append(f"regions that do not exist: {', '.join(map(str, sorted(unknown)))}")
    if found.image is None and not known:
        return RegionAnswer(outcome="unparsable", unknown_regions=unknown, notes=notes)
    stated = found.image is not None
    return RegionAnswer(
        outcome="scored",
        region_scores=known,
        image_score=found.image if stated else max(known.values()),
        image_score_from="stated" if stated else "max_over_regions",
        unknown_regions=unknown,
        notes=notes,
    )
