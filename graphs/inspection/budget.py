"""Whether an inspection has spent its budget. Pure; measures nothing."""

from __future__ import annotations

from dataclasses import replace

from graphs.inspection.context import Budget
from graphs.inspection.state import State

STEPS_BESIDE_ROUNDS = 8
STEPS_WITHOUT_LIMIT = 10_000
LEAST_S = 0.001


def spent(budget: Budget, state: State) -> str | None:
    """Which limit is reached, in words; None where none is.

    Time is the sum over the nodes, so that a pause between two runs does not count; neither does
    `recall`, which learns a product when it is first seen.
    """
    usage = state.usage
    tokens = usage.input_tokens + usage.output_tokens
    limits = [
        ("rounds", budget.rounds, len(state.rounds)),
        ("VLM calls", budget.vlm_calls, usage.vlm_calls),
        ("tokens", budget.tokens, tokens),
        ("pictures", budget.pictures, usage.images),
        ("US dollars", budget.usd, usage.cost_usd),
        ("seconds", budget.seconds, seconds_used(state)),
    ]
    for unit, limit, used in limits:
        if 0 < limit <= used:
            return f"the budget of {limit:g} {unit} is spent ({used:.4g} used)"
    return None


def calls_spent(budget: Budget, state: State) -> str | None:
    """Which limit forbids another call of a VLM; a spent number of rounds does not."""
    return spent(replace(budget, rounds=0), state)


def allows_two_calls(budget: Budget, state: State) -> bool:
    """Whether two calls may be under way at once without either knowing what the other costs."""
    if budget.tokens or budget.pictures or budget.usd:
        return False
    return budget.vlm_calls == 0 or budget.vlm_calls - state.usage.vlm_calls >= 2


def seconds_left(budget: Budget, state: State) -> float | None:
    """Wall-clock time that is left, at least a moment; None where there is no limit."""
    if budget.seconds <= 0:
        return None
    return max(budget.seconds - seconds_used(state), LEAST_S)


def seconds_used(state: State) -> float:
    """Time of the nodes, without `recall`, which learns a product when it is first seen."""
    return sum(event.seconds for event in state.trace if event.node != "recall")


def rounds_left(budget: Budget, state: State) -> int | None:
    """Turns that may still be taken, the coming one counted; None where there is no limit."""
    return None if budget.rounds <= 0 else max(budget.rounds - len(state.rounds), 0)


def recursion_limit(budget: Budget) -> int:
    """Steps that the graph may take: two for each round, and the nodes beside them."""
    if budget.rounds <= 0:
        return STEPS_WITHOUT_LIMIT
    return 2 * budget.rounds + STEPS_BESIDE_ROUNDS
