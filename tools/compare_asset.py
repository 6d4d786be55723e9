"""A view of an asset beside the same view of a reference that is laid over it.

For assets that are no single image. Knows nothing of rules or decisions.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from tools.arrays import UInt8Image
from tools.asset_ports import AssetPort, PicturePort
from tools.assets.overview import overview
from tools.errors import ToolError
from tools.ports import Draft, NotApplicable, ToolContext, ToolResult
from tools.records import whole_pixel_box
from tools.targets import Target

MARGIN = 0.5
"""Shown around a place, as a share of its size on each side."""
MIN_WINDOW_PX = 96
PANEL_PX = 768
GAP_PX = 8


def compare_asset(context: ToolContext, asset: AssetPort, target: Target) -> ToolResult:
    """Show a place of the part and the same place of the nearest reference.

    Args:
        context: has the references and the store that says which is nearest.
        asset: opened; no single image.
        target: a region, a box or a view.

    Raises:
        ToolError: where there is no reference, or it cannot be laid over this part.
    """
    reference, name = _nearest(context, asset)
    try:
        moved = reference.moved_like(asset)
        other = moved.picture(target.picture.name)
    except (NotApplicable, KeyError) as reason:
        raise ToolError(
            f"reference {name} cannot be laid over this part ({reason}); score or zoom instead"
        ) from reason
    window = _window(target)
    text = (
        f"{target.words} at the left, the same place of reference {name}, laid over this part, at "
        "the right."
    )
    draft = Draft(
        tool="compare",
        view=target.view,
        region=target.region,
        values={"reference": name},
        text=text,
        artifact=context.artifacts.put(_beside(target.picture, other, window)),
        source=reference.asset.path,
    )
    return ToolResult(text=text, evidence=[draft])


def _nearest(context: ToolContext, asset: AssetPort) -> tuple[AssetPort, str]:
    if context.product is None or not context.references:
        raise ToolError("no product is known, so there is no reference to compare with; zoom")
    found = context.knowledge.nearest_references(overview(asset), product=context.product, k=1)
    if not found:
        raise ToolError(f"product {context.product!r} has no reference; zoom instead")
    return context.references[found[0].position], found[0].id


def _window(target: Target) -> list[float]:
    """The target with a margin, within its picture."""
    width_px, height_px = target.picture.size
    x1, y1, x2, y2 = whole_pixel_box(target.box_xyxy)
    margin_x = max(round(MARGIN * (x2 - x1)), (MIN_WINDOW_PX - (x2 - x1)) // 2)
    margin_y = max(round(MARGIN * (y2 - y1)), (MIN_WINDOW_PX - (y2 - y1)) // 2)
    return [
        float(max(0, x1 - margin_x)),
        float(max(0, y1 - margin_y)),
        float(min(width_px, x2 + margin_x)),
        float(min(height_px, y2 + margin_y)),
    ]


def _beside(part: PicturePort, reference: PicturePort, window: list[float]) -> UInt8Image:
    panels = [_panel(part.read(window)), _panel(_read(reference, window))]
    height = max(panel.shape[0] for panel in panels)
    padded = [np.pad(p, ((0, height - p.shape[0]), (0, 0), (0, 0))) for p in panels]
    gap = np.full((height, GAP_PX, 3), 255, dtype=np.uint8)
    return np.hstack([padded[0], gap, padded[1]])


def _read(picture: PicturePort, window: list[float]) -> UInt8Image:
    try:
        return picture.read(window)
    except ValueError as error:
        raise ToolError(f"the reference shows nothing there ({error}); zoom instead") from error


def _panel(image_hwc: UInt8Image) -> UInt8Image:
    height, width = image_hwc.shape[:2]
    factor = PANEL_PX / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(image_hwc).resize(size, Image.Resampling.BICUBIC))
