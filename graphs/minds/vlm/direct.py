"""The direct judgement: one call, plain pictures, a prompt by name. Runs no tool of the rounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graphs.minds.chat import ChatReply, ChatRequest, Message, ShownPicture
from graphs.minds.contract import MindFault, ReferenceShown, Scene, Variation
from graphs.minds.vlm import scene_text
from graphs.minds.vlm.asking import Unusable
from graphs.minds.vlm.conversation import n_references
from graphs.minds.vlm.direct_prompts import DIRECT_PROMPTS, AnswerForm, DirectPrompt
from graphs.minds.vlm.json_text import read_objects
from graphs.minds.vlm.options import MindOptions
from graphs.minds.vlm.pictures import root_view, shown_references
from graphs.minds.vlm.strict_schema import strict_schema
from graphs.minds.vlm.templates import render
from tools.answers.words import last_claim, refuses
from tools.records import View
from tools.text_to_segmentation import parse_answer

_YES_NO = re.compile(
    r"\b(yes|no|ja|nein|oui|non|s[ií]|sim|n[ãa]o)\b|(是|否|はい|いいえ)", re.IGNORECASE
)
MAX_MARKS = 10_000
_YES = frozenset({"yes", "ja", "oui", "si", "sí", "sim", "是", "はい"})


M = TypeVar("M", bound=BaseModel)


class Judged(NamedTuple):
    """What a direct answer says."""

    score: float
    thought: str
    unanswerable: str = ""
    region_scores: Mapping[int, float] = MappingProxyType({})
    """By number, where the part was shown with marks."""


class Judgement(BaseModel):
    """The answer to Loupe's own prompts."""

    model_config = ConfigDict(extra="ignore")

    reasoning: str = ""
    anomalous: bool
    score: float = Field(ge=0, le=1)
    unanswerable: str = ""


class Correctness(BaseModel):
    """The answer to Customizable-VLM's prompt: 1 is normal."""

    model_config = ConfigDict(extra="ignore")

    reasoning: str = ""
    correctness: int = Field(ge=0, le=1)


def direct_request(
    scene: Scene,
    options: MindOptions,
    *,
    variation: Variation,
    marked: ShownPicture | None = None,
) -> ChatRequest:
    """One question about the whole picture.

    Args:
        scene: product, references and the view of the whole picture.
        options: names the prompt.
        variation: plain; in other words; with the references in another order; mirrored.
        marked: the part with numbered regions, for prompts that speak of them.

    Raises:
        MindFault: the prompt needs a picture that is not there.
    """
    prompt = DIRECT_PROMPTS[options.direct_prompt]
    references = _references(scene, prompt, options, variation)
    mirrored = variation == "mirrored"
    shown = shown_references(references, options.pictures.direct, mirrored=mirrored)
    part = marked or _part(scene, options)
    part = part.model_copy(update={"mirrored": mirrored})
    single = variation == "swapped" and prompt.n_references is None and len(references) == 1
    pictures = [part, *shown] if single else [*shown, part]
    template = prompt.paraphrase if variation == "paraphrased" else prompt.template
    text = render(
        template,
        cls=scene_text.class_of(scene.product),
        n_references=len(shown),
        kind=scene_text.KINDS[scene.modality],
        product=scene_text.product_text(scene.product),
        rules=scene_text.rules_text(scene.product),
        ignored=scene_text.rules_text(scene.product, kind="ignore"),
        conditions=scene_text.conditions_text(scene.product),
        standards=scene_text.standards_text(scene.product),
        question=scene.question,
        data_notice=render("data_notice"),
    )
    return ChatRequest(
        purpose="direct" if variation == "plain" else "stability",
        messages=[Message(role="user", text=text, pictures=pictures)],
        answer_name="judgement",
        answer_schema=_schema(prompt.answer),
        max_output_tokens=options.max_output_tokens,
        temperature=options.temperature,
    )


def read_judged(reply: ChatReply, prompt: DirectPrompt) -> Judged:
    """Read the answer in the form that its prompt asks for.

    Raises:
        Unusable: it has another form.
    """
    return READERS[prompt.answer](reply.text)


