"""Candidates are refuted, survivors become findings, scores become a decision."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from langgraph.runtime import Runtime

from graphs.inspection.appearance import describe, lay_reference
from graphs.inspection.budget import calls_spent, seconds_left, spent
from graphs.inspection.checks import check_candidates
from graphs.inspection.context import Context, ProductModel
from graphs.inspection.findings import Explained, Made, explain_findings, make_findings
from graphs.inspection.first_sight import disagreement
from graphs.inspection.refutation import Case, Grounds, Sifted, sift
from graphs.inspection.same_place import merge_views
from graphs.inspection.scene import build_scene, known_model
from graphs.inspection.scoring import judge_scores, without_mind
from graphs.inspection.similar_cases import Backed, back_by_cases
from graphs.inspection.state import State
from graphs.inspection.verdict import Judgement, compose_verdict
from graphs.minds.contract import MindFault, Scene
from graphs.minds.embedded import gather
from graphs.records import Candidate, Refuted, Usage
from tools.asset_ports import AssetPort
from tools.assets.overview import first_picture
from tools.place_looks import looks_of
from tools.records import Evidence

MAX_DESCRIBED = 20
"""Regions that are described by their pixels; the rest are judged by their evidence alone."""
MAX_LOOKED_AT = 8
"""Places of other assets, the foremost, that are looked at again; each costs a video up to 2 s."""


async def judge(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Refute by measurement first, then by the mind; then decide and explain.

    Where the mind could not answer, the experts decide without it; where they said nothing either,
    the inspection failed and there is no decision.
    """
    context = runtime.context
    model = await known_model(state, context)
    raw_scores = without_mind(state.raw_scores) if state.mind_fault else state.raw_scores
    calibration = model.calibration if model else None
    judged = judge_scores(raw_scores, calibration, weights=context.weights)
    scene = build_scene(state, context, model)
    candidates = merge_views(
        gather_candidates(state, scene),
        {region.id: region for region in state.regions},
        state.asset,
    )
    sifted = await asyncio.to_thread(
        _sift, candidates, state, context, model, described=judged.decision != "normal"
    )
    refutation = await _refute(sifted.undecided, scene, state, context)
    standing = [case for case in sifted.undecided if case.candidate in refutation.survivors]
    made = make_findings(standing, views={view.id: view for view in state.views})
    known = [*state.evidence, *sifted.evidence]
    explained, backed = await asyncio.to_thread(_explain, made, model, state, context, known)
    refuted = [*sifted.refuted, *refutation.refuted]
    fault = state.mind_fault or refutation.fault
    verdict = compose_verdict(
        Judgement(
            judged=judged,
            known=model is not None,
            findings=explained.findings,
            refuted=refuted,
            regions=explained.regions,
            explanation=backed.explanation,
            all_ignored=bool(refuted) and sifted.n_ignored == len(refuted) and not standing,
            spent=_ended_early(state, context),
            fault=fault,
            unanswerable=state.unanswerable,
            disagreement=disagreement(state.evidence),
        )
    )
    return {
        "verdict": verdict,
        "evidence": [*sifted.evidence, *backed.evidence],
        "usage": refutation.usage,
        "degraded": [refutation.fault] if refutation.fault else [],
        "detail": str(verdict.decision),
    }


class Refuting(NamedTuple):
    """What became of the candidates that measurement and alignment left undecided."""

    survivors: Sequence[Candidate]
    refuted: Sequence[Refuted] = ()
    usage: Usage = Usage()
    fault: str = ""


async def _refute(
    undecided: Sequence[Case], scene: Scene, state: State, context: Context
) -> Refuting:
    """One call for all of them; they stand where the mind cannot be asked."""
    candidates = [case.candidate for case in undecided]
    if not candidates or state.mind_fault or calls_spent(context.budget, state):
        return Refuting(candidates)
    try:
        async with asyncio.timeout(seconds_left(context.budget, state)):
            refutation = await context.mind.refute(scene, candidates)
    except MindFault as fault:
        return Refuting(candidates, usage=fault.usage, fault=fault.message)
    except TimeoutError:
        return Refuting(candidates)
    return Refuting(refutation.survivors, refutation.refuted, refutation.usage)


