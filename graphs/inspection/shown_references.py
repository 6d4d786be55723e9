"""Reference pictures that a mind is shown, kept as artifacts. Knows no prompt."""

from __future__ import annotations

from graphs.inspection.context import Context, ProductModel
from graphs.inspection.state import State
from graphs.records import Recall


def keep_references(state: State, context: Context, model: ProductModel | None) -> Recall | None:
    """The recall with the nearest references kept as artifacts. Blocking.

    Of a product whose references each show their own place only the nearest is shown.

    Returns:
        None where there is no product, or they are kept already.
    """
    if state.recall is None or model is None or state.recall.reference_artifacts:
        return None
    n_shown = 1 if model.product.reference == "per_place" else context.n_references_shown
    if n_shown <= 0:
        return None
    nearest = context.knowledge.nearest_references(
        context.pictures.overview(state.path, max_pixels=context.max_pixels),
        product=model.product.name,
        k=n_shown,
    )
    return state.recall.model_copy(
        update={
            "references": [one.id for one in nearest],
            "reference_artifacts": [context.artifacts.put(one.image_hwc) for one in nearest],
        }
    )
