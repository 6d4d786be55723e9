"""What the embedded mind's verdict answers to a question in words. Knows no run and no row.

It reads no prompt: it answers whether, how surely, where, and what its findings say; what a
question asks beyond that is declined, which counts as a wrong answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from evals.datasets.records import Question
from evals.runner.divisions import SIDE_PX, WRITTEN_SCORE
from evals.runner.reading import HALF
from evals.runner.row_making import resized_mask
from graphs.records import Inspection, Verdict
from tools.arrays import Float32Map
from tools.records import Region
from tools.regions.division import RegionMask

ANSWERED_FROM = "the verdict"
"""Noted in every row that stands here."""
UNDECIDED = "it leaves the part to a person, with no score to read"
WHETHER = {"yes": True, "no": False}
"""How an option of a question whether something is wrong begins."""
ROWS = {"top": 1 / 6, "upper": 1 / 6, "bottom": 5 / 6, "lower": 5 / 6}
COLUMNS = {"left": 1 / 6, "right": 5 / 6}
MIDDLE = frozenset({"center", "centre", "central", "middle"})
LEAST_WRITTEN = 0.00005
"""Less would be written as nought."""


class Told(NamedTuple):
    """An answer, or why there is none."""

    text: str
    declined: str = ""


def sentence(verdict: Verdict) -> str:
    """Yes, no, or neither, and the verdict's own reason."""
    said = {"anomalous": "Yes.", "normal": "No."}.get(verdict.decision or "", "Neither yes nor no.")
    return f"{said} {verdict.reason}"


def story(verdict: Verdict) -> str:
    """What was found, why it probably happened and what to do, as far as the verdict says it."""
    parts = [sentence(verdict), *(one.claim for one in verdict.findings)]
    parts += [f"Probable cause: {one.text}." for one in verdict.causes]
    parts += [f"What to do: {one.text}." for one in verdict.remediation]
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts)


def chosen(inspection: Inspection, question: Question | None = None) -> Told:
    """The letter of the option that the verdict speaks for; options within a prompt are not read.

    Only questions of the kinds detection and localisation, as the set names them, are about what a
    verdict says. Of detection the option that begins with yes or no is chosen by the decision, a
    review by its score; of localisation the place nearest to the centre of the worst region.
    """
    kind = question.kind.lower() if question else ""
    options = question.options if question else {}
    words = {letter: re.findall(r"[a-z]+", text.lower()) for letter, text in options.items()}
    if "detection" in kind:
        whether = {letter: WHETHER.get(said[0]) if said else None for letter, said in words.items()}
        known = {letter: says for letter, says in whether.items() if says is not None}
        if sorted(known.values()) == [False, True] and len(words) == len(known):
            return _whether(inspection.verdict, known)
    places = {letter: place for letter, said in words.items() if (place := place_of(said))}
    if "locali" in kind and len(places) > 1:
        return _where(inspection, places)
    return Told("", "the embedded mind answers whether something is wrong and where, nothing else")


def _whether(verdict: Verdict, options: Mapping[str, bool]) -> Told:
    wrong = {"anomalous": True, "normal": False}.get(verdict.decision or "")
    if wrong is None:
        if verdict.score is None:
            return Told("", UNDECIDED)
        wrong = verdict.score >= HALF
    return Told(next(letter for letter, says in options.items() if says == wrong))


def place_of(words: list[str]) -> tuple[float, float] | None:
    """(x, y) in [0, 1] of the place that words name, by thirds of the picture; None for none."""
    rows = {ROWS[word] for word in words if word in ROWS}
    columns = {COLUMNS[word] for word in words if word in COLUMNS}
    if len(rows) > 1 or len(columns) > 1 or not (rows or columns or MIDDLE & set(words)):
        return None
    return (columns or {0.5}).pop(), (rows or {0.5}).pop()


def _where(inspection: Inspection, places: Mapping[str, tuple[float, float]]) -> Told:
    regions = inspection.verdict.regions
    if not regions or not inspection.asset.size:
        return Told("", "the embedded mind found no region")
    width_px, height_px = inspection.asset.size[:2]
    x1, y1, x2, y2 = max(regions, key=_badness).box_xyxy
    at = (x1 + x2) / 2 / width_px, (y1 + y2) / 2 / height_px
    away = {letter: (x - at[0]) ** 2 + (y - at[1]) ** 2 for letter, (x, y) in places.items()}
    return Told(min(away, key=lambda letter: away[letter]))


def rated(inspection: Inspection, masks: Sequence[RegionMask]) -> str:
    """What the published answer about numbered regions would be; empty where there is no score.

    A numbered region has the picture's probability times the mean, over its pixels, of the
    verdict's regions, each by its score relative to the worst one's.

    Args:
        inspection: of the picture that was divided.
        masks: numbered from 1 in their order, at 768 x 768.
    """
    verdict = inspection.verdict
    if verdict.score is None:
        return ""
    weights = _weights(inspection)
    told = [f"image anomaly score: {WRITTEN_SCORE.format(verdict.score)}"]
    for number, region in enumerate(masks, start=1):
        x1, y1, x2, y2 = region.box_xyxy
        score = verdict.score * float(weights[y1:y2, x1:x2][region.mask].mean())
        if score >= LEAST_WRITTEN:
            told.append(f"region {number}: {WRITTEN_SCORE.format(score)}")
    return "; ".join(told) + "."


def _weights(inspection: Inspection) -> Float32Map:
    """(768, 768) in [0, 1]: regions of the verdict by their scores relative to the worst one's."""
    regions, weights = inspection.verdict.regions, np.zeros((SIDE_PX, SIDE_PX), dtype=np.float32)
    if not regions:
        return weights
    width_px, height_px = inspection.asset.size[:2]
    worst = _badness(max(regions, key=_badness))
    for region in regions:
        inside = region.full_mask(height_px=height_px, width_px=width_px)
        inside = resized_mask(inside, height_px=SIDE_PX, width_px=SIDE_PX)
        weight = _badness(region) / worst if worst > 0 else 1.0
        weights[inside] = np.maximum(weights[inside], np.float32(max(weight, 0.0)))
    return weights


def _badness(region: Region) -> float:
    return 0.0 if region.score is None else region.score
