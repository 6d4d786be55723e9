"""What is held of a product while a part of it is inspected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from graphs.inspection.context import Context, ProductModel
from graphs.inspection.graph import build_inspection_graph, run_config
from graphs.inspection.state import InspectionInput
from graphs.minds.embedded import EmbeddedMind
from graphs.records import Inspection
from tools.arrays import UInt8Image


class EditedProduct:
    """Whose thresholds are others each time that they are asked for."""

    def __init__(self, model: ProductModel) -> None:
        self._model = model
        self.asked = 0

    def recall(self, image_hwc: UInt8Image) -> tuple[str, float] | None:
        return self._model.product.name, 0.9

    def model(self, product_name: str) -> ProductModel:
        self.asked += 1
        edited = self._model.calibration.model_copy(update={"high": 1.0 - 0.1 * self.asked})
        return replace(self._model, calibration=edited)


async def test_a_run_sees_a_product_in_one_state_also_where_it_is_edited_meanwhile(
    good_part: Path, make_context: Callable[..., Context], model: ProductModel
) -> None:
    products = EditedProduct(model)
    context = replace(make_context(EmbeddedMind()), models=products)
    start = InspectionInput(path=str(good_part), product=None, inspection_id="i1")

    ended = await build_inspection_graph().ainvoke(
        start, run_config("t", context.budget), context=context
    )

    inspection: Inspection = ended["inspection"]
    thresholds = inspection.verdict.thresholds
    assert thresholds is not None
    assert (products.asked, thresholds.high) == (1, 0.9)
    assert replace(context).held == {}
