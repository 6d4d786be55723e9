from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from tools.errors import ToolError
from tools.ports import ToolContext
from tools.records import ImageExtent, Region
from tools.zoom import ZoomArguments, zoom

MakeContext = Callable[..., ToolContext]


def region(number: int, box: list[float]) -> Region:
    return Region(id=number, view="V1", box_xyxy=box, source=ImageExtent(box_xyxy=box))


def test_a_box_of_8_px_is_magnified_31_times_and_holds_the_pixels_of_the_source(
    make_context: MakeContext,
) -> None:
    context = make_context()

    result = zoom.run(context, ZoomArguments(box_xyxy=[40, 30, 48, 38]))

    [view] = result.views
    assert (view.id, view.parent) == ("V2", "V1")
    assert (view.window_xyxy, view.factor_xy) == ([40, 30, 48, 38], [31, 31])
    np.testing.assert_array_equal(
        context.artifacts.get(view.artifact)[15::31, 15::31],
        context.picture.read([40, 30, 48, 38]),
    )


def test_the_evidence_names_the_new_view_its_window_and_its_factor(
    make_context: MakeContext,
) -> None:
    result = zoom.run(make_context(), ZoomArguments(box_xyxy=[40, 30, 60, 45]))

    [draft] = result.evidence
    assert (draft.tool, draft.view, draft.artifact) == ("zoom", "V2", result.views[0].artifact)
    assert draft.values == {
        "window_xyxy": [40.0, 30.0, 60.0, 45.0],
        "factor_xy": [27.0, 27.0],
    }
    assert draft.text == (
        "V2 shows box [40, 30, 60, 45]: the original's pixels [40, 30, 60, 45] "
        "at 540 x 405 px, factor 27 x 27."
    )


def test_a_region_is_shown_with_half_its_size_around_it(make_context: MakeContext) -> None:
    context = make_context(regions={3: region(3, [40, 30, 60, 50])})

    result = zoom.run(context, ZoomArguments(region=3))

    assert result.views[0].window_xyxy == [30, 20, 70, 60]
    assert result.evidence[0].region == context.regions[3]


def test_a_region_of_one_pixel_in_the_corner_is_shown_with_its_surroundings(
    make_context: MakeContext,
) -> None:
    context = make_context(regions={1: region(1, [119, 0, 120, 1])})

    assert zoom.run(context, ZoomArguments(region=1)).views[0].window_xyxy == [112, 0, 120, 8]


def test_a_margin_widens_the_window_and_is_clipped_to_the_picture(
    make_context: MakeContext,
) -> None:
    arguments = ZoomArguments(box_xyxy=[0, 30, 20, 50], margin=1)

    assert zoom.run(make_context(), arguments).views[0].window_xyxy == [0, 10, 40, 70]


def test_a_box_in_pixels_of_a_view_is_carried_to_the_source(make_context: MakeContext) -> None:
    context = make_context()
    first = zoom.run(context, ZoomArguments(box_xyxy=[40, 30, 60, 45])).views[0]
    deeper = replace(context, views={**context.views, first.id: first})

    result = zoom.run(deeper, ZoomArguments(view="V2", box_xyxy=[0, 0, 270, 270]))

    assert (result.views[0].id, result.views[0].parent) == ("V3", "V2")
    assert result.views[0].window_xyxy == [40, 30, 50, 40]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "give region, box_xyxy or a view"),
        ({"region": 1, "box_xyxy": [0, 0, 9, 9]}, "give one of them"),
        ({"box_xyxy": [10, 10, 10, 40]}, "has no area; give"),
        ({"box_xyxy": [30, 10, 10, 40]}, "has no area; give"),
        ({"box_xyxy": [10, 10, 17, 40]}, "7 x 30 px of the original, the least is 8 x 8; give a"),
        ({"box_xyxy": [200, 10, 300, 40]}, "outside the picture, which is 120 x 90 px"),
        ({"view": "V1", "box_xyxy": [200, 10, 300, 40]}, "outside V1, which is 120 x 90 px"),
        ({"view": "V7", "box_xyxy": [0, 0, 9, 9]}, "the views are: V1"),
        ({"region": 4}, "none is numbered yet; call mark first"),
    ],
)
def test_a_call_that_cannot_be_is_refused_with_what_to_try(
    make_context: MakeContext, arguments: dict[str, object], words: str
) -> None:
    with pytest.raises(ToolError) as caught:
        zoom.run(make_context(), ZoomArguments.model_validate(arguments))

    assert words in str(caught.value)


def test_an_unknown_region_is_refused_with_those_that_exist(make_context: MakeContext) -> None:
    box = [0.0, 0.0, 9.0, 9.0]
    regions = {number: region(number, box) for number in (1, 2, 3, 7)}

    with pytest.raises(ToolError, match="region 9 does not exist; the regions are 1-3, 7"):
        zoom.run(make_context(regions=regions), ZoomArguments(region=9))


@pytest.mark.parametrize(
    "arguments",
    [{"box_xyxy": [0, 0, 9]}, {"box_xyxy": [0, 0, float("nan"), 9]}, {"region": 0}, {"x": 1}],
)
def test_arguments_out_of_bounds_do_not_validate(arguments: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ZoomArguments.model_validate(arguments)


def test_all_of_a_picture_smaller_than_the_least_window_can_be_shown(
    make_context: MakeContext,
) -> None:
    context = make_context(image_hwc=np.zeros((5, 40, 3), dtype=np.uint8))

    assert zoom.run(context, ZoomArguments(box_xyxy=[0, 0, 40, 5])).views[0].size == [520, 65]
