"""What an inspection says, in the terms of the figures. Knows no data set."""

from graphs.records import Inspection
from tools.errors import LoupeError


def raw_score(inspection: Inspection, *, source: str | None = None) -> float:
    """The verdict's raw score, or that of one source of its fusion.

    Raises:
        LoupeError: the inspection failed, or the source took no part; a failure is no score.
    """
    verdict = inspection.verdict
    value = verdict.raw_score if source is None else verdict.fusion.get(source)
    if value is None:
        missing = f"no raw score of {source}" if source else "no raw score"
        raise LoupeError(f"{inspection.asset.path}: {missing}; {verdict.reason}")
    return value


def claimed_boxes(inspection: Inspection) -> list[tuple[float, float, float, float]]:
    """Boxes of the regions that a finding names, original-image pixels, each region once."""
    named = {finding.region for finding in inspection.verdict.findings}
    return [
        (region.box_xyxy[0], region.box_xyxy[1], region.box_xyxy[2], region.box_xyxy[3])
        for region in inspection.verdict.regions
        if region.id in named
    ]


def recalled_index(inspection: Inspection) -> int | None:
    """Index of the nearest reference, from the two digits its file name starts with."""
    references = inspection.recall.references
    return int(references[0].split("_", 1)[0]) if references else None
