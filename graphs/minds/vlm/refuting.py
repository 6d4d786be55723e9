"""One call that tries to refute all candidates together. Decides nothing by itself."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graphs.minds.chat import ChatReply, ChatRequest, Message, ShownPicture
from graphs.minds.contract import Scene
from graphs.minds.vlm import scene_text
from graphs.minds.vlm.asking import Unusable
from graphs.minds.vlm.conversation import n_references
from graphs.minds.vlm.json_text import read_objects
from graphs.minds.vlm.observations import passage
from graphs.minds.vlm.options import MindOptions
from graphs.minds.vlm.pictures import (
    shown_evidence,
    shown_references,
    shown_view,
    shown_whole,
)
from graphs.minds.vlm.strict_schema import strict_schema
from graphs.minds.vlm.templates import render
from graphs.records import Candidate, Refuted
from tools.records import Evidence

NO_REASON = "the mind refuted it without a reason"


class ClaimJudgement(BaseModel):
    """What is said of one claim."""

    model_config = ConfigDict(extra="ignore")

    candidate: int = Field(description="Number of the claim.")
    reason: str = Field(default="", description="What you see there.")
    refuted: bool = Field(description="Whether the claim does not hold.")


class Judgements(BaseModel):
    """The whole answer."""

    model_config = ConfigDict(extra="ignore")

    judgements: list[ClaimJudgement]


def refute_request(
    scene: Scene, candidates: Sequence[Candidate], options: MindOptions
) -> ChatRequest:
    """All claims with their evidence, beside references, the whole picture and closer looks."""
    product = scene.product
    text = render(
        "refute",
        product=scene_text.product_text(product),
        rules=scene_text.rules_text(product),
        claims="\n".join(
            _claim_text(number, one, scene) for number, one in enumerate(candidates, start=1)
        ),
        data_notice=render("data_notice"),
    )
    return ChatRequest(
        purpose="refute",
        messages=[Message(role="user", text=text, pictures=_pictures(scene, candidates, options))],
        answer_name="judgements",
        answer_schema=strict_schema(Judgements.model_json_schema()),
        max_output_tokens=options.max_output_tokens,
        temperature=options.temperature,
    )


def read_judgements(reply: ChatReply) -> dict[int, ClaimJudgement]:
    """What is said of each claim, by its number.

    Raises:
        Unusable: it has another form.
    """
    for one in reversed(read_objects(reply.text)):
        try:
            found = Judgements.model_validate(one)
        except ValidationError:
            continue
        return {judged.candidate: judged for judged in found.judgements}
    raise Unusable("unreadable", 'it is no JSON object with a list "judgements"')


def split(
    candidates: Sequence[Candidate], judged: dict[int, ClaimJudgement]
) -> tuple[list[Candidate], list[Refuted]]:
    """Survivors and refuted; a claim that nothing was said of survives."""
    survivors: list[Candidate] = []
    refuted: list[Refuted] = []
    for number, candidate in enumerate(candidates, start=1):
        said = judged.get(number)
        if said is None or not said.refuted:
            survivors.append(candidate)
            continue
        reason = " ".join(said.reason.split()) or NO_REASON
        refuted.append(
            Refuted(claim=candidate.claim, reason=reason, evidence_ids=list(candidate.evidence_ids))
        )
    return survivors, refuted


def _claim_text(number: int, candidate: Candidate, scene: Scene) -> str:
    regions = {region.id: region for region in scene.regions}
    views = {view.id: view for view in scene.views}
    region = regions.get(candidate.region) if candidate.region is not None else None
    place = "" if region is None else f" In box {scene_text.box_text(region, views)}."
    rules = f" It would break {', '.join(candidate.rule_ids)}." if candidate.rule_ids else ""
    lines = [f"Claim {number}: {candidate.claim}{place}{rules}"]
    lines += [f"  {_evidence_text(one)}" for one in _cited(candidate, scene)]
    return "\n".join(lines)


def _evidence_text(one: Evidence) -> str:
    if one.tool == "look_up":
        return passage(one)
    reference = one.values.get("reference")
    text = one.text
    if isinstance(reference, str) and reference:
        text = text.replace(f"reference {reference}", "the reference")
    return f"{one.id} ({one.tool}): {text}"


def _cited(candidate: Candidate, scene: Scene) -> list[Evidence]:
    return [one for one in scene.evidence if one.id in candidate.evidence_ids]


def _pictures(
    scene: Scene, candidates: Sequence[Candidate], options: MindOptions
) -> list[ShownPicture]:
    sizes = options.pictures
    shown = shown_references(scene.references[: n_references(scene, options)], sizes.direct)
    whole = shown_whole(scene, sizes)
    if whole is not None:
        shown.append(whole)
    asked = {one for done in scene.rounds for one in done.evidence_ids}
    seen = {one.artifact for one in shown}
    closer: list[ShownPicture] = []
    views = {one.id: one for one in scene.views}
    for candidate in candidates:
        for one in _cited(candidate, scene):
            if one.id not in asked or one.artifact is None or one.artifact in seen:
                continue
            seen.add(one.artifact)
            own = views.get(one.view or "")
            is_view = own is not None and own.artifact == one.artifact
            closer.append(
                shown_view(own, sizes, marked=one.tool == "mark")
                if own is not None and is_view
                else shown_evidence(one, one.artifact, sizes)
            )
    return [*shown, *closer[: options.max_refute_pictures]]
