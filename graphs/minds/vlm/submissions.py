"""A submitted answer: checked against the scene, and made into candidates. Knows no call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from graphs.inspection.support import says, shows
from graphs.minds.contract import ClaimedBox, Scene
from graphs.minds.vlm.asking import Unusable
from graphs.minds.vlm.pictures import root_view
from graphs.minds.vlm.scene_text import surveyed
from graphs.records import Candidate
from tools.records import Evidence, ImageExtent, Region, View
from tools.submission import Known, SubmitArguments, SubmittedFinding, find_problem, source_box
from tools.text_to_segmentation import parse_answer

CLAIMED_FROM = 0.5
"""Score of a rated region from which on it is a candidate though no finding names it."""


class Answered(NamedTuple):
    """What an answer claims, in the words of a turn."""

    candidates: list[Candidate]
    boxes: list[ClaimedBox]
    region_scores: dict[int, float]
    """Of numbered regions, where the model rated them; in [0, 1]."""


def read_submission(given: Mapping[str, Any], scene: Scene, *, last: bool) -> SubmitArguments:
    """An answer that holds together and names only what exists.

    Args:
        given: the arguments of `submit` as they came.
        scene: what it may name.
        last: no attempt is left: ids of rules and evidence that do not exist are dropped.

    Raises:
        Unusable: says what is wrong, for the model.
    """
    try:
        arguments = SubmitArguments.model_validate(given)
    except ValidationError as error:
        raise Unusable("unreadable", f"the arguments of submit: {_problems(error)}") from None
    known = known_to(scene)
    problem = find_problem(arguments, known)
    if problem is not None and problem.kind == "unknown_id" and last:
        return _without_unknown_ids(arguments, known)
    if problem is not None:
        if problem.kind == "unknown_region":
            raise Unusable("unknown_region", problem.text)
        raise Unusable("unreadable", problem.text)
    return arguments


def known_to(scene: Scene) -> Known:
    """What an answer may name."""
    return Known(
        regions=[region.id for region in scene.regions],
        views={view.id: view for view in scene.views},
        evidence_ids=[one.id for one in scene.evidence],
        rule_ids=[rule.id for rule in scene.product.rules] if scene.product else [],
    )


def answered(arguments: SubmitArguments, scene: Scene) -> Answered:
    """Findings as candidates, each with evidence that shows its place where there is any."""
    candidates: list[Candidate] = []
    boxes: list[ClaimedBox] = []
    for finding in arguments.findings:
        place = _place(finding, scene)
        if finding.has_box and place is not None:
            x1, y1, x2, y2 = place.box_xyxy
            boxes.append(ClaimedBox(len(candidates), place.view, (x1, y1, x2, y2)))
        candidates.append(_candidate(finding, place, scene, score=arguments.score))
    scores = rated_regions(arguments, scene)
    return Answered(candidates + _rated(scores, candidates, scene), boxes, scores)


def rated_regions(arguments: SubmitArguments, scene: Scene) -> dict[int, float]:
    """Scores of numbered regions in GPT-4V-AD's form; empty where none were given."""
    if not arguments.region_scores.strip():
        return {}
    known = [region.id for region in scene.regions]
    return parse_answer(arguments.region_scores, known).region_scores


def link_evidence(place: Region | None, scene: Scene) -> list[str]:
    """Evidence for a claim that cites none.

    What tools of the rounds brought where their view shows the place, or, for a claim without a
    place, what the last of them brought; else what the survey said. Evidence whose values
    contradict the claim stays out.
    """
    views = {view.id: view for view in scene.views}
    fitting = [
        one
        for one in scene.evidence
        if one.view is not None
        and shows(one, region=place, views=views)
        and _of_place(one, place, views)
        and says(one) is not False
    ]
    brought = [done.evidence_ids for done in scene.rounds if done.evidence_ids]
    counted = brought[-1:] if place is None else brought
    asked = {one for ids in counted for one in ids}
    before = {one.id for one in surveyed(scene)}
    return [one.id for one in fitting if one.id in asked] or [
        one.id for one in fitting if one.id in before
    ]


def _of_place(one: Evidence, place: Region | None, views: Mapping[str, View]) -> bool:
    """Whether its own region, where it has one in the same picture, touches the place."""
    if one.region is None or place is None:
        return True
    own, other = views.get(one.region.view), views.get(place.view)
    if own is not None and other is not None and own.picture != other.picture:
        return one.region.id == place.id
    a, b = one.region.box_xyxy, place.box_xyxy
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


def _place(finding: SubmittedFinding, scene: Scene) -> Region | None:
    if finding.region:
        return next(one for one in scene.regions if one.id == finding.region)
    views = {view.id: view for view in scene.views}
    box = source_box(finding, views) if finding.has_box else None
    if box is None:
        return None
    view = finding.view or _nearest_view(list(box), scene)
    return Region(id=1, view=view, box_xyxy=list(box), source=ImageExtent(box_xyxy=list(box)))


def _nearest_view(box: list[float], scene: Scene) -> str:
    """The smallest window that shows a box; the whole picture where none does."""
    root = root_view(scene)
    if root is None:
        return ""
    same = [view for view in scene.views if view.picture == root.picture]
    showing = [view for view in same if view.contains(box)]
    if not showing:
        return root.id
    return min(showing, key=lambda view: _area(view.window_xyxy)).id


def _area(box: list[float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _candidate(
    finding: SubmittedFinding, place: Region | None, scene: Scene, *, score: float
) -> Candidate:
    cited = list(dict.fromkeys(finding.evidence_ids))
    return Candidate(
        claim=" ".join(finding.claim.split()),
        region=finding.region or None,
        evidence_ids=cited or link_evidence(place, scene),
        rule_ids=list(dict.fromkeys(finding.rule_ids)),
        suspicion=score if finding.score is None else finding.score,
    )


def _rated(
    scores: Mapping[int, float], candidates: list[Candidate], scene: Scene
) -> list[Candidate]:
    """Regions that were rated as anomalous and that no finding names."""
    named = {one.region for one in candidates}
    regions = {region.id: region for region in scene.regions}
    return [
        Candidate(
            claim=f"Region {number} was rated {score:.2g} of 1 among the marked regions.",
            region=number,
            evidence_ids=link_evidence(regions[number], scene),
            suspicion=score,
        )
        for number, score in sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
        if score >= CLAIMED_FROM and number not in named
    ]


def _without_unknown_ids(arguments: SubmitArguments, known: Known) -> SubmitArguments:
    evidence, rules = known.evidence_ids or (), known.rule_ids or ()
    findings = [
        finding.model_copy(
            update={
                "evidence_ids": [one for one in finding.evidence_ids if one in evidence],
                "rule_ids": [one for one in finding.rule_ids if one in rules],
            }
        )
        for finding in arguments.findings
    ]
    return arguments.model_copy(update={"findings": findings})


def _problems(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, one['loc'])) or 'all'}: {one['msg']}" for one in error.errors()[:5]
    )
