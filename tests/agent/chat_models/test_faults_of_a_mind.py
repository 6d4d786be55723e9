"""Every named fault of the endpoint, as it ends for a mind over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from agent.loopback import FAULTS, Scripted, loopback_endpoint
from graphs.journal import NoJournal
from graphs.minds.contract import MindFault
from graphs.minds.vlm import MindOptions, VlmMind

ENDS = {
    "refusal": "refusal",
    "refusal_as_text": "refusal",
    "timeout": "timeout",
    "rate_limited": "rate_limited",
    "quota_spent": "rate_limited",
    "server_error": "server_error",
    "overloaded": "server_error",
    "bad_gateway": "server_error",
    "connection_reset": "connection",
    "connection_cut": "connection",
    "content_filter": "refusal",
    "broken_json": "unreadable",
    "truncated": "truncated",
    "empty": "empty",
    "other_language": "unreadable",
    "unknown_region_submitted": "unknown_region",
    # These are calls of tools: whoever runs the tools answers them, and the mind goes on.
    "unknown_region": None,
    "unknown_tool": None,
    "endless_tool_calls": None,
    "wrong_types": None,
    "slow_loris": "timeout",
    "half_answer": "server_error",
    "wrong_content_type": "server_error",
}
"""By fault: the kind that a mind ends with in its first turn."""


async def no_pause(seconds: float) -> None:
    """Wait for nothing."""


def mind_at(endpoint: Any, part: Any, chat: Callable[..., Any], **given: Any) -> VlmMind:
    timeout_s = given.pop("timeout_s", 60.0)
    return VlmMind(
        chat(endpoint, timeout_s=timeout_s),
        artifacts=part.artifacts,
        journal=NoJournal(),
        options=MindOptions(max_attempts=2, **given),
        sleep=no_pause,
    )


def test_every_fault_has_its_end() -> None:
    assert {*ENDS, "slow"} == set(FAULTS)


@pytest.mark.parametrize("protocol", ["native", "text"])
async def test_an_answer_that_is_only_slow_is_an_answer(
    blank: Callable[[], Any], chat: Callable[..., Any], protocol: Any
) -> None:
    part = blank()
    with loopback_endpoint(Scripted(["slow"], at_end="repeat")) as endpoint:
        mind = mind_at(endpoint, part, chat, protocol=protocol)
        turn = await mind.look(part.scene)
        seen = await mind.direct(part.scene)

    assert (turn.submitted, seen.score, turn.usage.vlm_calls) == (True, 0.05, 1)


@pytest.mark.parametrize("protocol", ["native", "text"])
@pytest.mark.parametrize("fault", ENDS)
async def test_a_fault_ends_as_it_is_named_or_goes_to_the_tools(
    blank: Callable[[], Any], chat: Callable[..., Any], fault: str, protocol: Any
) -> None:
    part = blank()
    with loopback_endpoint(Scripted([fault], at_end="repeat")) as endpoint:
        timeout_s = 0.3 if ENDS[fault] == "timeout" else 60.0
        mind = mind_at(endpoint, part, chat, protocol=protocol, timeout_s=timeout_s)
        if ENDS[fault] is None:
            turn = await mind.look(part.scene)
            assert (len(turn.tool_calls), turn.submitted) == (1, False)
            return
        with pytest.raises(MindFault) as told:
            await mind.look(part.scene)
        n_asked = 1 if fault == "quota_spent" else 2
        # Who gave up may have been gone before the server had read what was asked.
        async with asyncio.timeout(60):
            while endpoint.record.n_requests < n_asked:
                await asyncio.sleep(0.01)

    assert told.value.kind == ENDS[fault]
    assert endpoint.record.n_requests == told.value.usage.vlm_calls == n_asked


async def test_calls_without_end_end_where_the_turns_are_spent(
    blank: Callable[[], Any], chat: Callable[..., Any]
) -> None:
    part = blank()
    with loopback_endpoint("fault-endless_tool_calls") as endpoint:
        mind = mind_at(endpoint, part, chat)
        with pytest.raises(MindFault, match="where none can be called any more"):
            await part.run(mind, rounds=3)

    assert len(part.scene.rounds) == 2
