"""Renders a window of a picture as a view of useful size. Knows nothing of files or regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from tools.arrays import UInt8Image
from tools.asset_ports import PicturePort
from tools.ports import ArtifactPort
from tools.records import View, whole_pixel_box

MAX_SIDE_PX = 1024
MAX_FACTOR = 31
LANCZOS_SUPPORT_PX = 3


def next_view_id(views: Mapping[str, View]) -> str:
    """The id that follows those given: V1, V2, ..."""
    return f"V{1 + max((int(name[1:]) for name in views if name[1:].isdigit()), default=0)}"


def render_view(
    picture: PicturePort,
    window_xyxy: Sequence[float],
    *,
    view_id: str,
    artifacts: ArtifactPort,
    max_side_px: int = MAX_SIDE_PX,
    min_side_px: int = 0,
    label: str = "",
    parent: str | None = None,
) -> View:
    """Render a window from the source, resampled to a size that a model can use.

    A window whose longer side exceeds `max_side_px` is reduced with antialiasing (Lanczos). One
    whose longer side is below `min_side_px` is magnified by a whole factor (bicubic), odd where
    that fits: the middle pixel of each block then is the source's pixel exactly.

    Args:
        picture: of the asset.
        window_xyxy: pixels of the picture; rounded outwards to whole pixels and clipped.
        view_id: the id that the view gets.
        artifacts: keeps the rendering.
        max_side_px: of the rendering.
        min_side_px: of the rendering, as far as `max_side_px` and a factor of 31 allow; 0 means
            that nothing is magnified.
        label: what it shows.
        parent: the view that it zooms into.

    Raises:
        ValueError: where nothing of the window lies in the picture.
    """
    window = _whole_window(picture, window_xyxy)
    x1, y1, x2, y2 = window
    width_px, height_px = _rendered_size(
        x2 - x1, y2 - y1, max_side_px=max_side_px, min_side_px=min_side_px
    )
    rendering = _resample(picture, window, size=(width_px, height_px))
    return View(
        id=view_id,
        asset_sha256=picture.asset.sha256,
        artifact=artifacts.put(rendering),
        picture=picture.name,
        size=[width_px, height_px],
        window_xyxy=[float(edge) for edge in window],
        factor_xy=[width_px / (x2 - x1), height_px / (y2 - y1)],
        label=label,
        parent=parent,
    )


def _whole_window(picture: PicturePort, window_xyxy: Sequence[float]) -> tuple[int, int, int, int]:
    width_px, height_px = picture.size
    x1, y1, x2, y2 = whole_pixel_box(list(window_xyxy))
    x1, y1, x2, y2 = max(x1, 0), max(y1, 0), min(x2, width_px), min(y2, height_px)
    if x1 >= x2 or y1 >= y2:
        raise ValueError(
            f"window_xyxy must overlap the picture of {width_px} x {height_px} px, "
            f"got {list(window_xyxy)}"
        )
    return x1, y1, x2, y2


def _rendered_size(
    width_px: int, height_px: int, *, max_side_px: int, min_side_px: int
) -> tuple[int, int]:
    longer = max(width_px, height_px)
    if longer > max_side_px:
        scale = max_side_px / longer
        return max(1, round(width_px * scale)), max(1, round(height_px * scale))
    factor = _whole_factor(longer, max_side_px=max_side_px, min_side_px=min_side_px)
    return width_px * factor, height_px * factor


def _whole_factor(longer_px: int, *, max_side_px: int, min_side_px: int) -> int:
    wanted = -(-min_side_px // longer_px)
    if wanted <= 1:
        return 1
    fitting = min(max_side_px // longer_px, MAX_FACTOR)
    odd = wanted | 1
    if odd <= fitting:
        return odd
    return max(1, min(wanted, fitting))


def _resample(
    picture: PicturePort, window: tuple[int, int, int, int], *, size: tuple[int, int]
) -> UInt8Image:
    x1, y1, x2, y2 = window
    if size == (x2 - x1, y2 - y1):
        return picture.read(window)
    # Pixels around the window serve the kernel, so that a view does not end in smeared edges.
    reach_x = LANCZOS_SUPPORT_PX * max(1, -(-(x2 - x1) // size[0]))
    reach_y = LANCZOS_SUPPORT_PX * max(1, -(-(y2 - y1) // size[1]))
    left, top = min(x1, reach_x), min(y1, reach_y)
    around = picture.read((x1 - left, y1 - top, x2 + reach_x, y2 + reach_y))
    method = Image.Resampling.BICUBIC if size[0] > x2 - x1 else Image.Resampling.LANCZOS
    box = (left, top, left + x2 - x1, top + y2 - y1)
    return np.array(Image.fromarray(around).resize(size, method, box=box))
