"""Corrections in plain words, as the embedded mind takes them. Pure."""

from __future__ import annotations

import re

from graphs.conversation.contract import Move
from graphs.conversation.minds.moves import Arguments, calls, told
from graphs.conversation.minds.words import (
    because_in,
    box_in,
    cause_in,
    finding_in,
    inspection_in,
)
from graphs.conversation.state import TalkState

WHICH = "Which unit? Inspect it first, or name one that is kept (RUN/ASSET)."
WHERE = "Where? Give the box in pixels of the original, as in: you missed this [10, 20, 60, 80]."
_MISSED = re.compile(r"\bmissed\b|\bthis\b|\byou\b|\[[^\]]*\]|\bhere\b", re.IGNORECASE)


def correct(state: TalkState) -> Move:
    """No defect, a missed one, or the cause."""
    if state.steps:
        return Move(answer=told(state))
    if not state.inspections:
        return Move(answer=WHICH, asks=True)
    said, words = state.said, state.said.lower()
    arguments: Arguments = {"inspection": inspection_in(said), "why": because_in(said)}
    if "missed" in words:
        box = box_in(said)
        if box is None:
            return Move(answer=WHERE, asks=True)
        text = " ".join(_MISSED.sub(" ", said).split()).strip(" .,:") or "a defect"
        return calls(
            state, ("correct", {**arguments, "kind": "missed", "box_xyxy": [*box], "text": text})
        )
    cause = cause_in(said)
    if cause:
        return calls(state, ("correct", {**arguments, "kind": "cause", "text": cause}))
    becomes = "reference" if "reference" in words or "golden" in words else "case"
    return calls(
        state,
        (
            "correct",
            {
                **arguments,
                "kind": "not_a_defect",
                "finding": finding_in(said),
                "becomes": becomes,
            },
        ),
    )
