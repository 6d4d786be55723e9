from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from graphs.minds.chat import ChatReply
from graphs.minds.contract import Scene
from graphs.records import Candidate, Refuted

Make = Callable[..., Scene]
Ask = Callable[..., Any]
SPOT = Candidate(claim="A spot.", region=1, evidence_ids=["E2", "E3"], rule_ids=["R1"])
BENT = Candidate(claim="It is bent.", evidence_ids=["E1"])
DIRTY = Candidate(claim="It is dirty.")


def judged(*judgements: tuple[int, bool, str]) -> ChatReply:
    said = [{"candidate": n, "refuted": is_so, "reason": why} for n, is_so, why in judgements]
    return ChatReply(text=json.dumps({"judgements": said}))


async def test_all_candidates_are_asked_about_in_one_call(ask: Ask, zoomed: Make) -> None:
    asked = ask([judged((1, False, "it is there"), (2, True, "so is the\nreference"))])

    refutation = await asked.mind.refute(zoomed(), [SPOT, BENT])

    assert refutation.survivors == [SPOT]
    assert refutation.refuted == [
        Refuted(claim="It is bent.", reason="so is the reference", evidence_ids=["E1"])
    ]
    assert refutation.usage.vlm_calls == 1
    (message,) = asked.chat.requests[0].messages
    for told in (
        "Claim 1: A spot. In box [20, 20, 60, 60] of the original. It would break R1.",
        "E2 (score): Region 1 peaks at 2.5.",
        "Claim 2: It is bent.",
        "R1 (must): No bright spot.",
    ):
        assert told in message.text
    assert [one.caption.split(",")[0].split(":")[0] for one in message.pictures] == [
        "Reference 1",
        "V1",
        "V2",
    ]


async def test_unknown_numbers_are_ignored_and_what_is_not_mentioned_survives(
    ask: Ask, zoomed: Make
) -> None:
    asked = ask([judged((7, True, "no such claim"), (2, True, ""))])

    refutation = await asked.mind.refute(zoomed(), [SPOT, BENT, DIRTY])

    assert refutation.survivors == [SPOT, DIRTY]
    assert [one.reason for one in refutation.refuted] == ["the mind refuted it without a reason"]


async def test_nothing_is_asked_about_no_candidates(ask: Ask, zoomed: Make) -> None:
    asked = ask([])

    assert (await asked.mind.refute(zoomed(), [])).survivors == []
    assert asked.chat.requests == []
