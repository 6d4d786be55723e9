from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agent.loopback import PixelReader, loopback_endpoint
from graphs.journal import NoJournal
from graphs.minds.vlm import MindOptions, VlmMind


@pytest.mark.parametrize(
    ("protocol", "digit", "score"),
    [("native", "3", 0.95), ("text", "3", 0.95), ("native", "7", 0.05)],
)
async def test_a_digit_that_is_too_small_at_first_is_read_after_a_zoom(
    bench: Callable[[str], Any], chat: Callable[..., Any], protocol: Any, digit: str, score: float
) -> None:
    part = bench(digit)
    with loopback_endpoint(PixelReader()) as endpoint:
        mind = VlmMind(
            chat(endpoint),
            artifacts=part.artifacts,
            journal=NoJournal(),
            options=MindOptions(protocol=protocol),
        )
        first = await mind.direct(part.scene)
        turns = await part.run(mind)

    assert first.score == 0.2
    assert [[call.tool for call in turn.tool_calls] for turn in turns] == [["zoom"], []]
    assert turns[-1].raw_score == score
    assert part.scene.views[1].contains([1402, 610, 1412, 622])
    if digit == "3":
        (claim,) = turns[-1].candidates
        assert claim.claim == "the printed digit is 3, it must be 7"
        assert claim.evidence_ids == ["E1"]
