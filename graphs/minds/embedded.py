"""The mind that needs no VLM: reads scores, checks and comparisons, and says what it saw.

Knows no pictures, no files and no tools beyond their names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphs.inspection.checks import check_candidates
from graphs.inspection.context import EMBEDDED
from graphs.inspection.support import says
from graphs.minds.contract import Refutation, Scene, Turn
from graphs.records import Candidate, ToolCall
from tools.extents import overlap, place_words
from tools.records import Evidence, Region

MAX_CLOSER_LOOKS = 3
"""Regions that are looked at again, worst first; each costs a zoom and a measurement."""
CALM = 0.3
"""Suspicion below which nothing is looked at again."""
MIN_SAME_PLACE = 0.3
"""Share of the smaller of two boxes from which on they are one place."""
CLOSER_LOOK = ("zoom", "measure")
"""No comparison: the survey and the judge lay the reference already, and another costs 0.6 s."""


class EmbeddedMind:
    """Looks at most twice: what stands out, and whether it still does from nearby."""

    @property
    def name(self) -> str:
        """As it stands in every verdict."""
        return EMBEDDED

    async def look(self, scene: Scene) -> Turn:
        """First gather candidates and ask to see the worst nearer; then keep what is confirmed."""
        return _first_look(scene) if not scene.rounds else _second_look(scene)

    async def refute(self, scene: Scene, candidates: Sequence[Candidate]) -> Refutation:
        """Let stand what measurement and alignment left: it has nothing else to go by."""
        return Refutation(survivors=list(candidates), refuted=[])


def _first_look(scene: Scene) -> Turn:
    candidates = gather(scene)
    thought = [*_scores(scene.evidence), *_standing_out(scene, candidates)]
    calls = [] if scene.suspicion < CALM else _closer_looks(scene, candidates)
    if calls:
        thought.append(f"I look at {_named(calls)} from nearby.")
    elif candidates:
        thought.append("Nothing of this needs a closer look.")
    return Turn(
        thought=" ".join(thought),
        candidates=candidates,
        tool_calls=calls,
        submitted=not calls,
    )


def _second_look(scene: Scene) -> Turn:
    kept: list[Candidate] = []
    thought: list[str] = []
    for candidate in scene.rounds[-1].candidates:
        nearby = _seen_nearby(scene, candidate.region)
        against = [one for one in nearby if says(one) is False]
        if against and candidate.rule_ids == [] and not any(says(one) for one in nearby):
            thought.append(f"Region {candidate.region} does not hold: {against[0].text}")
            continue
        seen = [one for one in nearby if says(one)]
        thought += [_size(one) for one in nearby if "length_px" in one.values]
        thought += [f"Region {candidate.region} holds: {one.text}" for one in seen[:1]]
        ids = [*candidate.evidence_ids, *(one.id for one in seen)]
        kept.append(candidate.model_copy(update={"evidence_ids": list(dict.fromkeys(ids))}))
    thought.append(f"{len(kept)} of {len(scene.rounds[-1].candidates)} candidates stand.")
    return Turn(thought=" ".join(thought), candidates=kept, submitted=True)


def gather(scene: Scene) -> list[Candidate]:
    """Parts and rules that checks found wrong, then regions that experts point at.

    What experts say of the interval or the frames at which a rule is broken is evidence for that.
    """
    regions = {region.id: region for region in scene.regions}
    checked = [_with_experts(one, regions, scene) for one in check_candidates(scene.evidence)]
    claimed = [regions[place] for one in checked for place in one.places if place in regions]
    pointed = [
        _pointed_at(region, _of_region(scene.evidence, region.id))
        for region in scene.regions
        if region.score is not None and not any(_same_place(region, one) for one in claimed)
    ]
    return checked + sorted(pointed, key=lambda one: -one.suspicion)


def _with_experts(candidate: Candidate, regions: Mapping[int, Region], scene: Scene) -> Candidate:
    places = [regions[one] for one in candidate.places if one in regions]
    pointed = [
        one.id
        for region in scene.regions
        if region.score is not None and region.source.modality != "image"
        if any(_same_place(region, place) for place in places)
        for one in _of_region(scene.evidence, region.id)
    ]
    ids = list(dict.fromkeys([*candidate.evidence_ids, *pointed]))
    return candidate.model_copy(update={"evidence_ids": ids})


def _pointed_at(region: Region, evidence: Sequence[Evidence]) -> Candidate:
    severity = region.score or 0.0
    experts = " and ".join(str(one.values.get("expert", one.tool)) for one in evidence)
    if any("probability" in one.values for one in evidence):
        return _taken_for_anomalous(region, evidence, experts)
    # Without a peak of its own the region stands for the score of the whole picture.
    beyond = any("peak" in one.values for one in evidence)
    differs = "differs from the references" if beyond else "differs most in a part that scores"
    return Candidate(
        claim=(
            f"Region {region.id}, {place_words(region.source)}, "
            f"{differs}{':' if beyond else ''} {severity:.1f} times what normal parts reach "
            f"({experts})."
        ),
        region=region.id,
        evidence_ids=[one.id for one in evidence],
        suspicion=severity / (1.0 + severity),
    )


def _taken_for_anomalous(region: Region, evidence: Sequence[Evidence], experts: str) -> Candidate:
    """What experts without references point at, of an unknown product."""
    said = [one.values.get("probability") for one in evidence]
    highest = max(float(value) for value in said if isinstance(value, int | float))
    return Candidate(
        claim=(
            f"Region {region.id}, {place_words(region.source)}, looks anomalous without any "
            f"reference: {highest:.2f} of 1 ({experts})."
        ),
        region=region.id,
        evidence_ids=[one.id for one in evidence],
        suspicion=highest,
    )


def _closer_looks(scene: Scene, candidates: Sequence[Candidate]) -> list[ToolCall]:
    """A zoom and a measurement for each of the worst regions that no check explains."""
    views = {region.id: region.view for region in scene.regions}
    checked = {one.id for one in scene.evidence if "check" in one.values}
    regions = [
        one.region
        for one in candidates
        if one.region is not None and not checked.intersection(one.evidence_ids)
    ]
    calls: list[ToolCall] = []
    for region in regions[:MAX_CLOSER_LOOKS]:
        for tool in CLOSER_LOOK:
            if tool in scene.tools:
                calls.append(
                    ToolCall(
                        id=f"C{len(calls) + 1}",
                        tool=tool,
                        arguments={"view": views[region], "region": region},
                    )
                )
    return calls


def _seen_nearby(scene: Scene, region: int | None) -> list[Evidence]:
    """What the last round's comparisons say of a region."""
    return [
        one
        for one in _of_region(scene.evidence, region)
        if one.tool in CLOSER_LOOK and region is not None
    ]


