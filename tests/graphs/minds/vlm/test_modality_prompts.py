"""The published prompts of rendered clouds and logical cases, word for word."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphs.minds.chat import ChatReply
from graphs.minds.contract import MindFault, Scene
from knowledge.records import Product, Rule

Make = Callable[..., Scene]
Ask = Callable[..., Any]
_FENCE = re.compile(r"</?data [0-9a-f]{12}[^>\n]*>")


def words(text: str) -> list[str]:
    """Without fences and with single spaces: published prompts have double ones."""
    return _FENCE.sub(" ", text).split()


def published(folder: Path, case: str) -> dict[str, Any]:
    """A case's label.json, which has commas before closing brackets."""
    text = (folder / "gpt4v_generic_ad" / case / "label.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(re.sub(r",(\s*[}\]])", r"\1", text))
    return found


def of_product(scene: Scene, name: str, texts: list[str]) -> Product:
    assert scene.product is not None
    rules = [
        Rule(id=f"R{number}", kind="must", text=text) for number, text in enumerate(texts, start=1)
    ]
    return scene.product.model_copy(update={"name": name, "rules": rules})


async def sent(ask: Ask, scene: Scene, prompt: str) -> tuple[str, int]:
    asked = ask([ChatReply(text="No anomalies.")], direct_prompt=prompt)
    await asked.mind.direct(scene)
    (message,) = asked.chat.requests[0].messages
    return message.text, len(message.pictures)


@pytest.mark.parametrize(("case", "name"), [("PCD-AD__Case1", "bagel"), ("PCD-AD__Case2", "peach")])
@pytest.mark.parametrize(
    ("prompt", "shots", "n_pictures"),
    [("rendered_depth", "one-shot-prompt", 2), ("rendered_depth_zero_shot", "zero-shot-prompt", 1)],
)
async def test_rendered_clouds_are_asked_about_in_the_published_words(
    ask: Ask,
    scene: Make,
    shared_data: Path,
    case: str,
    name: str,
    prompt: str,
    shots: str,
    n_pictures: int,
) -> None:
    told = published(shared_data, case)
    shown = scene()
    product = of_product(shown, name, [told["reference_normal_standards"]])

    text, pictures = await sent(ask, scene(product=product), prompt)

    assert words(text) == words(told[shots]["with human expertise"])
    assert pictures == n_pictures


@pytest.mark.parametrize(
    ("case", "name"), [("Logical-AD__Case2", "juice bottle"), ("Logical-AD__Case4", "screw bag")]
)
@pytest.mark.parametrize(
    ("prompt", "shots", "n_pictures"),
    [("logical_rules", "one-shot prompt", 2), ("logical_rules_zero_shot", "zero-shot prompt", 1)],
)
async def test_logical_rules_are_numbered_conditions_in_the_published_words(
    ask: Ask,
    scene: Make,
    shared_data: Path,
    case: str,
    name: str,
    prompt: str,
    shots: str,
    n_pictures: int,
) -> None:
    told = published(shared_data, case)
    texts = re.split(r"\s*\d\. ", told["reference_normal_standards"])[1:]
    product = of_product(scene(), name, texts)

    text, pictures = await sent(ask, scene(product=product), prompt)

    assert len(texts) == 2
    assert words(text) == words(told[shots])
    assert pictures == n_pictures


async def test_plots_and_frames_are_asked_about_in_the_papers_words(ask: Ask, scene: Make) -> None:
    series = await sent(ask, scene(), "time_series_plot")
    frames = await sent(ask, scene(), "video_frames")

    assert series == (
        "Please determine whether the image contains anomalies or outlier points. "
        "If yes, give a specific reason.",
        1,
    )
    assert frames == (
        "Please determine whether the video frames contains anomalies or outlier points. "
        "If yes, give a specific reason.",
        1,
    )


@pytest.mark.parametrize("prompt", ["rendered_depth", "logical_rules"])
async def test_a_prompt_of_a_normal_first_image_needs_one(
    ask: Ask, scene: Make, prompt: str
) -> None:
    with pytest.raises(MindFault, match=f"{prompt} needs a reference picture"):
        await ask([], direct_prompt=prompt).mind.direct(scene(references=()))


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("The screws are both long, which is an anomaly.", 1.0),
        ("The bag does not contain any anomalies or defects.", 0.0),
    ],
)
async def test_answers_in_prose_are_read(ask: Ask, scene: Make, answer: str, score: float) -> None:
    asked = ask([ChatReply(text=answer)], direct_prompt="logical_rules_zero_shot")

    judged = await asked.mind.direct(scene())

    assert (judged.score, judged.thought) == (score, answer)


async def test_prose_that_decides_nothing_is_asked_for_again_and_then_told(
    ask: Ask, scene: Make
) -> None:
    said = ChatReply(text="The picture shows two screws.")
    asked = ask([said, said], direct_prompt="video_frames", max_attempts=2)

    with pytest.raises(MindFault):
        await asked.mind.direct(scene())

    assert len(asked.chat.requests) == 2
