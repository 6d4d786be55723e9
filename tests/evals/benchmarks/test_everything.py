"""The baseline that sends everything adds pictures to the rounds and changes no word."""

from __future__ import annotations

from pathlib import Path

from evals.benchmarks.everything import with_everything
from evals.benchmarks.tiny_product import tiny_plate
from graphs.minds.chat import ChatRequest, Message, Purpose, ShownPicture
from tools.artifacts import ArtifactFolder


def asked(artifacts: ArtifactFolder, purpose: Purpose) -> ChatRequest:
    part = ShownPicture(artifact=artifacts.put(tiny_plate(1)), caption="V1: the part")
    reference = ShownPicture(
        artifact=artifacts.put(tiny_plate(2)),
        caption="Reference 1, a normal example:",
        detail="low",
        max_side_px=512,
    )
    told = Message(role="user", text="Inspect.", pictures=[reference, part])
    return ChatRequest(purpose=purpose, messages=[told])


def test_marks_and_a_comparison_are_pushed_with_each_look(tmp_path: Path) -> None:
    artifacts = ArtifactFolder(tmp_path)

    (message,) = with_everything(asked(artifacts, "look"), artifacts).messages

    assert (message.text, len(message.pictures)) == ("Inspect.", 4)
    assert {(one.detail, one.max_side_px) for one in message.pictures} == {("high", 1024)}


def test_the_first_sight_gets_no_more_pictures_than_it_had(tmp_path: Path) -> None:
    artifacts = ArtifactFolder(tmp_path)

    (message,) = with_everything(asked(artifacts, "direct"), artifacts).messages

    assert len(message.pictures) == 2
