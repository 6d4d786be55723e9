"""What is known of the product: given by name, or found by similarity; unknown stays unknown."""

from __future__ import annotations

import asyncio
from typing import Any

from langgraph.runtime import Runtime

from graphs.inspection.context import Context
from graphs.inspection.state import State
from graphs.records import Recall

UNKNOWN_PRODUCT = "no product in the store is near to this picture"


async def recall(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Name the product and the references of the same place or pose.

    Raises:
        KnowledgeError: where the given product is unknown.
    """
    recalled = await asyncio.to_thread(_recall, state, runtime.context)
    degraded = [UNKNOWN_PRODUCT] if recalled.product is None else []
    return {"recall": recalled, "degraded": degraded, "detail": recalled.product or "unknown"}


def _recall(state: State, context: Context) -> Recall:
    picture = context.pictures.open(state.path, max_pixels=context.max_pixels)
    image_hwc = picture.read(picture.window_xyxy)
    name, similarity = state.product, None
    if name is None:
        found = context.models.recall(image_hwc)
        if found is None:
            return Recall(product=None, given=False)
        name, similarity = found
    product = context.models.model(name).product
    nearest = context.knowledge.nearest_references(image_hwc, product=product.name, k=1)
    return Recall(
        product=product.name,
        given=state.product is not None,
        similarity=similarity,
        references=[reference.id for reference in nearest],
    )
