"""Where the conversation goes after a node. Pure."""

from __future__ import annotations

from typing import Literal

from graphs.conversation.state import TalkState


def after_think(state: TalkState) -> Literal["act", "answer"]:
    """To the tools that were asked for; with a draft, to its check."""
    return "answer" if state.draft else "act"


def after_answer(state: TalkState) -> Literal["think", "__end__"]:
    """Back to the mind where its draft was refused."""
    return "__end__" if state.over else "think"
