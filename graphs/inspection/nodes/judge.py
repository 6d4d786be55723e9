"""Candidates are refuted, survivors become findings, scores become a decision."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime

from graphs.inspection.appearance import describe, lay_reference
from graphs.inspection.budget import spent
from graphs.inspection.checks import check_candidates
from graphs.inspection.context import Context, ProductModel
from graphs.inspection.findings import Explained, Made, explain_findings, make_findings
from graphs.inspection.refutation import Case, Grounds, Sifted, sift
from graphs.inspection.scene import build_scene, model_of
from graphs.inspection.scoring import judge_scores
from graphs.inspection.similar_cases import Backed, back_by_cases
from graphs.inspection.state import State
from graphs.inspection.verdict import Judgement, compose_verdict
from graphs.records import Candidate
from tools.records import Evidence

MAX_DESCRIBED = 20
"""Regions that are described by their pixels; the rest are judged by their evidence alone."""


async def judge(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Refute by measurement first, then by the mind; then decide and explain."""
    context = runtime.context
    model = await asyncio.to_thread(model_of, state, context)
    judged = judge_scores(state.raw_scores, model.calibration if model else None)
    sifted = await asyncio.to_thread(
        _sift, state, context, model, described=judged.decision != "normal"
    )
    undecided = [case.candidate for case in sifted.undecided]
    scene = build_scene(state, context, model)
    refutation = await context.mind.refute(scene, undecided) if undecided else None
    survivors = refutation.survivors if refutation else []
    standing = [case for case in sifted.undecided if case.candidate in survivors]
    made = make_findings(standing, views={view.id: view for view in state.views})
    known = [*state.evidence, *sifted.evidence]
    explained, backed = await asyncio.to_thread(_explain, made, model, state, context, known)
    refuted = [*sifted.refuted, *(refutation.refuted if refutation else [])]
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
        )
    )
    update: dict[str, Any] = {
        "verdict": verdict,
        "evidence": [*sifted.evidence, *backed.evidence],
        "detail": str(verdict.decision),
    }
    if refutation:
        update["usage"] = refutation.usage
    return update


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


def gather_candidates(state: State) -> list[Candidate]:
    """The last round's candidates, and those of counting and measuring that it left out."""
    candidates = list(state.rounds[-1].candidates) if state.rounds else []
    cited = {one for candidate in candidates for one in candidate.evidence_ids}
    left_out = [
        candidate
        for candidate in check_candidates(state.evidence)
        if not cited.intersection(candidate.evidence_ids)
    ]
    return candidates + left_out


def _sift(state: State, context: Context, model: ProductModel | None, *, described: bool) -> Sifted:
    product = model.product if model else None
    grounds = Grounds(
        views={view.id: view for view in state.views},
        rules=product.rules if product else (),
        failure_modes=product.failure_modes if product else (),
        mm_per_px=product.mm_per_px if product else None,
        n_evidence=len(state.evidence),
    )
    cases = _cases(gather_candidates(state), state)
    return sift(_with_appearance(cases, state, context) if described else cases, grounds)


def _cases(candidates: Sequence[Candidate], state: State) -> list[Case]:
    """Candidates with their regions and the evidence that they cite."""
    evidence = {one.id: one for one in state.evidence}
    regions = {region.id: region for region in state.regions}
    return [
        Case(
            candidate=candidate,
            cited=[evidence[one] for one in candidate.evidence_ids if one in evidence],
            region=None if candidate.region is None else regions.get(candidate.region),
            measurements=[
                one
                for one in state.evidence
                if one.tool == "measure" and one.region and one.region.id == candidate.region
            ],
        )
        for candidate in candidates
    ]


def _with_appearance(cases: Sequence[Case], state: State, context: Context) -> list[Case]:
    """Let every region be seen beside its registered reference."""
    if not any(case.region for case in cases):
        return list(cases)
    picture = context.pictures.open(state.path, max_pixels=context.max_pixels)
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


def _ended_early(state: State, context: Context) -> str | None:
    """Which budget kept the mind from submitting; None where it was done."""
    last = state.rounds[-1] if state.rounds else None
    done = last is None or last.submitted or not last.tool_calls
    return None if done else spent(context.budget, state)
