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
WHICH_ONE = "Which correction? `corrections` lists them; say `undo K1`."
WHERE = "Where? Give the box in pixels of the original, as in: you missed this [10, 20, 60, 80]."
_BECAUSE = re.compile(r"\bbecause\b.*", re.IGNORECASE | re.DOTALL)
_MISSED = re.compile(r"\bmissed\b|\bthis\b|\byou\b|\[[^\]]*\]|\bhere\b", re.IGNORECASE)
_ID = re.compile(r"\bK([1-9][0-9]*)\b", re.IGNORECASE)
_RULE = re.compile(r",?\s*\b(?:as|make (?:it|this)) a rule\b", re.IGNORECASE)


def corrections(state: TalkState) -> Move:
    """What was corrected."""
    return Move(answer=told(state)) if state.steps else calls(state, ("list_corrections", {}))


def undo(state: TalkState) -> Move:
    """Take a correction back."""
    if state.steps:
        return Move(answer=told(state))
    found = _ID.search(state.said)
    if found is None:
        return Move(answer=WHICH_ONE, asks=True)
    return calls(state, ("undo_correction", {"correction": f"K{found[1]}"}))


def correct(state: TalkState) -> Move:
    """No defect, a missed one, or the cause."""
    if state.steps:
        return Move(answer=told(state))
    if not state.inspections:
        return Move(answer=WHICH, asks=True)
    said = _RULE.sub("", state.said)
    words = said.lower()
    rule: Arguments = {} if said == state.said else {"becomes": "rule"}
    arguments: Arguments = {"inspection": inspection_in(said), "why": because_in(said), **rule}
    if "missed" in words:
        box = box_in(said)
        if box is None:
            return Move(answer=WHERE, asks=True)
        rest = _MISSED.sub(" ", _BECAUSE.sub("", said))
        text = " ".join(rest.split()).strip(" .,:") or "a defect"
        missed: Arguments = {"kind": "missed", "box_xyxy": [*box], "text": text}
        return calls(state, ("correct", {**arguments, **missed}))
    cause = cause_in(said)
    if cause:
        return calls(state, ("correct", {**arguments, "kind": "cause", "text": cause}))
    if "reference" in words or "golden" in words:
        arguments["becomes"] = "reference"
    about: Arguments = {"kind": "not_a_defect", "finding": finding_in(said)}
    return calls(state, ("correct", {**arguments, **about}))
