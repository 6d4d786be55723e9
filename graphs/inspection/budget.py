"""Whether an inspection has spent its budget. Pure; measures nothing."""

from __future__ import annotations

from graphs.inspection.context import Budget
from graphs.inspection.state import State

STEPS_BESIDE_ROUNDS = 8
STEPS_WITHOUT_LIMIT = 10_000


def spent(budget: Budget, state: State) -> str | None:
    """Which limit is reached, in words; None where none is.

    Time is the sum over the nodes, so that a pause between two runs does not count; neither does
    `recall`, which learns a product when it is first seen.
    """
    usage = state.usage
    tokens = usage.input_tokens + usage.output_tokens
    seconds = sum(event.seconds for event in state.trace if event.node != "recall")
    limits = [
        ("rounds", budget.rounds, len(state.rounds)),
        ("VLM calls", budget.vlm_calls, usage.vlm_calls),
        ("tokens", budget.tokens, tokens),
        ("US dollars", budget.usd, usage.cost_usd),
        ("seconds", budget.seconds, seconds),
    ]
    for unit, limit, used in limits:
        if 0 < limit <= used:
            return f"the budget of {limit:g} {unit} is spent ({used:.4g} used)"
    return None


def recursion_limit(budget: Budget) -> int:
    """Steps that the graph may take: two for each round, and the nodes beside them."""
    if budget.rounds <= 0:
        return STEPS_WITHOUT_LIMIT
    return 2 * budget.rounds + STEPS_BESIDE_ROUNDS
