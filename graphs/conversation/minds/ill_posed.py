"""Questions that no picture answers, as products name them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from graphs.causes import stems
from knowledge.records import Product

MIN_SHARED = 0.6
"""Of the stems of a listed question that must be in what was said."""
MIN_STEMS = 2


def refused_question(said: str, products: Sequence[Product]) -> str:
    """Why a question is refused; empty where it is not."""
    asked = stems(said)
    for product in products:
        for question in product.ill_posed:
            wanted = stems(question)
            shared = wanted & asked
            if len(shared) >= max(MIN_STEMS, MIN_SHARED * len(wanted)):
                return (
                    f"A picture cannot answer that: {product.name} lists {question!r} among the "
                    "questions that no picture of it answers. Which other test or record do you "
                    "have? I can inspect what is visible, and `look up` searches the notes."
                )
    return ""