def _explain(
    made: Sequence[Made],
    model: ProductModel | None,
    state: State,
    context: Context,
    known: Sequence[Evidence],
) -> tuple[Explained, Backed]:
    """Causes by failure modes, then the cases that stand behind them."""
    explained = explain_findings(made, model, context.knowledge)
    product = model.product if model else None
    return explained, back_by_cases(explained, state, context, product=product, evidence=known)


def gather_candidates(state: State, scene: Scene) -> list[Candidate]:
    """The last round's candidates, and those of counting and measuring that it left out.

    Where the mind could not answer they are what the embedded mind sees.
    """
    if state.mind_fault:
        return gather(scene)
    candidates = list(state.rounds[-1].candidates) if state.rounds else []
    cited = {one for candidate in candidates for one in candidate.evidence_ids}
    left_out = [
        candidate
        for candidate in check_candidates(state.evidence)
        if not cited.intersection(candidate.evidence_ids)
    ]
    return candidates + left_out


def _sift(
    candidates: Sequence[Candidate],
    state: State,
    context: Context,
    model: ProductModel | None,
    *,
    described: bool,
) -> Sifted:
    product = model.product if model else None
    grounds = Grounds(
        views={view.id: view for view in state.views},
        rules=product.rules if product else (),
        failure_modes=product.failure_modes if product else (),
        mm_per_px=product.mm_per_px if product else None,
        n_evidence=len(state.evidence),
    )
    cases = _cases(candidates, state)
    seen = _with_appearance(cases, state, context, model) if described else cases
    return sift(seen, grounds)


def _cases(candidates: Sequence[Candidate], state: State) -> list[Case]:
    """Candidates with their regions and the evidence that they cite."""
    evidence = {one.id: one for one in state.evidence}
    regions = {region.id: region for region in state.regions}
    return [
        Case(
            candidate=candidate,
            cited=[evidence[one] for one in candidate.evidence_ids if one in evidence],
            region=None if candidate.region is None else regions.get(candidate.region),
            others=[regions[one] for one in candidate.other_regions if one in regions],
            measurements=[
                one
                for one in state.evidence
                if one.tool == "measure" and one.region and one.region.id == candidate.region
            ],
        )
        for candidate in candidates
    ]


def _with_appearance(
    cases: Sequence[Case], state: State, context: Context, model: ProductModel | None
) -> list[Case]:
    """Let every region be seen beside its registered reference.

    The attributes of an image are of photographs; places of other assets have looks of their own.
    """
    if not any(case.region for case in cases):
        return list(cases)
    asset = context.pictures.open(state.path, max_pixels=context.max_pixels)
    if asset.asset.modality != "image":
        first, rest = cases[:MAX_LOOKED_AT], cases[MAX_LOOKED_AT:]
        return [*(_with_looks(case, asset, model) for case in first), *rest]
    picture = first_picture(asset)
    surroundings = lay_reference(
        picture.read(picture.window_xyxy),
        product=state.recall.product if state.recall else None,
        knowledge=context.knowledge,
    )
    seen = []
    for position, case in enumerate(cases):
        if case.region is None or position >= MAX_DESCRIBED:
            seen.append(case)
            continue
        cutout = surroundings.cut(case.region)
        attributes = describe(cutout) if cutout.mask.any() else None
        seen.append(replace(case, cutout=cutout, attributes=attributes))
    return seen


def _with_looks(case: Case, asset: AssetPort, model: ProductModel | None) -> Case:
    if case.region is None or model is None:
        return case
    memories, references = model.asset_memories, model.references
    return replace(case, looks=looks_of(case.region.source, asset, memories, references))


def _ended_early(state: State, context: Context) -> str | None:
    """Which budget kept the mind from submitting; None where it was done."""
    if state.stopped:
        return state.stopped
    last = state.rounds[-1] if state.rounds else None
    done = last is None or last.submitted or not last.tool_calls or bool(state.mind_fault)
    return None if done else spent(context.budget, state)
