"""Where the inspection goes next. Pure functions; their return types are the diagram."""

from __future__ import annotations

from typing import Literal

from langgraph.runtime import Runtime

from graphs.inspection.budget import spent
from graphs.inspection.context import Context
from graphs.inspection.state import State


def after_recall(state: State, runtime: Runtime[Context]) -> Literal["survey", "look"]:
    """The direct strategy is the mind alone: no expert looks before it."""
    return "look" if runtime.context.strategy == "direct" else "survey"


def after_survey(state: State, runtime: Runtime[Context]) -> Literal["look", "judge"]:
    """The expert strategy asks no mind."""
    return "judge" if runtime.context.strategy == "expert" else "look"


def after_look(state: State, runtime: Runtime[Context]) -> Literal["act", "judge"]:
    """Tools are run while the mind asks for some and the budget lasts."""
    if state.mind_fault or state.unanswerable or state.stopped or not state.rounds:
        return "judge"
    last = state.rounds[-1]
    finished = last.submitted or not last.tool_calls or runtime.context.strategy == "direct"
    return "judge" if finished or spent(runtime.context.budget, state) else "act"


def after_act(state: State, runtime: Runtime[Context]) -> Literal["look", "judge"]:
    """The mind looks again while the budget lasts."""
    return "judge" if spent(runtime.context.budget, state) else "look"


def after_judge(state: State, runtime: Runtime[Context]) -> Literal["ask", "record"]:
    """A person is asked only where human review is on and the decision is review."""
    undecided = state.verdict is not None and state.verdict.decision == "review"
    return "ask" if runtime.context.human_review and undecided else "record"
