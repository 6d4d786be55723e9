from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tools.arrays import UInt8Image
from tools.errors import ToolError
from tools.mark import MarkArguments, mark
from tools.ports import ToolContext
from tools.records import ImageExtent, Region
from tools.regions.sam import Prompt, SegmentedMask
from tools.segment import SegmentArguments, segment
from tools.zoom import ZoomArguments, zoom

MakeContext = Callable[..., ToolContext]


class Squares:
    """Answers with the box it is given, or with a square of 20 px around its first point."""

    route = "transformers"
    note = "SAM runs through transformers' SamModel: torchvision is not installed"
    version = "0123456789abcdef"

    def __init__(self) -> None:
        self.asked: list[Prompt] = []
        self.seen: list[tuple[int, ...]] = []

    def everything(self, image_hwc: UInt8Image) -> list[SegmentedMask]:
        self.seen.append(image_hwc.shape)
        boxes = [(0, 0, 100, 100), (50, 50, 90, 90), (0, 0, 20, 20), (0, 0, 768, 768)]
        return [SegmentedMask(self._filled(image_hwc, box), 0.9) for box in boxes]

    def prompted(self, image_hwc: UInt8Image, prompt: Prompt) -> SegmentedMask:
        self.asked.append(prompt)
        self.seen.append(image_hwc.shape)
        box = prompt.box_xyxy
        if box is None:
            x, y = prompt.points_xy[0]
            box = (x - 10, y - 10, x + 10, y + 10)
        return SegmentedMask(self._filled(image_hwc, box), 0.87654)

    def _filled(self, image_hwc: UInt8Image, box: tuple[float, ...]) -> np.ndarray:
        mask = np.zeros(image_hwc.shape[:2], dtype=np.bool_)
        x1, y1, x2, y2 = (max(0, round(edge)) for edge in box)
        mask[y1:y2, x1:x2] = True
        return mask


def call(context: ToolContext, **arguments: Any) -> Any:
    return segment.run(context, SegmentArguments(**arguments))


def test_a_point_gives_a_numbered_region_in_original_pixels(make_context: MakeContext) -> None:
    model = Squares()
    context = make_context(segmenter=model)

    result = call(context, points_xy=[[60, 45]])

    [region], [view] = result.regions, result.views
    assert region.id == 1
    assert region.box_xyxy == pytest.approx([50, 35, 70, 55])
    assert region.mask is not None
    assert region.mask.array().all()
    assert model.asked == [Prompt(points_xy=((60.0, 45.0),), labels=(1,))]
    assert (view.id, view.size, view.parent) == ("V2", [120, 90], None)
    assert context.artifacts.get(view.artifact).shape == (90, 120, 3)


def test_the_evidence_tells_area_quality_weights_and_route(make_context: MakeContext) -> None:
    [draft] = call(make_context(segmenter=Squares()), points_xy=[[60, 45]]).evidence
    assert draft.values == {
        "area_px": 400,
        "predicted_iou": 0.8765,
        "route": "transformers",
        "weights": "0123456789abcdef",
        "note": "SAM runs through transformers' SamModel: torchvision is not installed",
    }
    assert draft.text == (
        "V2 shows the outline of region 1, asked for by 1 point(s): 400 px of the original "
        "within [50, 35, 70, 55], predicted overlap 0.88."
    )


def test_points_of_a_zoomed_view_are_carried_into_its_window(make_context: MakeContext) -> None:
    model = Squares()
    context = make_context(segmenter=model)
    zoomed = zoom.run(context, ZoomArguments(box_xyxy=[40, 30, 80, 70])).views[0]
    context.views[zoomed.id] = zoomed
    middle = [zoomed.size[0] / 2, zoomed.size[1] / 2]

    result = call(context, view="V2", points_xy=[middle, [0, 0]], labels=[1, 0])

    assert model.asked == [Prompt(points_xy=((20.0, 20.0), (0.0, 0.0)), labels=(1, 0))]
    assert model.seen == [(40, 40, 3)]
    assert result.regions[0].box_xyxy == pytest.approx([50, 40, 70, 60])
    assert result.views[0].parent == "V2"


