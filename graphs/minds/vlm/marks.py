"""The part with numbered regions for the prompts of GPT-4V-AD, outside of any round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from graphs.minds.chat import ShownPicture
from tools.assets.views import MAX_SIDE_PX
from tools.ports import ArtifactPort
from tools.records import Region, View
from tools.regions import (
    DIVISION_SIDE_PX,
    RegionMask,
    divide_by_grid,
    divide_by_superpixels,
    draw_marks,
    resize_bilinear,
)


class Marked(NamedTuple):
    """A divided picture of the part."""

    shown: ShownPicture
    view: View
    """Of the divided picture: the same window at 768 x 768."""
    masks: list[RegionMask]
    """In the order of their numbers, from 1 on."""


def mark_part(view: View, artifacts: ArtifactPort) -> Marked:
    """Divide a view by superpixels, or by the grid where these find none. Takes a second.

    Args:
        view: of the whole picture.
        artifacts: has its picture, and keeps the divided one.
    """
    side = DIVISION_SIDE_PX
    picture = resize_bilinear(artifacts.get(view.artifact), width_px=side, height_px=side)
    masks = divide_by_superpixels(picture) or divide_by_grid()
    x1, y1, x2, y2 = view.window_xyxy
    divided = view.model_copy(
        update={
            "artifact": artifacts.put(draw_marks(picture, masks, first_number=1)),
            "size": [side, side],
            "factor_xy": [side / (x2 - x1), side / (y2 - y1)],
        }
    )
    shown = ShownPicture(
        artifact=divided.artifact, caption="The image:", detail="high", max_side_px=MAX_SIDE_PX
    )
    return Marked(shown, divided, masks)


def rated(marked: Marked, scores: Mapping[int, float]) -> list[Region]:
    """The regions that were rated, in original-image pixels."""
    side = DIVISION_SIDE_PX
    return [
        marked.view.to_source(
            [float(edge) for edge in mask.box_xyxy],
            region_id=number,
            mask=mask.full(height_px=side, width_px=side),
            score=scores[number],
        )
        for number, mask in enumerate(marked.masks, start=1)
        if number in scores
    ]
