from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from graphs.journal import CallLine
from graphs.minds.chat import ChatFault, ChatReply, ChatRequest, FaultKind, Message
from graphs.minds.contract import Mind, MindFault, Scene, SeeingMind
from graphs.minds.vlm.asking import Patience
from graphs.records import ToolCall, Usage

Make = Callable[..., Scene]
Ask = Callable[..., Any]
Call = Callable[..., ChatReply]
NORMAL = {"anomalous": False, "score": 0.1}
LATE = ChatFault("timeout", "no answer within 5 s", retryable=True)
BUSY = ChatFault("rate_limited", "status 429", retryable=True, retry_after_s=7.0)
DENIED = ChatFault("refused_request", "status 401, no such key", retryable=False)


async def test_the_mind_is_one_that_sees_and_bears_the_models_name(ask: Ask) -> None:
    mind: Mind = ask([]).mind

    assert mind.name == "vlm:scripted"
    assert isinstance(mind, SeeingMind)


async def test_a_turn_that_calls_tools_keeps_the_models_words(
    ask: Ask, scene: Make, call: Call
) -> None:
    asked = ask([call("zoom", {"region": 1}, text="closer", input_tokens=9, images=2)])

    turn = await asked.mind.look(scene())

    assert turn.tool_calls == [ToolCall(id="r001c0001", tool="zoom", arguments={"region": 1})]
    assert (turn.thought, turn.reply, turn.submitted) == ("closer", "closer", False)
    assert (turn.usage.vlm_calls, turn.usage.input_tokens, turn.usage.images) == (1, 9, 2)


async def test_a_submission_ends_the_looking_with_a_score(
    ask: Ask, scene: Make, call: Call
) -> None:
    finding = {"claim": "A spot.", "region": 1, "rule_ids": ["R1"]}
    given = {"anomalous": True, "score": 0.8, "findings": [finding], "reasoning": "It is bright."}

    turn = await ask([call("submit", given)]).mind.look(scene())

    assert (turn.submitted, turn.raw_score, turn.thought) == (True, 0.8, "It is bright.")
    assert [one.claim for one in turn.candidates] == ["A spot."]
    assert turn.tool_calls == []


async def test_tools_that_are_called_beside_submit_are_run_first(
    ask: Ask, scene: Make, call: Call
) -> None:
    zoom, submit = call("zoom", {"region": 1}), call("submit", NORMAL)
    both = zoom.model_copy(update={"tool_calls": [*zoom.tool_calls, *submit.tool_calls]})

    turn = await ask([both]).mind.look(scene())

    assert ([one.tool for one in turn.tool_calls], turn.submitted) == (["zoom"], False)


async def test_what_cannot_be_answered_is_told_without_a_score(
    ask: Ask, scene: Make, call: Call
) -> None:
    given = {**NORMAL, "unanswerable": "It is out of focus."}

    turn = await ask([call("submit", given)]).mind.look(scene())

    assert (turn.submitted, turn.raw_score, turn.unanswerable) == (
        True,
        None,
        "It is out of focus.",
    )


async def test_an_unknown_tool_is_no_fault_of_the_answer(ask: Ask, scene: Make, call: Call) -> None:
    turn = await ask([call("teleport", {})]).mind.look(scene())

    assert [one.tool for one in turn.tool_calls] == ["teleport"]


async def test_an_unknown_region_is_asked_about_once_more_with_the_reason(
    ask: Ask, scene: Make, call: Call
) -> None:
    wrong = {"anomalous": True, "score": 0.9, "findings": [{"claim": "a", "region": 9}]}
    asked = ask([call("submit", wrong, output_tokens=5), call("submit", NORMAL, output_tokens=3)])

    turn = await asked.mind.look(scene())

    assert (turn.raw_score, turn.usage.vlm_calls, turn.usage.output_tokens) == (0.1, 2, 8)
    said, reason = asked.chat.requests[1].messages[-2:]
    assert (said.role, reason.role) == ("assistant", "user")
    assert "region 9 does not exist; the regions are 1" in reason.text
    assert asked.chat.requests[1].messages[:-2] == asked.chat.requests[0].messages
    first, second = asked.journal.lines
    assert isinstance(first, CallLine)
    assert isinstance(second, CallLine)
    assert (first.fault, first.attempt, first.reply is not None) == ("unknown_region", 1, True)
    assert (second.fault, second.attempt, second.key) == (None, 2, asked.chat.requests[1].key())
    assert asked.waits_s == []


REFUSED = ChatReply(refusal="I can't help with that.")


