"""Tool `zoom`: renders a window from the source. Knows nothing of what the window shows."""

from __future__ import annotations

from pydantic import Field

from tools.asset_ports import PicturePort
from tools.assets.views import next_view_id, render_view
from tools.errors import ToolError
from tools.ports import Draft, ToolContext, ToolResult
from tools.records import View
from tools.targets import Target, TargetArguments, find_target

MIN_WINDOW_PX = 8
"""Fewer original pixels on a side show nothing that a model could read."""
MIN_SIDE_PX = 512
"""Of the rendering: smaller windows are magnified."""
REGION_MARGIN = 0.5


class ZoomArguments(TargetArguments):
    """Arguments of `zoom`."""

    margin: float | None = Field(
        default=None,
        ge=0,
        le=4,
        description=(
            "Shown around the target, as a share of its size on each side; "
            "by default 0.5 around a region and 0 around a box."
        ),
    )


class ZoomTool:
    """A closer look at full resolution."""

    name = "zoom"
    description = (
        "Look closer: render a region, by its number, or a box from the original at full "
        "resolution, magnified where it is small; or, with a view alone, show that view whole. "
        "Use it before you claim or dismiss a detail."
    )
    arguments = ZoomArguments
    cost_s = 0.05

    def run(self, context: ToolContext, arguments: ZoomArguments) -> ToolResult:
        """Render the window around a target as a new view.

        Raises:
            ToolError: where the target does not exist, has no area or is too small.
        """
        if arguments.region is None and arguments.box_xyxy is None and arguments.view is None:
            raise ToolError("zoom was told no target; give region, box_xyxy or a view")
        target = find_target(context, arguments)
        picture, window = _nearest(target, _window(target, margin=arguments.margin))
        view = render_view(
            picture,
            window,
            view_id=next_view_id(context.views),
            artifacts=context.artifacts,
            min_side_px=MIN_SIDE_PX,
            label=f"zoom on {target.words}",
            parent=target.view,
        )
        text = _sentence(view, target, picture)
        draft = Draft(
            tool="zoom",
            view=view.id,
            region=target.region,
            values={"window_xyxy": list(view.window_xyxy), "factor_xy": list(view.factor_xy)},
            text=text,
            artifact=view.artifact,
        )
        return ToolResult(text=text, views=[view], evidence=[draft])


def _nearest(target: Target, window: list[float]) -> tuple[PicturePort, list[float]]:
    """The picture made anew from the source, whole; else the window of the one there is."""
    if target.region is None and window == target.picture.window_xyxy:
        return target.picture, window
    try:
        closer = target.picture.closer(window)
    except ValueError as error:
        raise ToolError(
            f"{target.words} shows nothing of the part ({error}); zoom on what does"
        ) from error
    return (target.picture, window) if closer is None else (closer, closer.window_xyxy)


def _window(target: Target, *, margin: float | None) -> list[float]:
    share = margin if margin is not None else (0.0 if target.region is None else REGION_MARGIN)
    # A region may be a single pixel; who asks for it by number wants to see around it.
    least_px = 0 if target.region is None else MIN_WINDOW_PX
    x1, y1, x2, y2 = target.box_xyxy
    width_px, height_px = target.picture.size
    left, right = _widened(x1, x2, share=share, least_px=least_px, limit_px=width_px)
    top, bottom = _widened(y1, y2, share=share, least_px=least_px, limit_px=height_px)
    _refuse_small(right - left, bottom - top, width_px=width_px, height_px=height_px)
    return [left, top, right, bottom]


def _widened(
    low: float, high: float, *, share: float, least_px: float, limit_px: float
) -> tuple[float, float]:
    """An interval with its margin, at least `least_px` long, within the picture."""
    length = min(max((high - low) * (1 + 2 * share), least_px), limit_px)
    wide_low, wide_high = (low + high - length) / 2, (low + high + length) / 2
    if high - low < least_px:
        shift = max(-wide_low, 0.0) - max(wide_high - limit_px, 0.0)
        return wide_low + shift, wide_high + shift
    return max(wide_low, 0.0), min(wide_high, limit_px)


def _refuse_small(
    window_width_px: float, window_height_px: float, *, width_px: float, height_px: float
) -> None:
    least_x, least_y = min(MIN_WINDOW_PX, width_px), min(MIN_WINDOW_PX, height_px)
    if window_width_px < least_x or window_height_px < least_y:
        raise ToolError(
            f"the window would be {window_width_px:.4g} x {window_height_px:.4g} px of the "
            f"original, the least is {least_x:g} x {least_y:g}; "
            "give a larger box_xyxy or a larger margin"
        )


def _sentence(view: View, target: Target, picture: PicturePort) -> str:
    if picture is not target.picture:
        return (
            f"{view.id} shows {target.words} from nearby, made anew from the source: "
            f"{picture.label}, {view.size[0]} x {view.size[1]} px."
        )
    x1, y1, x2, y2 = (round(edge) for edge in view.window_xyxy)
    factor_x, factor_y = view.factor_xy
    return (
        f"{view.id} shows {target.words}: the original's pixels [{x1}, {y1}, {x2}, {y2}] "
        f"at {view.size[0]} x {view.size[1]} px, factor {factor_x:.4g} x {factor_y:.4g}."
    )


zoom = ZoomTool()
