"""Tool `segment`: the outline of what points or a box ask for, by SAM. Knows no defect."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np
from PIL import Image
from pydantic import Field

from tools.arrays import BoolMask, UInt8Image
from tools.assets.views import next_view_id
from tools.errors import ToolError
from tools.ports import Draft, ToolContext, ToolResult
from tools.records import Region, Scalar, View
from tools.regions import draw_marks
from tools.regions.division import region_of_mask
from tools.regions.sam.contract import Prompt, SegmentedMask, Segmenter
from tools.targets import Coordinate, TargetArguments, find_target, find_view

MAX_POINTS = 16
MAX_SIDE_PX = 1024
"""SAM looks at no more; a larger window is reduced to it."""
EDGE_PX = 2
Point = Annotated[list[Coordinate], Field(min_length=2, max_length=2)]


class SegmentArguments(TargetArguments):
    """Arguments of `segment`."""

    points_xy: list[Point] = Field(
        default_factory=list,
        max_length=MAX_POINTS,
        description=(
            "[[x, y], ...]: in pixels of the view where one is given, else of the original image."
        ),
    )
    labels: list[Literal[0, 1]] = Field(
        default_factory=list,
        max_length=MAX_POINTS,
        description="For each point: 1 on what is meant, 0 beside it. Empty: all are 1.",
    )


class _Window(NamedTuple):
    """What SAM is shown."""

    picture_hwc: UInt8Image
    xyxy: list[float]
    """Original-image pixels."""
    factor_xy: tuple[float, float]
    """Its pixels for each original pixel."""
    parent: View | None


class SegmentTool:
    """One outline by SAM."""

    name = "segment"
    description = (
        "Get the exact outline of one thing: put a point on it, points on and beside it, a box or "
        "a region's number around it. The outline is a new numbered region to measure or score."
    )
    arguments = SegmentArguments
    cost_s = 17.0

    def run(self, context: ToolContext, arguments: SegmentArguments) -> ToolResult:
        """Segment within the view's window, or the whole picture where no view is named.

        Raises:
            ToolError: where there is no SAM, nothing was asked, or nothing was found.
        """
        segmenter = require_segmenter(context)
        window = _window(context, arguments.view)
        prompt = _prompt(context, arguments, window)
        found = segmenter.prompted(window.picture_hwc, prompt)
        if not found.mask.any():
            raise ToolError("nothing was outlined there; give another point, or a box around it")
        number = 1 + max(context.regions, default=0)
        view = _view(context, window, found.mask, number=number)
        outlined = region_of_mask(found.mask)
        region = view.to_source(
            [float(edge) for edge in outlined.box_xyxy],
            region_id=number,
            mask=found.mask,
            label="segment",
        )
        draft = _evidence(view, region, found, segmenter, prompt)
        return ToolResult(text=draft.text, views=[view], regions=[region], evidence=[draft])


def require_segmenter(context: ToolContext) -> Segmenter:
    """The segmenter of a call.

    Raises:
        ToolError: where none is set up.
    """
    if context.segmenter is None:
        raise ToolError(
            "SAM is not available here; mark the view with superpixel or grid, or zoom on a box"
        )
    return context.segmenter


def said_of(segmenter: Segmenter | None) -> dict[str, Scalar]:
    """What evidence says of the model: route, weights, and why the route is not the usual one."""
    if segmenter is None:
        return {}
    said: dict[str, Scalar] = {"route": segmenter.route, "weights": segmenter.version}
    return {**said, "note": segmenter.note} if segmenter.note else said


def _window(context: ToolContext, view_id: str | None) -> _Window:
    parent = None if view_id is None else find_view(context, view_id)
    source = context.picture_of(view_id)
    xyxy = source.window_xyxy if parent is None else parent.window_xyxy
    picture = source.read(xyxy)
    height_px, width_px = picture.shape[:2]
    share = min(1.0, MAX_SIDE_PX / max(height_px, width_px))
    if share < 1:
        size = (max(1, round(width_px * share)), max(1, round(height_px * share)))
        picture = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))
    x1, y1, x2, y2 = xyxy
    factor = (picture.shape[1] / (x2 - x1), picture.shape[0] / (y2 - y1))
    return _Window(picture, xyxy, factor, parent)


def _prompt(context: ToolContext, arguments: SegmentArguments, window: _Window) -> Prompt:
    points, labels = arguments.points_xy, arguments.labels
    if labels and len(labels) != len(points):
        raise ToolError(f"{len(points)} points have {len(labels)} labels; give one for each")
    has_box = arguments.region is not None or arguments.box_xyxy is not None
    if not has_box and 1 not in (labels or [1] * len(points)):
        raise ToolError(
            "segment was told nothing to outline; give a point on it, a box or a region"
        )
    return Prompt(
        points_xy=tuple(_in_window(point, window) for point in points),
        labels=tuple(labels or [1] * len(points)),
        box_xyxy=_box(context, arguments, window) if has_box else None,
    )


def _in_window(point: list[float], window: _Window) -> tuple[float, float]:
    x, y = point
    if window.parent is not None:
        x, y = x / window.parent.factor_xy[0], y / window.parent.factor_xy[1]
    x1, y1, x2, y2 = window.xyxy
    if not (0 <= x < x2 - x1 and 0 <= y < y2 - y1):
        where = "the picture" if window.parent is None else window.parent.id
        raise ToolError(f"point {point} lies outside {where}; give a point within it")
    return x * window.factor_xy[0], y * window.factor_xy[1]


def _box(
    context: ToolContext, arguments: SegmentArguments, window: _Window
) -> tuple[float, float, float, float]:
    target = find_target(context, arguments)
    (fx, fy), (wx1, wy1, wx2, wy2) = window.factor_xy, window.xyxy
    x1, y1, x2, y2 = target.box_xyxy
    inside = (max(x1, wx1), max(y1, wy1), min(x2, wx2), min(y2, wy2))
    if not (inside[0] < inside[2] and inside[1] < inside[3]):
        raise ToolError(
            f"{target.words} lies outside the view; leave the view out, or give another"
        )
    return (
        (inside[0] - wx1) * fx,
        (inside[1] - wy1) * fy,
        (inside[2] - wx1) * fx,
        (inside[3] - wy1) * fy,
    )


def _view(context: ToolContext, window: _Window, mask: BoolMask, *, number: int) -> View:
    drawn = draw_marks(
        window.picture_hwc, [region_of_mask(mask)], first_number=number, edge_px=EDGE_PX
    )
    parent = window.parent
    return View(
        id=next_view_id(context.views),
        asset_sha256=context.picture.asset.sha256,
        artifact=context.artifacts.put(drawn),
        picture=context.picture.name if window.parent is None else window.parent.picture,
        size=[drawn.shape[1], drawn.shape[0]],
        window_xyxy=window.xyxy,
        factor_xy=list(window.factor_xy),
        label=f"outline of region {number} on {'the picture' if parent is None else parent.id}",
        parent=None if parent is None else parent.id,
    )


def _evidence(
    view: View, region: Region, found: SegmentedMask, segmenter: Segmenter, prompt: Prompt
) -> Draft:
    area_px = 0 if region.mask is None else int(region.mask.array().sum())
    x1, y1, x2, y2 = (round(edge) for edge in region.box_xyxy)
    asked = "a box" if prompt.box_xyxy is not None else f"{len(prompt.points_xy)} point(s)"
    overlap = f"{found.predicted_iou:.2f}"
    text = (
        f"{view.id} shows the outline of region {region.id}, asked for by {asked}: {area_px} px of "
        f"the original within [{x1}, {y1}, {x2}, {y2}], predicted overlap {overlap}."
    )
    return Draft(
        tool="segment",
        view=view.id,
        region=region,
        values={
            "area_px": area_px,
            "predicted_iou": round(found.predicted_iou, 4),
            **said_of(segmenter),
        },
        text=text,
        artifact=view.artifact,
    )


segment = SegmentTool()
