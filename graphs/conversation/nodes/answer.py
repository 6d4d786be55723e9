"""Checks the citations of a draft; sends it back, or makes it the answer of the turn.

What of it was told while it came had its citations checked then, and stays the answer's beginning.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from langgraph.runtime import Runtime

from graphs.conversation.citations import cited, refusal, unknown, without
from graphs.conversation.contract import TalkContext
from graphs.conversation.events import DoneEvent, NodeEvent, QuestionEvent, TextEvent
from graphs.conversation.records import ShownPicture, TalkTurn
from graphs.conversation.spoken import GAP, NOT_THERE
from graphs.conversation.state import TalkState

STRUCK = "(Citations that do not exist were struck out: {}.)"


async def answer(state: TalkState, runtime: Runtime[TalkContext]) -> dict[str, Any]:
    """Refuse a draft whose citations do not exist; else tell it and keep the turn."""
    context, writer = runtime.context, runtime.stream_writer
    writer(NodeEvent(node="answer"))
    told, rest = state.told, state.draft[state.n_told :]
    made_up = unknown(rest, state.sources)
    if made_up:
        if len(state.refusals) < context.max_refusals:
            refused = refusal(made_up, state.sources)
            writer(NodeEvent(node="answer", detail=refused))
            return {**_taken_back(state, writer), "refusals": [*state.refusals, refused]}
        rest = f"{without(rest, made_up)}\n\n{STRUCK.format(', '.join(made_up))}"
    if told and not state.n_told:
        rest = f"{GAP}{rest}"
    for delta in re.findall(r"\s*\S+|\s+", rest):
        writer(TextEvent(delta=delta))
    text = told + rest
    if state.asks:
        review = state.reviews[0].ref if state.reviews else ""
        writer(QuestionEvent(text=text, review=review))
    turn = _turn(state, text, mind=context.mind.name)
    writer(_done(state, turn))
    return {"turns": [turn], "draft": "", "over": True}


def _taken_back(state: TalkState, writer: Callable[[TextEvent], None]) -> dict[str, Any]:
    """No draft; where the beginning of it was told, a mark that it is said once more."""
    mark = f"{GAP}{NOT_THERE}" if state.n_told else ""
    if mark:
        writer(TextEvent(delta=mark))
    return {"draft": "", "told": state.told + mark, "n_told": 0}


def _turn(state: TalkState, text: str, *, mind: str) -> TalkTurn:
    pictures: dict[str, ShownPicture] = {
        shown.artifact: shown for step in state.steps for shown in step.pictures
    }
    given = state.assets[len(state.assets) - len(state.given) :] if state.given else []
    return TalkTurn(
        number=len(state.turns) + 1,
        said=state.said,
        assets=[one.id for one in given],
        answer=text,
        asks=state.asks,
        citations=cited(text),
        pictures=list(pictures.values()),
        documents=state.documents,
        tools=[call.tool for step in state.steps for call in step.calls],
        mind=mind,
        usage=state.usage,
        at=state.at or datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _done(state: TalkState, turn: TalkTurn) -> DoneEvent:
    return DoneEvent(
        turn=turn.number,
        answer=turn.answer,
        asks=turn.asks,
        citations=[state.sources[one] for one in turn.citations if one in state.sources],
        hypotheses=state.hypotheses,
        documents=turn.documents,
        mind=turn.mind,
        usage=turn.usage,
    )
