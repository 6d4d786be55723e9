"""The messages of a conversation, rebuilt from its state. Calls nobody."""

from __future__ import annotations

from collections.abc import Sequence

from graphs.conversation.records import GivenAsset, Step
from graphs.conversation.state import TalkState
from graphs.conversation.templates import render
from graphs.minds.chat import Message, OfferedTool, ShownPicture
from graphs.minds.vlm.fence import fence
from graphs.minds.vlm.protocols import Speech
from graphs.records import Round

MAX_TURNS = 30
"""Earlier turns that are told again."""
MAX_PICTURES = 6
"""Of one step that are shown."""
MAX_OBSERVED = 6000
"""Characters of one tool's answer."""


def talk_messages(
    state: TalkState,
    speech: Speech,
    tools: Sequence[OfferedTool],
    *,
    products: Sequence[str],
    last: bool,
) -> list[Message]:
    """System, earlier turns, what was said now, what the tools answered, what was refused."""
    messages = [
        Message(role="system", text=render("system", instructions=speech.instructions(tools)))
    ]
    for turn in state.turns[-MAX_TURNS:]:
        messages.append(Message(role="user", text=turn.said or "(a file)"))
        messages.append(Message(role="assistant", text=turn.answer))
    messages.append(_said(state, products))
    for number, step in enumerate(state.steps, start=1):
        messages += _step(step, number, speech)
    for refused in state.refusals:
        messages += [
            Message(role="assistant", text="(refused)"),
            Message(role="user", text=refused),
        ]
    if last:
        messages.append(Message(role="user", text=render("last")))
    return messages


def _said(state: TalkState, products: Sequence[str]) -> Message:
    given = state.assets[len(state.assets) - len(state.given) :] if state.given else []
    # Names of files, products and hypotheses are others' words too.
    table = render(
        "table",
        products=list(products),
        files=state.assets,
        inspections=state.inspections,
        hypotheses=state.hypotheses,
        reviews=state.reviews,
    ).strip()
    said = state.said or "Here is a file."
    text = f"{said}\n\n{fence(table, 'what is on the table')}" if table else said
    return Message(role="user", text=text, pictures=[_given(one) for one in given if one.artifact])


def _given(asset: GivenAsset) -> ShownPicture:
    return ShownPicture(artifact=asset.artifact, caption=f"File {asset.id}:", detail="low")


def _step(step: Step, number: int, speech: Speech) -> list[Message]:
    done = Round(number=number, thought="", tool_calls=step.calls, reply=step.reply)
    shown = [
        ShownPicture(artifact=one.artifact, caption=one.caption)
        for one in step.pictures[:MAX_PICTURES]
    ]
    observed = [
        text if len(text) <= MAX_OBSERVED else f"{text[:MAX_OBSERVED]} (cut)"
        for text in step.observations
    ]
    return speech.turns(done, observed, shown, note="")
