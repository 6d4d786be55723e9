"""Tool `mark`: divides a view into numbered regions. Knows nothing of prompts or answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tools.arrays import UInt8Image
from tools.assets.views import next_view_id
from tools.errors import ToolError
from tools.ports import Draft, ToolContext, ToolResult
from tools.records import Region, View
from tools.regions import (
    DIVISION_SIDE_PX,
    RegionMask,
    divide_by_grid,
    divide_by_superpixels,
    draw_marks,
    resize_bilinear,
)
from tools.regions.division import filtered, region_of_mask
from tools.regions.sam.contract import Segmenter
from tools.segment import said_of
from tools.targets import find_view

Method = Literal["superpixel", "grid", "sam"]
COST_S: dict[Method, float] = {"superpixel": 1.2, "grid": 0.3, "sam": 180.0}
"""Typical seconds of each division on two cores. SAM looks at the picture and answers the 1024
points that GPT-4V-AD asks; this is the smallest one's time."""


class MarkArguments(BaseModel):
    """Arguments of `mark`."""

    model_config = ConfigDict(extra="forbid")

    method: Method = Field(
        default="superpixel",
        description=(
            "superpixel follows edges; grid is 16 x 16 cells; sam outlines things, which may "
            f"overlap, where its weights are here, and takes about {COST_S['sam'] / 60:.0f} "
            "minutes without a GPU."
        ),
    )
    view: str | None = Field(
        default=None, description="Id of the view to divide; without it, the whole picture."
    )


class MarkTool:
    """Numbered regions by GPT-4V-AD's division."""

    name = "mark"
    description = (
        "Divide a view into numbered regions and get a picture with their white edges and "
        "numbers. Use it to speak of a place by number, then zoom or score that number."
    )
    arguments = MarkArguments
    cost_s = COST_S["superpixel"]

    def run(self, context: ToolContext, arguments: MarkArguments) -> ToolResult:
        """Divide the view's window, read from the source at 768 x 768.

        Raises:
            ToolError: where the view does not exist or the method is not available.
        """
        parent = None if arguments.view is None else find_view(context, arguments.view)
        picture_shown = context.picture_of(arguments.view)
        window = picture_shown.window_xyxy if parent is None else parent.window_xyxy
        side = DIVISION_SIDE_PX
        picture = resize_bilinear(picture_shown.read(window), width_px=side, height_px=side)
        masks = divide(
            picture, arguments.method, segmenter=context.segmenter, device=context.device
        )
        first = 1 + max(context.regions, default=0)
        marked = draw_marks(picture, masks, first_number=first)
        subject = "the picture" if parent is None else parent.id
        view = _marked_view(
            context, window, marked, parent=parent, label=f"{arguments.method} marks on {subject}"
        )
        regions = _numbered(view, masks, first=first)
        text = (
            f"{view.id} shows {subject} divided into {len(regions)} regions ({arguments.method}), "
            f"numbered {first}-{first + len(regions) - 1}, at {side} x {side} px."
        )
        return ToolResult(
            text=text,
            views=[view],
            regions=regions,
            evidence=[_evidence(context, view, text, arguments.method, regions)],
        )


def divide(
    picture: UInt8Image, method: Method, *, segmenter: Segmenter | None, device: str
) -> list[RegionMask]:
    """The regions of a picture, those of a useful size, in their order.

    Args:
        picture: (768, 768, 3) RGB.
        method: of the division.
        segmenter: SAM, or None.
        device: torch's name of the device that divides by superpixels.

    Raises:
        ToolError: where the method is not available, or finds nothing.
    """
    if method == "sam":
        if segmenter is None:
            raise ToolError("method sam is not available here; use superpixel or grid")
        seen = segmenter.everything(picture)
        masks = filtered(region_of_mask(one.mask) for one in seen if one.mask.any())
    elif method == "superpixel":
        masks = divide_by_superpixels(picture, device=device)
    else:
        masks = divide_by_grid()
    if not masks:
        raise ToolError(f"method {method} found no region of a useful size; use grid")
    return masks


def _marked_view(
    context: ToolContext,
    window: list[float],
    marked: UInt8Image,
    *,
    parent: View | None,
    label: str,
) -> View:
    x1, y1, x2, y2 = window
    return View(
        id=next_view_id(context.views),
        asset_sha256=context.picture.asset.sha256,
        artifact=context.artifacts.put(marked),
        picture=context.picture.name if parent is None else parent.picture,
        size=[DIVISION_SIDE_PX, DIVISION_SIDE_PX],
        window_xyxy=window,
        factor_xy=[DIVISION_SIDE_PX / (x2 - x1), DIVISION_SIDE_PX / (y2 - y1)],
        label=label,
        parent=None if parent is None else parent.id,
    )


def _numbered(view: View, masks: Sequence[RegionMask], *, first: int) -> list[Region]:
    side = DIVISION_SIDE_PX
    return [
        view.to_source(
            [float(edge) for edge in mask.box_xyxy],
            region_id=number,
            mask=mask.full(height_px=side, width_px=side),
        )
        for number, mask in enumerate(masks, start=first)
    ]


def _evidence(
    context: ToolContext, view: View, text: str, method: str, regions: Sequence[Region]
) -> Draft:
    numbers = [region.id for region in regions]
    return Draft(
        tool="mark",
        view=view.id,
        values={
            "method": method,
            "n_regions": len(numbers),
            "first_region": numbers[0],
            "last_region": numbers[-1],
            **(said_of(context.segmenter) if method == "sam" else {}),
        },
        text=text,
        artifact=view.artifact,
    )


mark = MarkTool()
