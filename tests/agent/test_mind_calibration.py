from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from agent.mind_calibration import calibrate_mind
from agent.settings import Settings
from agent.workshop import Workshop
from graphs.calibrate import FUSED
from graphs.minds.chat import CalledTool, ChatFault, ChatReply, ChatRequest
from graphs.minds.scripted import ScriptedChat
from tools.errors import LoupeError

PRODUCT = "plate"


def told(request: ChatRequest) -> ChatReply:
    if request.purpose == "direct":
        return ChatReply(text='{"reasoning": "fine", "anomalous": false, "score": 0.25}')
    arguments = json.dumps({"anomalous": False, "score": 0.1})
    return ChatReply(
        tool_calls=[CalledTool(id="C1", name="submit", arguments=arguments)], finish="tool_calls"
    )


@pytest.fixture
def home(learned_plate: Any, tmp_path: Path) -> Path:
    """A home that has learned the tiny product."""
    shutil.copytree(learned_plate.home, tmp_path / "home")
    return tmp_path / "home"


def test_a_mind_is_calibrated_on_what_it_says_of_every_reference(home: Path) -> None:
    with Workshop(Settings(home=home), chat=ScriptedChat([told] * 8)) as workshop:
        calibration = calibrate_mind(workshop, PRODUCT)
        kept = workshop.models.model(PRODUCT).calibration

    assert calibration.mind == "vlm:scripted"
    assert calibration.normal_scores["direct"] == [0.25] * 4
    assert calibration.normal_scores["rounds"] == [0.1] * 4
    assert len(calibration.normal_scores[FUSED]) == 4
    assert kept == calibration
    with Workshop(Settings(home=home), chat=ScriptedChat([], name="other")) as workshop:
        assert workshop.models.model(PRODUCT).calibration.mind == "embedded"


def test_a_mind_that_never_answers_is_not_calibrated(home: Path) -> None:
    silent = ChatFault("refusal", "I cannot", retryable=False)
    chat = ScriptedChat([silent] * 200)

    with (
        Workshop(Settings(home=home, vlm_attempts=1), chat=chat) as workshop,
        pytest.raises(LoupeError, match="gave a score for 0 of 4 references"),
    ):
        calibrate_mind(workshop, PRODUCT)
