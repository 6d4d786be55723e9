"""One turn of the mind. Knows nothing of prompts or of how a mind thinks."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from langgraph.runtime import Runtime

from graphs.inspection.budget import allows_two_calls, calls_spent, seconds_left
from graphs.inspection.context import Context, ProductModel
from graphs.inspection.first_sight import Sight, judge_at_sight, plain_of, sight_drafts
from graphs.inspection.numbering import Ledger
from graphs.inspection.questions import ill_posed
from graphs.inspection.rated_regions import rated_draft
from graphs.inspection.scene import build_scene, known_model
from graphs.inspection.shown_references import keep_references
from graphs.inspection.state import State, add_usage
from graphs.minds.contract import MindFault, Scene, SeeingMind, Turn
from graphs.records import Round, Usage
from tools.locate import located
from tools.ports import Draft

NO_SIGHT = Sight([], [], Usage())


class Looked(NamedTuple):
    """What one look came to."""

    sight: Sight = NO_SIGHT
    turn: Turn | None = None
    fault: MindFault | None = None
    stopped: str = ""


async def look(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Let the mind think once, and keep what it thought as a round without observations.

    Before the first turn a mind that sees judges at first sight, in a call of its own.
    """
    context = runtime.context
    model = await known_model(state, context)
    refused = ill_posed(context.question, model.product.ill_posed if model else [])
    if refused is not None:
        told = "the product's knowledge lists this question as one that no picture answers: "
        return {"unanswerable": f"{told}{refused!r}", "detail": "ill-posed question"}
    recall = None
    if model is not None and not state.rounds and isinstance(context.mind, SeeingMind):
        recall = await asyncio.to_thread(keep_references, state, context, model)
    shown = state if recall is None else replace(state, recall=recall)
    looked = await _within_time(shown, context, model)
    drafts = await asyncio.to_thread(_rated, looked, state, context) if _rates(looked) else []
    update = _written(looked, state, context, drafts)
    return update if recall is None else {**update, "recall": recall}


async def _within_time(state: State, context: Context, model: ProductModel | None) -> Looked:
    budget = context.budget
    try:
        async with asyncio.timeout(seconds_left(budget, state)):
            return await _look(state, context, build_scene(state, context, model))
    except TimeoutError:
        return Looked(stopped=f"the budget of {budget.seconds:g} seconds is spent")


async def _look(state: State, context: Context, scene: Scene) -> Looked:
    mind, budget = context.mind, context.budget
    if state.rounds or not isinstance(mind, SeeingMind):
        return await _turn(mind.look(scene))
    sight = judge_at_sight(mind, scene, stability=context.stability)
    if context.strategy == "direct":
        return _direct_only(await sight)
    if allows_two_calls(budget, state) and not context.stability:
        looked, seen = await _both(_turn(mind.look(scene)), sight)
        return looked._replace(sight=seen)
    seen = await sight
    spent = calls_spent(budget, replace(state, usage=add_usage(state.usage, seen.usage)))
    looked = Looked(stopped=spent) if spent else await _turn(mind.look(scene))
    return looked._replace(sight=seen)


async def _both(
    turn: Coroutine[Any, Any, Looked], sight: Coroutine[Any, Any, Sight]
) -> tuple[Looked, Sight]:
    """Ask both at once; where one breaks down the other is not left running."""
    turned, seen = asyncio.create_task(turn), asyncio.create_task(sight)
    try:
        return await turned, await seen
    finally:
        turned.cancel()
        seen.cancel()


async def _turn(asked: Coroutine[Any, Any, Turn]) -> Looked:
    try:
        return Looked(turn=await asked)
    except MindFault as fault:
        return Looked(fault=fault)


def _direct_only(sight: Sight) -> Looked:
    """The direct strategy: the judgement at first sight is the whole of the one round."""
    plain = plain_of(sight)
    if plain is None:
        return Looked(sight=sight, fault=sight.faults[0])
    turn = Turn(thought=plain.thought, submitted=True, unanswerable=plain.unanswerable)
    return Looked(sight=sight, turn=turn)


def _written(
    looked: Looked, state: State, context: Context, rated: Sequence[Draft]
) -> dict[str, Any]:
    """The update of the state."""
    ledger = Ledger(n_evidence=len(state.evidence), n_regions=len(state.regions))
    ledger.add_all(sight_drafts(looked.sight, view=state.views[0].id))
    ledger.add_all(rated)
    update: dict[str, Any] = {
        "usage": looked.sight.usage,
        "raw_scores": {},
        "degraded": _degraded(looked),
        "stopped": looked.stopped,
        "detail": looked.stopped or "no answer",
    }
    plain = plain_of(looked.sight)
    if plain is not None:
        update["raw_scores"]["direct"] = plain.score
    if looked.fault is not None:
        update["mind_fault"] = looked.fault.message
        if looked.fault not in looked.sight.faults:
            update["usage"] = add_usage(update["usage"], looked.fault.usage)
    if looked.turn is not None:
        update |= _round(looked.turn, state, ledger)
        update["usage"] = add_usage(update["usage"], looked.turn.usage)
        if looked.turn.raw_score is not None:
            update["raw_scores"][context.strategy] = looked.turn.raw_score
    regions = located(
        ledger.regions,
        views={view.id: view for view in state.views},
        asset=context.pictures.open(state.path, max_pixels=context.max_pixels),
    )
    return {**update, "evidence": ledger.evidence, "regions": regions}


def _rates(looked: Looked) -> bool:
    """Whether numbered regions were rated."""
    plain = plain_of(looked.sight)
    return bool(plain and plain.regions) or bool(looked.turn and looked.turn.region_scores)


def _rated(looked: Looked, state: State, context: Context) -> list[Draft]:
    """What the direct judgement and the turn say of numbered regions, where they rated some."""
    plain = plain_of(looked.sight)
    own = {region.id: region for region in plain.regions} if plain else {}
    roots = {view.id for view in state.views if view.picture == state.views[0].picture}
    known = {region.id: region for region in state.regions if region.view in roots}
    turned = looked.turn.region_scores if looked.turn else {}
    drafts = [
        rated_draft(
            scores,
            regions,
            view=state.views[0],
            artifacts=context.artifacts,
        )
        for scores, regions in (
            ({number: region.score or 0.0 for number, region in own.items()}, own),
            ({number: score for number, score in turned.items() if number in known}, known),
        )
    ]
    return [draft for draft in drafts if draft is not None]


def _degraded(looked: Looked) -> list[str]:
    """What the inspection did without: answers that never came."""
    faults: Sequence[MindFault] = looked.sight.faults
    if looked.fault is not None and looked.fault not in faults:
        faults = [*faults, looked.fault]
    return [one.message for one in faults]


def _round(turn: Turn, state: State, ledger: Ledger) -> dict[str, Any]:
    """The turn as a round; boxes that it claims become numbered regions."""
    candidates = list(turn.candidates)
    for box in turn.boxes:
        claimed = candidates[box.candidate]
        region = ledger.new_region(list(box.box_xyxy), view=box.view, label="")
        candidates[box.candidate] = claimed.model_copy(update={"region": region.id})
    return {
        "rounds": [
            Round(
                number=len(state.rounds) + 1,
                thought=turn.thought,
                tool_calls=turn.tool_calls,
                candidates=candidates,
                submitted=turn.submitted,
                reply=turn.reply,
            )
        ],
        "unanswerable": turn.unanswerable,
        "detail": "submitted" if turn.submitted else f"{len(turn.tool_calls)} tool calls",
    }
