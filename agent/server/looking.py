"""A part seen again: the whole of it, or a window from its source. Keeps nothing."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from agent.loopback.refusals import Refused
from tools.arrays import UInt8Image

WISHED_PX = 768
"""Of a closer look's longer side, where the source has fewer pixels."""
MOST_PX = 1536
MAX_FACTOR = 8.0


class CloserLook(NamedTuple):
    """A window of a part."""

    image_hwc: UInt8Image
    """(H, W, 3) RGB."""
    window_xyxy: list[float]
    """What is shown, in the picture's own pixels, clipped to it."""
    factor: float
    """View pixels for each pixel of the source; above 1 it is magnified."""


def whole_picture(path: Path, *, max_pixels: int) -> UInt8Image:
    """(H, W, 3): all of a part at one glance.

    Raises:
        AssetError: where the file cannot be read any more.
    """
    from tools.assets.opening import open_asset
    from tools.assets.overview import overview

    return overview(open_asset(path, max_pixels=max_pixels))


def closer_picture(
    path: Path, box_xyxy: list[float], *, picture: str = "", max_pixels: int
) -> CloserLook:
    """A window of a part, read from the file and resampled to a useful size.

    Args:
        path: of the file.
        box_xyxy: in the picture's own pixels (an image: the original's).
        picture: name of the asset's picture; the first one where empty.
        max_pixels: larger files are refused.

    Raises:
        AssetError: where the file cannot be read any more.
        Refused: where the box shows nothing of it, or there is no such picture.
    """
    from tools.assets.opening import open_asset

    asset = open_asset(path, max_pixels=max_pixels)
    if picture and picture not in asset.names:
        known = ", ".join(asset.names)
        raise Refused(f"There is no picture {picture!r}; there are {known}.", param="picture")
    shown = asset.picture(picture or asset.names[0])
    left, top, right, bottom = shown.window_xyxy
    x1, y1, x2, y2 = box_xyxy
    window = [max(x1, left), max(y1, top), min(x2, right), min(y2, bottom)]
    if not (window[0] + 1 <= window[2] and window[1] + 1 <= window[3]):
        raise Refused(
            f"The box {box_xyxy} shows nothing of the picture, which is {shown.window_xyxy}.",
            param="box",
            code="invalid_box",
        )
    image_hwc = shown.read(window)
    factor = _factor(max(image_hwc.shape[:2]))
    return CloserLook(_resampled(image_hwc, factor), window, factor)


def _factor(longer_px: int) -> float:
    if longer_px > MOST_PX:
        return MOST_PX / longer_px
    return min(MAX_FACTOR, max(1.0, WISHED_PX / longer_px))


def _resampled(image_hwc: UInt8Image, factor: float) -> UInt8Image:
    from PIL import Image

    if factor == 1.0:
        return image_hwc
    height_px, width_px = (max(1, round(side * factor)) for side in image_hwc.shape[:2])
    picture = Image.fromarray(image_hwc).resize((width_px, height_px), Image.Resampling.LANCZOS)
    return np.asarray(picture)
