"""What an inspection says, in the terms of the figures. Knows no data set."""

from collections.abc import Sequence
from typing import NamedTuple

from graphs.records import Cause, Finding, Inspection
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


def recalled_index(inspection: Inspection) -> int | None:
    """Place of the nearest reference; None where none was recalled."""
    references = inspection.recall.references
    return place_of(references[0]) if references else None


def place_of(reference_id: str) -> int:
    """Index that a reference was written with, the number that its file name starts with."""
    return int(reference_id.split("_", 1)[0])


class NamedRegion(NamedTuple):
    """A region that a finding names."""

    finding: Finding
    box_xyxy: list[float]


def named_regions(inspection: Inspection) -> list[NamedRegion]:
    """Regions that findings name, each once, with the first finding that names it."""
    regions = {region.id: region for region in inspection.verdict.regions}
    first: dict[int, NamedRegion] = {}
    for finding in inspection.verdict.findings:
        if finding.region in regions and finding.region is not None:
            box_xyxy = regions[finding.region].box_xyxy
            first.setdefault(finding.region, NamedRegion(finding, box_xyxy))
    return list(first.values())


def ranked_modes_of_finding(inspection: Inspection, finding: Finding) -> list[str]:
    """Ids of the failure modes of one finding: its own, then those of causes that share evidence.

    Empty where it names none.
    """
    cited = set(finding.evidence_ids)
    shared = [c for c in inspection.verdict.causes if cited.intersection(c.evidence_ids)]
    own = [finding.failure_mode] if finding.failure_mode else []
    return list(dict.fromkeys([*own, *map(mode_of_cause, _likeliest_first(shared))]))


def ranked_modes(inspection: Inspection) -> list[str]:
    """Ids of the failure modes of all causes, likeliest first."""
    return list(dict.fromkeys(map(mode_of_cause, _likeliest_first(inspection.verdict.causes))))


def mode_of_cause(cause: Cause) -> str:
    """The failure mode's id, which a cause's source starts with."""
    return cause.source.split(":", 1)[0]


def _likeliest_first(causes: Sequence[Cause]) -> list[Cause]:
    return sorted(causes, key=lambda cause: -cause.likelihood)