def _references(
    scene: Scene, prompt: DirectPrompt, options: MindOptions, variation: Variation
) -> Sequence[ReferenceShown]:
    if prompt.n_references == 0:
        return ()
    if not scene.references and prompt.n_references:
        raise MindFault(
            "refused_request",
            f"the prompt {options.direct_prompt} needs a reference picture and there is none",
        )
    if prompt.n_references is None:
        taken = scene.references[: n_references(scene, options)]
        return taken[::-1] if variation == "swapped" else taken
    # Its words name the first image as the normal one, so another reference takes its place.
    first = 1 if variation == "swapped" and len(scene.references) > 1 else 0
    return scene.references[first : first + 1]


def _part(scene: Scene, options: MindOptions) -> ShownPicture:
    view = root_view(scene)
    if view is None:
        raise MindFault("refused_request", "there is no picture of the part to be judged")
    size = options.pictures.direct
    several = bool(scene.contact_sheet)
    told = "all its views at once" if several else part_size(view)
    return ShownPicture(
        artifact=scene.contact_sheet or view.artifact,
        caption=f"The part to be judged, {told}:",
        detail=size.detail,
        max_side_px=size.max_side_px,
    )


def part_size(view: View) -> str:
    """Width and height of the original."""
    if view.picture:
        return f"{view.size[0]} x {view.size[1]} px"
    x1, y1, x2, y2 = view.window_xyxy
    return f"{round(x2 - x1)} x {round(y2 - y1)} px in the original"


@cache
def _schema(form: AnswerForm) -> dict[str, Any] | None:
    model = SCHEMAS.get(form)
    return None if model is None else strict_schema(model.model_json_schema())


def _read_judgement(text: str) -> Judged:
    found = _validated(text, Judgement)
    return Judged(found.score, found.reasoning, found.unanswerable.strip())


def _read_correctness(text: str) -> Judged:
    found = _validated(text, Correctness)
    return Judged(float(1 - found.correctness), found.reasoning)


def _validated(text: str, model: type[M]) -> M:
    problems = []
    for one in reversed(read_objects(text)):
        given = {name: value for name, value in one.items() if value is not None}
        try:
            return model.model_validate(given)
        except ValidationError as error:
            said = error.errors()[0]
            problems.append(f"{'.'.join(map(str, said['loc']))}: {said['msg']}")
    said_wrong = problems[0] if problems else "it has no JSON object"
    raise Unusable("unreadable", f"it is not in the form that was asked for: {said_wrong}")


def _read_yes_no(text: str) -> Judged:
    """The first yes or no decides; both prompts ask for it at the beginning."""
    found = _YES_NO.search(text)
    if found is None:
        raise Unusable("unreadable", "it says neither yes nor no")
    return Judged(1.0 if found[0].lower() in _YES else 0.0, text.strip())


def _read_regions(text: str) -> Judged:
    """The image's score, or the greatest of the regions': GPT-4V-AD, Text2Segmentation."""
    answer = parse_answer(text, range(1, 1 + MAX_MARKS))
    if answer.outcome == "refused":
        raise Unusable("refusal", f"it was a refusal: {text[:200]}")
    if answer.image_score is None:
        raise Unusable("unreadable", "it has no scores in the form that was asked for")
    return Judged(answer.image_score, text.strip(), region_scores=answer.region_scores)


def _read_prose(text: str) -> Judged:
    """Whether its sentences end on a claim or on a denial: papers that ask for no form."""
    claimed = last_claim(text)
    if claimed is None and refuses(text):
        raise Unusable("refusal", f"it was a refusal: {text[:200]}")
    if claimed is None:
        raise Unusable("unreadable", "it says neither that something is wrong nor that nothing is")
    return Judged(1.0 if claimed else 0.0, text.strip())


SCHEMAS: dict[AnswerForm, type[BaseModel]] = {
    "judgement": Judgement,
    "correctness": Correctness,
}
"""Answers that are JSON; the others are text."""
READERS: dict[AnswerForm, Callable[[str], Judged]] = {
    "judgement": _read_judgement,
    "correctness": _read_correctness,
    "yes_no": _read_yes_no,
    "region_scores": _read_regions,
    "prose": _read_prose,
}
