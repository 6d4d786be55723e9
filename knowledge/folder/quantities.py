"""Which quantities a tolerance may name. Knows nothing of how they are measured."""

from __future__ import annotations


def unknown_quantity(quantity: str) -> str:
    """What is wrong with the name of a quantity; empty where it can be measured."""
    from tools.measure import quantity_problem

    return quantity_problem(quantity)
