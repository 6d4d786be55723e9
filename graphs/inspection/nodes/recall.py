"""What is known of the product: given by name, or found by similarity; unknown stays unknown.

Past inspections of like pictures become evidence that a mind may read and that decides nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any

from langgraph.runtime import Runtime

from graphs.inspection.context import Context
from graphs.inspection.numbering import Ledger
from graphs.inspection.scene import held_model
from graphs.inspection.similar_cases import case_draft, case_query
from graphs.inspection.state import State
from graphs.records import Recall
from tools.ports import SimilarCase

MAX_CASES = 3
UNKNOWN_PRODUCT = "no product in the store is near to this picture"


async def recall(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Name the product and the references of the same place or pose.

    Raises:
        KnowledgeError: where the given product is unknown.
    """
    recalled, cases = await asyncio.to_thread(_recall, state, runtime.context)
    degraded = [UNKNOWN_PRODUCT] if recalled.product is None else []
    ledger = Ledger(n_evidence=len(state.evidence), n_regions=len(state.regions))
    ledger.add_all(case_draft(case) for case in cases)
    return {
        "recall": recalled,
        "evidence": ledger.evidence,
        "degraded": degraded,
        "detail": recalled.product or "unknown",
    }


def _recall(state: State, context: Context) -> tuple[Recall, list[SimilarCase]]:
    image_hwc = context.pictures.overview(state.path, max_pixels=context.max_pixels)
    name, similarity = state.product, None
    if name is None:
        found = context.models.recall(image_hwc)
        if found is None:
            return Recall(product=None, given=False), []
        name, similarity = found
    product = held_model(context, name).product
    nearest = context.knowledge.nearest_references(image_hwc, product=product.name, k=1)
    query = case_query(product.name, state, context)
    cases = context.knowledge.similar_cases(image_hwc, query=query, k=MAX_CASES)
    recalled = Recall(
        product=product.name,
        given=state.product is not None,
        similarity=similarity,
        references=[reference.id for reference in nearest],
        cases=[case.id for case in cases],
    )
    return recalled, cases
