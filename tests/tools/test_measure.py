"""Sizes that can be worked out on paper, and which quantities a tolerance may name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tools.arrays import UInt8Image
from tools.artifacts import ArtifactFolder
from tools.assets import Picture
from tools.errors import ToolError
from tools.measure import QUANTITIES, MeasureArguments, measure, quantity_problem
from tools.measure_shape import measure_mask
from tools.ports import CaseQuery, Passage, ReferencePicture, SimilarCase, ToolContext
from tools.records import Asset


def test_a_rectangle_of_30_by_40_has_a_diagonal_of_50() -> None:
    mask = np.zeros((60, 60), np.bool_)
    mask[10:40, 5:45] = True
    assert measure_mask(mask) == pytest.approx(
        {
            "area_px2": 1200,
            "length_px": 50,
            "width_px": 30,
            "diameter_px": np.sqrt(4 * 1200 / np.pi),
            "pieces": 1,
        }
    )


def test_millimetres_follow_from_the_size_of_a_pixel() -> None:
    values = measure_mask(np.ones((30, 40), np.bool_), mm_per_px=0.1)
    assert (values["length_mm"], values["area_mm2"]) == pytest.approx((5.0, 12.0))


def test_one_pixel_is_a_square_of_one() -> None:
    values = measure_mask(np.ones((1, 1), np.bool_))
    assert (values["length_px"], values["width_px"]) == pytest.approx((np.sqrt(2), 1.0))


def test_two_pixels_that_touch_at_a_corner_are_one_piece() -> None:
    assert measure_mask(np.eye(2, dtype=np.bool_))["pieces"] == 1


def test_a_gap_makes_two_pieces() -> None:
    assert measure_mask(np.array([[True, False, True]]))["pieces"] == 2


def test_an_empty_mask_is_refused() -> None:
    with pytest.raises(ValueError, match="empty mask has no size"):
        measure_mask(np.zeros((4, 4), np.bool_))


def test_every_measured_value_is_a_quantity() -> None:
    values = measure_mask(np.ones((3, 4), np.bool_), mm_per_px=0.1)
    assert set(values) == {name for name in QUANTITIES if not name.startswith("count:")}


@pytest.mark.parametrize("name", ["length_mm", "pieces", "count:screw", "count:screw@1,2,3,4"])
def test_a_quantity_that_can_be_measured_has_no_problem(name: str) -> None:
    assert quantity_problem(name) == ""


def test_an_unknown_quantity_is_answered_with_those_that_exist() -> None:
    problem = quantity_problem("weight_g")
    assert problem.startswith(
        "'weight_g' cannot be measured; the quantities are area_px2, area_mm2"
    )


def plate() -> Picture:
    """A picture of 40 x 30 px, black."""
    asset = Asset(path="plate.png", sha256="0" * 64, modality="image", size=[40, 30])
    return Picture(asset, np.zeros((30, 40, 3), np.uint8))


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    return ToolContext(
        picture=plate(),
        views={},
        product="plate",
        mm_per_px=0.5,
        knowledge=NoKnowledge(),
        artifacts=ArtifactFolder(tmp_path),
        memories={},
    )


class NoKnowledge:
    """Knows nothing; measuring asks nothing of it."""

    def look_up(
        self, query: str, *, product: str, kinds: Sequence[str] = (), k: int = 5
    ) -> list[Passage]:
        return []

    def nearest_references(
        self, image_hwc: UInt8Image, *, product: str, k: int = 1
    ) -> list[ReferencePicture]:
        return []

    def similar_cases(
        self, image_hwc: UInt8Image, *, query: CaseQuery, k: int = 3
    ) -> list[SimilarCase]:
        return []


def test_a_box_is_measured_in_pixels_and_millimetres(context: ToolContext) -> None:
    result = measure.run(context, MeasureArguments(box_xyxy=[2, 3, 5, 7]))
    (draft,) = result.evidence
    assert (draft.values["area_px2"], draft.values["area_mm2"]) == (12, 3)
    assert (draft.values["length_px"], draft.values["length_mm"]) == (5, 2.5)


def test_a_call_without_a_target_says_what_to_give(context: ToolContext) -> None:
    with pytest.raises(ToolError, match="give region or box_xyxy to measure, or part to count"):
        measure.run(context, MeasureArguments())


def test_counting_without_a_template_says_what_to_do_instead(context: ToolContext) -> None:
    with pytest.raises(ToolError, match="no template of parts"):
        measure.run(context, MeasureArguments(part="screw"))