@pytest.mark.parametrize(
    ("line", "kind", "n_attempts"),
    [
        (LATE, "timeout", 3),
        (ChatFault("server_error", "status 500", retryable=True), "server_error", 3),
        (ChatFault("connection", "reset", retryable=True), "connection", 3),
        (BUSY, "rate_limited", 3),
        (DENIED, "refused_request", 1),
        (REFUSED, "refusal", 3),
        (ChatReply(text="I'm sorry, but I can't assist with that."), "refusal", 3),
        (ChatReply(finish="content_filter"), "refusal", 3),
        (ChatReply(text='{"anomalous": fa', finish="length"), "truncated", 3),
        (ChatReply(), "empty", 3),
        (ChatReply(text="Auf dem Bild ist eine Platine."), "unreadable", 3),
        (ChatReply(text='{"tool_calls": [{"name": "zoom", "arguments": {'), "unreadable", 3),
    ],
)
@pytest.mark.parametrize("use", ["look", "direct", "refute"])
async def test_a_fault_is_tried_again_and_then_told_and_never_an_answer(
    ask: Ask, scene: Make, line: Any, kind: FaultKind, n_attempts: int, use: str
) -> None:
    asked = ask([line] * 3)

    with pytest.raises(MindFault) as told:
        await used(asked.mind, scene(), use)

    assert told.value.kind == kind
    assert told.value.usage.vlm_calls == n_attempts == len(asked.journal.lines)
    assert told.value.message.startswith("scripted gave no usable answer")
    assert "\n" not in told.value.message
    assert [one.fault for one in asked.journal.lines] == [kind] * n_attempts


async def used(mind: Any, scene: Scene, use: str) -> Any:
    if use == "look":
        return await mind.look(scene)
    if use == "direct":
        return await mind.direct(scene)
    from graphs.records import Candidate

    return await mind.refute(scene, [Candidate(claim="a")])


async def test_what_a_server_asks_to_wait_is_waited_up_to_a_limit(
    ask: Ask, scene: Make, call: Call
) -> None:
    hour = ChatFault("rate_limited", "status 429", retryable=True, retry_after_s=3600.0)
    asked = ask([BUSY, hour, call("submit", NORMAL)], max_pause_s=20.0)

    turn = await asked.mind.look(scene())

    assert asked.waits_s == [7.0, 20.0]
    assert (turn.submitted, turn.usage.vlm_calls) == (True, 3)
    assert len({request.key() for request in asked.chat.requests}) == 1


def test_pauses_lie_anywhere_below_a_bound_that_doubles_and_repeat_by_request() -> None:
    patience = Patience(max_attempts=4, first_pause_s=1.0, max_pause_s=6.0)
    texts = [Message(role="user", text=str(number)) for number in range(40)]
    asked = [ChatRequest(purpose="look", messages=[text]) for text in texts]

    for attempt, bound_s in ((1, 2.0), (2, 4.0), (3, 6.0)):
        shares = [patience.pause_s(attempt, one, asked_s=None) / bound_s for one in asked]
        assert 0 <= min(shares) < 0.1
        assert 0.9 < max(shares) < 1
        assert shares == [patience.pause_s(attempt, one, asked_s=None) / bound_s for one in asked]


async def test_a_model_that_never_hands_in_is_a_fault_in_its_last_turn(
    ask: Ask, scene: Make, call: Call
) -> None:
    asked = ask([call("zoom", {"region": 1})] * 3)

    with pytest.raises(MindFault, match="where none can be called any more"):
        await asked.mind.look(scene(rounds_left=1))


async def test_the_text_protocol_is_chosen_for_a_model_without_tools(ask: Ask, scene: Make) -> None:
    said = json.dumps({"thought": "fine", "submit": NORMAL})
    asked = ask([ChatReply(text=said)], calls_tools=False)

    turn = await asked.mind.look(scene())

    assert (turn.thought, turn.raw_score, turn.reply) == ("fine", 0.1, said)
    assert asked.chat.requests[0].tools == []


async def test_a_server_that_is_found_to_take_no_tools_is_asked_in_text(
    ask: Ask, scene: Make
) -> None:
    said = json.dumps({"thought": "fine", "submit": NORMAL})
    asked = ask([])
    refused = ChatFault("refused_request", "does not support tools", retryable=False)

    def refuses_tools(request: Any) -> ChatReply:
        asked.chat.calls_tools = False
        raise refused

    asked.chat.then([refuses_tools, ChatReply(text=said)])

    turn = await asked.mind.look(scene())

    assert (turn.raw_score, turn.usage.vlm_calls) == (0.1, 2)
    assert [len(one.tools) > 0 for one in asked.chat.requests] == [True, False]


async def test_a_call_that_is_given_up_is_told_before_it_ends(ask: Ask, scene: Make) -> None:
    asked = ask([])

    async def never(*given: Any, **named: Any) -> ChatReply:
        await asyncio.sleep(60)
        raise AssertionError("nobody waits so long")

    asked.chat.complete = never
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asked.mind.look(scene()), 0.02)

    (line,) = asked.journal.lines
    assert (line.fault, line.reply) == ("timeout", None)


async def test_equal_scenes_make_equal_requests(ask: Ask, scene: Make, call: Call) -> None:
    asked = ask([call("submit", NORMAL), call("submit", NORMAL)])

    await asked.mind.look(scene())
    await asked.mind.look(scene())

    first, second = asked.chat.requests
    assert first.key() == second.key()


def test_nothing_is_spent_where_nothing_was_asked() -> None:
    assert MindFault("timeout", "late").usage == Usage()
