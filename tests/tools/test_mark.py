from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tools.errors import ToolError
from tools.mark import COST_S, MarkArguments, mark
from tools.ports import ToolContext
from tools.records import ImageExtent, Region
from tools.zoom import ZoomArguments, zoom

MakeContext = Callable[..., ToolContext]


def test_the_grid_numbers_256_cells_and_carries_them_to_the_source(
    make_context: MakeContext,
) -> None:
    context = make_context(image_hwc=np.zeros((320, 640, 3), dtype=np.uint8))

    result = mark.run(context, MarkArguments(method="grid"))

    assert [region.id for region in result.regions] == list(range(1, 257))
    assert result.regions[17].box_xyxy == pytest.approx([40, 20, 80, 40])
    assert result.regions[17].mask is not None
    assert result.regions[17].mask.array().all()
    [view] = result.views
    assert (view.id, view.size, view.factor_xy) == ("V2", [768, 768], [1.2, 2.4])
    assert context.artifacts.get(view.artifact).shape == (768, 768, 3)


def test_superpixels_tile_the_source_without_gaps_or_overlaps(make_context: MakeContext) -> None:
    flat = np.full((200, 300, 3), 90, dtype=np.uint8)

    result = mark.run(make_context(image_hwc=flat), MarkArguments())

    masks = [region.full_mask(height_px=200, width_px=300) for region in result.regions]
    assert len(masks) == 64
    assert (np.sum(masks, axis=0) == 1).all()


def test_the_evidence_says_what_was_numbered(make_context: MakeContext) -> None:
    result = mark.run(make_context(), MarkArguments(method="grid"))

    [draft] = result.evidence
    assert draft.view == "V2"
    assert draft.values == {
        "method": "grid",
        "n_regions": 256,
        "first_region": 1,
        "last_region": 256,
    }
    assert result.text == (
        "V2 shows the picture divided into 256 regions (grid), numbered 1-256, at 768 x 768 px."
    )


def test_numbers_follow_those_that_are_given_already(make_context: MakeContext) -> None:
    box = [0.0, 0.0, 9.0, 9.0]
    known = {7: Region(id=7, view="V1", box_xyxy=box, source=ImageExtent(box_xyxy=box))}

    result = mark.run(make_context(regions=known), MarkArguments(method="grid"))

    assert (result.regions[0].id, result.regions[-1].id) == (8, 263)


def test_a_zoomed_view_is_marked_within_its_window(make_context: MakeContext) -> None:
    context = make_context()
    zoomed = zoom.run(context, ZoomArguments(box_xyxy=[40, 30, 72, 62])).views[0]
    context.views[zoomed.id] = zoomed

    result = mark.run(context, MarkArguments(method="grid", view="V2"))

    assert result.views[0].parent == "V2"
    assert result.regions[0].box_xyxy == pytest.approx([40, 30, 42, 32])
    assert result.regions[-1].box_xyxy == pytest.approx([70, 60, 72, 62])


def test_sam_is_refused_with_what_to_try(make_context: MakeContext) -> None:
    with pytest.raises(ToolError, match="use superpixel or grid"):
        mark.run(make_context(), MarkArguments(method="sam"))


def test_an_unknown_view_is_refused(make_context: MakeContext) -> None:
    with pytest.raises(ToolError, match="view 'V9' does not exist; the views are: V1"):
        mark.run(make_context(), MarkArguments(view="V9"))


def test_the_mind_is_told_that_sam_takes_minutes_and_each_division_has_its_cost() -> None:
    said = MarkArguments.model_json_schema()["properties"]["method"]

    assert COST_S.keys() == set(said["enum"])
    assert mark.cost_s == COST_S[said["default"]]
    assert COST_S["sam"] >= 60
    assert f"takes about {COST_S['sam'] / 60:.0f} minutes without a GPU" in said["description"]
