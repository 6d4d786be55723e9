"""A mind's answer: its form, and what is wrong with it beside what exists. Decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tools.records import View
from tools.targets import Coordinate, spans
from tools.text_to_segmentation import parse_answer

MAX_FINDINGS = 50
SURE = 0.7
"""A score beyond this, or below its complement, says the decision in figures."""
Score = Annotated[float, Field(ge=0, le=1)]


class SubmittedFinding(BaseModel):
    """One defect and where it is."""

    model_config = ConfigDict(extra="forbid")

    claim: str = Field(description="What is wrong, in one sentence.")
    region: int | None = Field(
        default=None, ge=0, description="Number of its region; 0 or null where it has none."
    )
    view: str | None = Field(default=None, description="Id of the view that box_xyxy is told in.")
    box_xyxy: list[Coordinate] | None = Field(
        default=None,
        min_length=4,
        max_length=4,
        description=(
            "[x1, y1, x2, y2] around it where no region is numbered there: in pixels of the view, "
            "without a view in pixels of the original. Null where it is of the whole part."
        ),
    )
    rule_ids: list[str] = Field(default_factory=list, description="Rules that it breaks.")
    evidence_ids: list[str] = Field(
        default_factory=list, description="Evidence that shows it, for example E3."
    )
    score: Score | None = Field(default=None, description="How sure you are of this defect.")

    @property
    def has_box(self) -> bool:
        """Whether it tells a place of its own; no region number goes before it."""
        return not self.region and self.box_xyxy is not None and any(self.box_xyxy)


class SubmitArguments(BaseModel):
    """Arguments of `submit`."""

    model_config = ConfigDict(extra="forbid")

    reasoning: str = Field(default="", description="Why, in a few sentences.")
    anomalous: bool = Field(description="Whether anything breaks a rule or is a defect.")
    score: float = Field(
        ge=0, le=1, description="How likely the part is anomalous: 0 certainly not, 1 certainly."
    )
    findings: list[SubmittedFinding] = Field(
        default_factory=list,
        max_length=MAX_FINDINGS,
        description="One entry for each defect; empty where the part is normal.",
    )
    region_scores: str = Field(
        default="",
        description=(
            "Only where you were shown numbered regions and rate them, as: "
            "'region 1: 0.9; region 3: 0.7.'; else empty."
        ),
    )
    unanswerable: str = Field(
        default="",
        description="Why the picture or the question allows no answer; empty where it does.",
    )

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        """Claims and region numbers side by side, as small models write them."""
        if not isinstance(value, dict):
            return value
        value = {name: given for name, given in value.items() if given is not None}
        claims, regions = value.pop("claims", None), value.pop("regions", None)
        if claims is None and regions is None:
            return value
        claims, regions = claims or [], regions or []
        if value.get("findings") or not isinstance(claims, list) or not isinstance(regions, list):
            raise ValueError("give findings, or claims with a region for each; not both")
        if regions and len(regions) != len(claims):
            raise ValueError(
                f"there are {len(claims)} claims and {len(regions)} regions; "
                "give one region for each claim, 0 for the whole part"
            )
        numbers = regions or [0] * len(claims)
        pairs = zip(claims, numbers, strict=True)
        return {**value, "findings": [{"claim": claim, "region": n} for claim, n in pairs]}


ProblemKind = Literal["unknown_region", "contradiction", "unknown_id"]


class Problem(NamedTuple):
    """What is wrong with an answer, in words that say what to try."""

    kind: ProblemKind
    text: str


@dataclass(frozen=True, kw_only=True)
class Known:
    """What exists, for an answer to name."""

    regions: Collection[int]
    views: Mapping[str, View]
    evidence_ids: Collection[str] | None = None
    """None where it is not checked."""
    rule_ids: Collection[str] | None = None
    """None where it is not checked."""


def find_problem(arguments: SubmitArguments, known: Known) -> Problem | None:
    """The first thing that is wrong with an answer; None where nothing is."""
    if arguments.unanswerable.strip():
        return None
    contradiction = _contradiction(arguments)
    if contradiction is not None:
        return Problem("contradiction", contradiction)
    for number, finding in enumerate(arguments.findings, start=1):
        place = _place_problem(finding, known)
        if place is not None:
            return Problem("unknown_region", f"finding {number}: {place}")
    rated = (
        parse_answer(arguments.region_scores, known.regions) if arguments.region_scores else None
    )
    if rated is not None and rated.unknown_regions:
        return Problem(
            "unknown_region",
            f"region_scores: {_no_region(spans(rated.unknown_regions), known.regions)}",
        )
    return _id_problem(arguments, known)


def _contradiction(arguments: SubmitArguments) -> str | None:
    if any(not finding.claim.strip() for finding in arguments.findings):
        return "a claim is blank; say in words what is wrong, or drop it"
    if arguments.anomalous and not arguments.findings:
        return "anomalous is true but findings is empty; say what is wrong"
    if arguments.findings and not arguments.anomalous:
        return "anomalous is false but there are findings; drop them or set anomalous to true"
    if arguments.score > SURE and not arguments.anomalous:
        return _polarity(arguments)
    if arguments.score < 1 - SURE and arguments.anomalous:
        return _polarity(arguments)
    return None


def _polarity(arguments: SubmitArguments) -> str:
    return (
        f"anomalous is {str(arguments.anomalous).lower()} but score is {arguments.score:.3g}; "
        "score says how likely the part is anomalous: 0 certainly not, 1 certainly"
    )


def _place_problem(finding: SubmittedFinding, known: Known) -> str | None:
    if finding.region and finding.region not in known.regions:
        return _no_region(str(finding.region), known.regions)
    if not finding.has_box or finding.box_xyxy is None:
        return None
    if finding.view and finding.view not in known.views:
        views = ", ".join(known.views) or "none"
        return f"view {finding.view!r} does not exist; the views are: {views}"
    if _shares(finding.box_xyxy):
        return (
            f"box_xyxy {finding.box_xyxy} is smaller than a pixel; "
            "give pixels of the view, not shares of its size"
        )
    roots = [view.id for view in known.views.values() if view.parent is None]
    if not finding.view and len(roots) > 1:
        return (
            f"box_xyxy {finding.box_xyxy} was given without a view, and this part has several "
            f"pictures; give the view too: {', '.join(known.views)}"
        )
    if source_box(finding, known.views) is None:
        return (
            f"box_xyxy {finding.box_xyxy} has no area inside {finding.view or 'the picture'}; "
            "give [x1, y1, x2, y2] with x1 < x2 and y1 < y2 within it"
        )
    return None


def _shares(box: Sequence[float]) -> bool:
    """Whether a box is told in shares of the picture, as some models do."""
    return all(0 <= edge <= 1 for edge in box)


def source_box(
    finding: SubmittedFinding, views: Mapping[str, View]
) -> tuple[float, float, float, float] | None:
    """The box of a finding in original-image pixels, clipped to its view; None without area."""
    if finding.box_xyxy is None:
        return None
    if finding.view:
        box = views[finding.view].box_to_source(finding.box_xyxy)
    else:
        x1, y1, x2, y2 = finding.box_xyxy
        whole = [view.window_xyxy for view in views.values() if view.parent is None]
        left, top, right, bottom = whole[0] if whole else (x1, y1, x2, y2)
        box = [max(x1, left), max(y1, top), min(x2, right), min(y2, bottom)]
    return (box[0], box[1], box[2], box[3]) if box[0] < box[2] and box[1] < box[3] else None


def _no_region(numbers: str, known: Collection[int]) -> str:
    if not known:
        return f"region {numbers} does not exist, none is numbered yet; give view and box_xyxy"
    return f"region {numbers} does not exist; the regions are {spans(known)}"


def _id_problem(arguments: SubmitArguments, known: Known) -> Problem | None:
    for name, ids in (("rule", known.rule_ids), ("evidence", known.evidence_ids)):
        if ids is None:
            continue
        named = [one for f in arguments.findings for one in getattr(f, f"{name}_ids")]
        unknown = list(dict.fromkeys(one for one in named if one not in ids))
        if unknown:
            there = ", ".join(ids) or "none"
            return Problem(
                "unknown_id",
                f"{name} {', '.join(map(repr, unknown))} does not exist; there are: {there}",
            )
    return None
