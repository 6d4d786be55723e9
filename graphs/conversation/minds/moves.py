"""Moves of the embedded mind as its routines make them. Pure."""

from __future__ import annotations

from typing import TypeAlias

from graphs.conversation.contract import Move
from graphs.conversation.state import TalkState
from graphs.records import ToolCall
from tools.records import Scalar

Arguments: TypeAlias = dict[str, Scalar | list[Scalar] | None]


def calls(state: TalkState, *wanted: tuple[str, Arguments]) -> Move:
    """Tool calls with ids of this turn."""
    number = len(state.steps) + 1
    return Move(
        calls=[
            ToolCall(id=f"t{number:03d}c{n:04d}", tool=tool, arguments=arguments)
            for n, (tool, arguments) in enumerate(wanted, start=1)
        ]
    )


def told(state: TalkState) -> str:
    """What the last step's tools answered."""
    return "\n".join(state.steps[-1].observations) if state.steps else ""
