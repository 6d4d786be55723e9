"""The messages of the rounds, rebuilt from the scene. Append-only; calls nobody.

Two scenes of one inspection give messages of which the earlier are the beginning of the later, to
the byte, so that a server's prefix cache serves them.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import lru_cache

from graphs.minds.chat import ChatRequest, Message, OfferedTool
from graphs.minds.contract import Scene
from graphs.minds.vlm import scene_text
from graphs.minds.vlm.observations import observations_of
from graphs.minds.vlm.options import MindOptions
from graphs.minds.vlm.pictures import (
    pictures_of_round,
    shown_references,
    shown_whole,
)
from graphs.minds.vlm.protocols import Speech, offered_tools
from graphs.minds.vlm.templates import render


def look_request(scene: Scene, speech: Speech, options: MindOptions) -> ChatRequest:
    """Everything that was said so far, and the tools that may be called now."""
    tools = offered_tools(scene.tools)
    last = scene.rounds_left == 1
    messages = [_system(speech, tools), opening(scene, options)]
    seen = {shown.artifact for shown in messages[-1].pictures}
    for done in scene.rounds:
        pictured = pictures_of_round(done, scene, options.pictures, seen=seen)
        messages += speech.turns(
            done,
            observations_of(done, scene),
            pictured.pictures,
            note="\n".join(pictured.repeated),
        )
    if last:
        messages = with_note(messages, render("last_round"))
        tools = [tool for tool in tools if tool.name == "submit"]
    return ChatRequest(
        purpose="look",
        messages=messages,
        tools=speech.offered(tools),
        max_output_tokens=options.max_output_tokens,
        temperature=options.temperature,
    )


def opening(scene: Scene, options: MindOptions) -> Message:
    """The task, what is known, the references and the whole picture."""
    product, whole = scene.product, shown_whole(scene, options.pictures)
    references = scene.references[: n_references(scene, options)]
    pictures = shown_references(references, options.pictures.reference)
    if whole is not None:
        pictures.append(whole)
    text = _filled(
        "opening",
        product=scene_text.product_text(product),
        rules=scene_text.rules_text(product),
        cases=scene_text.cases_text(scene),
        question=scene.question,
        ill_posed="\n".join(product.ill_posed) if product else "",
        word=scene_text.suspicion_word(scene),
        regions=tuple(scene_text.suspects(scene)),
        kind=scene_text.KINDS[scene.modality],
        views=scene_text.views_text(scene),
    )
    return Message(role="user", text=text, pictures=pictures)


@lru_cache(maxsize=256)
def _filled(template: str, **values: Hashable) -> str:
    """A template that each round fills alike; see `render`."""
    return render(template, **values)


def n_references(scene: Scene, options: MindOptions) -> int:
    """How many references are shown."""
    per_place = scene.product is not None and scene.product.reference == "per_place"
    wanted = len(scene.references) if options.n_references is None else options.n_references
    return min(wanted, len(scene.references), 1 if per_place else wanted)


def with_note(messages: Sequence[Message], note: str) -> list[Message]:
    """The messages with a last word of the user, in the last message where it is the user's."""
    *before, last = messages
    if last.role != "user":
        return [*messages, Message(role="user", text=note)]
    return [*before, last.model_copy(update={"text": f"{last.text}\n\n{note}"})]


def _system(speech: Speech, tools: Sequence[OfferedTool]) -> Message:
    text = _filled("system", instructions=speech.instructions(tools))
    return Message(role="system", text=text)