def _size(measured: Evidence) -> str:
    """How long and wide a region is, in millimetres where the scale is known."""
    unit = "mm" if "length_mm" in measured.values else "px"
    length, width = (float(str(measured.values[f"{name}_{unit}"])) for name in ("length", "width"))
    number = measured.region.id if measured.region else 0
    return f"Region {number} is {length:.3g} {unit} long and {width:.3g} {unit} wide."


def _of_region(evidence: Sequence[Evidence], region: int | None) -> list[Evidence]:
    return [one for one in evidence if one.region is not None and one.region.id == region]


def _scores(evidence: Sequence[Evidence]) -> list[str]:
    return [one.text for one in evidence if one.region is None and "raw_score" in one.values]


def _standing_out(scene: Scene, candidates: Sequence[Candidate]) -> list[str]:
    checked = [one.text for one in scene.evidence if one.values.get("check") == "parts"]
    if scene.product is None:
        return ["I do not know this product, so I have nothing to compare it with."]
    if not candidates:
        return [*checked, "No region stands out."]
    return [*checked, f"{len(candidates)} candidates. {candidates[0].claim}"]


def _named(calls: Sequence[ToolCall]) -> str:
    numbers = dict.fromkeys(str(call.arguments["region"]) for call in calls)
    return f"region{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"


def _same_place(first: Region, second: Region) -> bool:
    if first.source.modality != "image" or second.source.modality != "image":
        return overlap(first.source, second.source) >= MIN_SAME_PLACE
    x1, y1 = (max(first.box_xyxy[k], second.box_xyxy[k]) for k in (0, 1))
    x2, y2 = (min(first.box_xyxy[k], second.box_xyxy[k]) for k in (2, 3))
    if x1 >= x2 or y1 >= y2:
        return False
    return (x2 - x1) * (y2 - y1) >= MIN_SAME_PLACE * min(_area(first), _area(second))


def _area(region: Region) -> float:
    x1, y1, x2, y2 = region.box_xyxy
    return (x2 - x1) * (y2 - y1)
