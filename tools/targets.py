"""Which part of the asset a tool call speaks of. Knows nothing of what is done with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from tools.arrays import BoolMask, UInt8Image
from tools.asset_ports import PicturePort
from tools.errors import ToolError
from tools.ports import ToolContext
from tools.records import Region, View, whole_pixel_box

Coordinate = Annotated[float, Field(allow_inf_nan=False)]


class TargetArguments(BaseModel):
    """Arguments of a tool that looks at one place."""

    model_config = ConfigDict(extra="forbid")

    view: str | None = Field(default=None, description="Id of a view, for example V1.")
    region: int | None = Field(default=None, ge=1, description="Number of a region.")
    box_xyxy: list[Coordinate] | None = Field(
        default=None,
        min_length=4,
        max_length=4,
        description=(
            "[x1, y1, x2, y2], far corner exclusive: in pixels of the view where one is given, "
            "else in pixels of the original image."
        ),
    )


class Target(NamedTuple):
    """A place in the asset."""

    box_xyxy: list[float]
    """Pixels of the picture (an image: the original's), within it, with area."""
    view: str | None
    """Id of a view that shows the place; None where there is none."""
    region: Region | None
    words: str
    picture: PicturePort
    """That the box lies in."""


def find_target(context: ToolContext, arguments: TargetArguments) -> Target:
    """Find what a call speaks of: a region, a box, a whole view or the whole picture.

    Raises:
        ToolError: where the view or region does not exist, or the box has no area.
    """
    if arguments.region is not None and arguments.box_xyxy is not None:
        raise ToolError("region and box_xyxy were both given; give one of them")
    view = None if arguments.view is None else find_view(context, arguments.view)
    if arguments.region is not None:
        return _region_target(context, arguments.region, view)
    if arguments.box_xyxy is not None:
        box = _box_in_source(context, arguments.box_xyxy, view)
        picture = context.picture_of(arguments.view)
        return Target(box, _showing(context, box, view), None, f"box {_words(box)}", picture)
    if view is not None:
        picture = context.picture_of(view.id)
        return Target(view.window_xyxy, view.id, None, f"the whole of {view.id}", picture)
    box = context.picture.window_xyxy
    shown = _showing(context, box, None)
    return Target(box, shown, None, "the whole picture", context.picture)


def find_view(context: ToolContext, view_id: str) -> View:
    """A view by id.

    Raises:
        ToolError: where there is none; names those that are.
    """
    if view_id not in context.views:
        known = ", ".join(context.views) or "none yet"
        raise ToolError(f"view {view_id!r} does not exist; the views are: {known}")
    return context.views[view_id]


def find_region(context: ToolContext, number: int) -> Region:
    """A region by number.

    Raises:
        ToolError: where there is none; names those that are.
    """
    if number in context.regions:
        return context.regions[number]
    if not context.regions:
        raise ToolError(
            f"region {number} does not exist, none is numbered yet; call mark first, "
            "or give box_xyxy"
        )
    raise ToolError(f"region {number} does not exist; the regions are {spans(context.regions)}")


def spans(numbers: Iterable[int]) -> str:
    """Numbers as text: 1-4, 7, 9-10."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def _region_target(context: ToolContext, number: int, view: View | None) -> Target:
    region = find_region(context, number)
    picture = context.picture_of(region.view)
    same = view is not None and view.picture == picture.name
    shown = view.id if view is not None and same and view.contains(region.box_xyxy) else None
    if shown is None and region.view in context.views:
        shown = region.view
    words = f"region {number}" + (f" ({region.label})" if region.label else "")
    return Target(region.box_xyxy, shown, region, words, picture)


def _box_in_source(context: ToolContext, box: list[float], view: View | None) -> list[float]:
    x1, y1, x2, y2 = box
    if not (x1 < x2 and y1 < y2):
        raise ToolError(
            f"box_xyxy {box} has no area; give [x1, y1, x2, y2] with x1 < x2 and y1 < y2"
        )
    if view is None and context.asset is not None and len(context.asset.names) > 1:
        raise ToolError(
            f"box_xyxy {box} was given without a view, and this part has several pictures; "
            f"give the view too: {', '.join(context.views)}"
        )
    inside = view.box_to_source(box) if view is not None else _clipped(context, box)
    x1, y1, x2, y2 = inside
    if not (x1 < x2 and y1 < y2):
        width_px, height_px = view.size if view is not None else context.picture.size
        where = "the picture" if view is None else view.id
        raise ToolError(
            f"box_xyxy {box} lies outside {where}, which is {width_px} x {height_px} px; "
            "give a box within it"
        )
    return inside


def _clipped(context: ToolContext, box: list[float]) -> list[float]:
    width_px, height_px = context.picture.size
    x1, y1, x2, y2 = box
    return [max(x1, 0.0), max(y1, 0.0), min(x2, width_px), min(y2, height_px)]


def _showing(context: ToolContext, box: list[float], asked: View | None) -> str | None:
    if asked is not None:
        return asked.id
    views = [view for view in context.views.values() if view.picture == context.picture.name]
    return next((view.id for view in views if view.contains(box)), None)


def _words(box: list[float]) -> str:
    return f"[{', '.join(f'{round(edge, 1):g}' for edge in box)}]"


def target_mask(target: Target, image_hwc: UInt8Image) -> BoolMask:
    """(H, W) of the whole picture: true inside the target."""
    height_px, width_px = image_hwc.shape[:2]
    if target.region is not None:
        return target.region.full_mask(height_px=height_px, width_px=width_px)
    inside = np.zeros((height_px, width_px), dtype=np.bool_)
    x1, y1, x2, y2 = whole_pixel_box(target.box_xyxy)
    inside[y1:y2, x1:x2] = True
    return inside
