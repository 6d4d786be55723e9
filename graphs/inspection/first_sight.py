"""The direct judgement: a call of its own before the first round, and its check of stability.

Knows nothing of prompts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple, get_args

from graphs.calibrate import DEFAULT_HIGH, DEFAULT_LOW
from graphs.inspection.state import add_usage
from graphs.minds.contract import Direct, MindFault, Scene, SeeingMind, Variation
from graphs.records import Usage
from tools.ports import Draft
from tools.records import Evidence

LARGEST_SPREAD = 0.5
"""Of the scores of one judgement asked in several ways; beyond it they disagree."""


class Sight(NamedTuple):
    """What was judged at first sight, in every way that it was asked."""

    directs: list[Direct]
    """The plain one first; those that gave no answer are left out."""
    faults: list[MindFault]
    usage: Usage


async def judge_at_sight(mind: SeeingMind, scene: Scene, *, stability: bool) -> Sight:
    """Ask for the direct judgement, and where wanted in three more ways, all at once.

    Args:
        mind: that sees.
        scene: before the first round.
        stability: also paraphrased, with the references in another order, and mirrored.
    """
    variations: Sequence[Variation] = get_args(Variation) if stability else ("plain",)
    asked = [mind.direct(scene, variation=one) for one in variations]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    directs = [one for one in answers if isinstance(one, Direct)]
    faults = [one for one in answers if isinstance(one, MindFault)]
    for one in answers:
        if isinstance(one, BaseException) and not isinstance(one, MindFault):
            raise one
    usage = Usage()
    for spent in [*(one.usage for one in directs), *(one.usage for one in faults)]:
        usage = add_usage(usage, spent)
    return Sight(directs, faults, usage)


def sight_drafts(sight: Sight, *, view: str) -> list[Draft]:
    """Evidence of the plain judgement, and of how far the others agree with it."""
    plain = plain_of(sight)
    drafts = []
    if plain is not None:
        drafts.append(
            Draft(
                tool="direct",
                view=view,
                values={"score": plain.score},
                text=f"At first sight it scores the part {plain.score:.2f}. {plain.thought}",
            )
        )
    if len(sight.directs) > 1:
        drafts.append(_stability_draft(sight, view=view))
    return drafts


def plain_of(sight: Sight) -> Direct | None:
    """The judgement that takes part in the fusion; None where it gave no answer."""
    return next((one for one in sight.directs if one.variation == "plain"), None)


def disagreement(evidence: Sequence[Evidence]) -> str:
    """In words, how judgements of one part disagree; empty where they agree or none was asked."""
    for one in evidence:
        if one.tool == "stability" and one.values.get("agree") is False:
            return f"{one.text} [{one.id}]"
    return ""


def _stability_draft(sight: Sight, *, view: str) -> Draft:
    scores: dict[str, float] = {one.variation: one.score for one in sight.directs}
    spread = max(scores.values()) - min(scores.values())
    across = min(scores.values()) < DEFAULT_LOW and max(scores.values()) >= DEFAULT_HIGH
    agree = not across and spread < LARGEST_SPREAD
    told = ", ".join(f"{name} {score:.2f}" for name, score in scores.items())
    said = "agree" if agree else "disagree"
    return Draft(
        tool="stability",
        view=view,
        values={**scores, "spread": spread, "agree": agree},
        text=f"The same part asked in {len(scores)} ways: the scores {said} ({told}).",
    )