def test_a_box_and_a_region_are_prompts_too(make_context: MakeContext) -> None:
    model, box = Squares(), [10.0, 20.0, 30.0, 60.0]
    known = {4: Region(id=4, view="V1", box_xyxy=box, source=ImageExtent(box_xyxy=box))}
    context = make_context(segmenter=model, regions=known)

    by_box = call(context, box_xyxy=[10, 20, 30, 60])
    by_region = call(context, region=4, points_xy=[[12, 22]])

    assert [prompt.box_xyxy for prompt in model.asked] == [(10.0, 20.0, 30.0, 60.0)] * 2
    assert model.asked[1].points_xy == ((12.0, 22.0),)
    assert by_box.regions[0].box_xyxy == by_region.regions[0].box_xyxy == pytest.approx(box)
    assert by_box.regions[0].id == 5


def test_a_large_picture_is_reduced_for_sam_and_carried_back(make_context: MakeContext) -> None:
    model = Squares()
    context = make_context(image_hwc=np.zeros((1024, 2048, 3), dtype=np.uint8), segmenter=model)
    result = call(context, points_xy=[[1000, 500]])
    assert model.seen == [(512, 1024, 3)]
    assert result.regions[0].box_xyxy == pytest.approx([980, 480, 1020, 520])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "told nothing to outline"),
        ({"points_xy": [[5, 5]], "labels": [0]}, "told nothing to outline"),
        ({"points_xy": [[5, 5]], "labels": [1, 0]}, "1 points have 2 labels"),
        ({"points_xy": [[120, 5]]}, "lies outside the picture"),
        ({"points_xy": [[5, 5]], "view": "V9"}, "view 'V9' does not exist"),
        ({"region": 3}, "region 3 does not exist"),
        ({"box_xyxy": [5, 5, 5, 9]}, "has no area"),
    ],
)
def test_what_cannot_be_outlined_is_refused(
    arguments: dict[str, Any], says: str, make_context: MakeContext
) -> None:
    with pytest.raises(ToolError, match=says):
        call(make_context(segmenter=Squares()), **arguments)


def test_an_empty_outline_is_refused(make_context: MakeContext) -> None:
    class Nothing(Squares):
        def prompted(self, image_hwc: UInt8Image, prompt: Prompt) -> SegmentedMask:
            return SegmentedMask(np.zeros(image_hwc.shape[:2], dtype=np.bool_), 0.1)

    with pytest.raises(ToolError, match="nothing was outlined"):
        call(make_context(segmenter=Nothing()), points_xy=[[5, 5]])


def test_without_sam_the_tool_says_what_else_there_is(make_context: MakeContext) -> None:
    with pytest.raises(ToolError, match="superpixel or grid"):
        call(make_context(), points_xy=[[5, 5]])


@pytest.mark.parametrize(
    "arguments",
    [
        {"points_xy": [[5, 5]] * 17},
        {"points_xy": [[5]]},
        {"points_xy": [[5, float("nan")]]},
        {"points_xy": [[5, 5]], "labels": [2]},
        {"box_xyxy": [1, 2, 3]},
    ],
)
def test_arguments_have_bounds(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SegmentArguments(**arguments)


def test_marks_by_sam_are_those_of_useful_size_and_may_overlap(make_context: MakeContext) -> None:
    model = Squares()
    context = make_context(image_hwc=np.zeros((768, 768, 3), dtype=np.uint8), segmenter=model)

    result = mark.run(context, MarkArguments(method="sam"))

    # 20 x 20 px is too small, the whole picture too large.
    assert [region.box_xyxy for region in result.regions] == [[0, 0, 100, 100], [50, 50, 90, 90]]
    assert model.seen == [(768, 768, 3)]
    [draft] = result.evidence
    assert (draft.values["method"], draft.values["n_regions"]) == ("sam", 2)
    assert (draft.values["route"], draft.values["note"]) == (model.route, model.note)
