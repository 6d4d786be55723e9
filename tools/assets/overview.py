"""All pictures of an asset at one glance: the picture itself, or a contact sheet of several.

Knows no product, expert or mind.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from tools.arrays import UInt8Image
from tools.asset_ports import AssetPort, PicturePort
from tools.fonts import load_font

SHEET_SIDE_PX = 1024
"""Longer side of a contact sheet at most."""
GAP_PX = 6
CAPTION_PX = 18
BACKGROUND = (255, 255, 255)
INK = (20, 20, 20)


def first_picture(asset: AssetPort) -> PicturePort:
    """The picture that is shown first."""
    return asset.picture(asset.names[0])


def overview(asset: AssetPort) -> UInt8Image:
    """(H, W, 3): the asset's only picture as it is, or a contact sheet of all its pictures.

    The tiles of a sheet are captioned V1, V2, ... in the order of `names`, as views are.
    """
    pictures = [asset.picture(name) for name in asset.names]
    if len(pictures) == 1:
        return pictures[0].read(pictures[0].window_xyxy)
    captions = [f"V{number} {one.label}" for number, one in enumerate(pictures, start=1)]
    return contact_sheet([one.read(one.window_xyxy) for one in pictures], captions)


def contact_sheet(pictures_hwc: Sequence[UInt8Image], captions: Sequence[str]) -> UInt8Image:
    """Pictures side by side in rows, each above its caption.

    Args:
        pictures_hwc: each (H, W, 3); at least one, reduced to equal tiles with their aspect kept.
        captions: one for each; cut to the tile's width.

    Returns:
        (H, W, 3), neither side above `SHEET_SIDE_PX`.
    """
    columns = math.ceil(math.sqrt(len(pictures_hwc)))
    rows = math.ceil(len(pictures_hwc) / columns)
    tile_w = (SHEET_SIDE_PX - GAP_PX * (columns + 1)) // columns
    tile_h = min(
        (SHEET_SIDE_PX - GAP_PX * (rows + 1)) // rows - CAPTION_PX,
        max(_fitted(one, tile_w)[1] for one in pictures_hwc),
    )
    size = (
        GAP_PX + columns * (tile_w + GAP_PX),
        GAP_PX + rows * (tile_h + CAPTION_PX + GAP_PX),
    )
    sheet = Image.new("RGB", size, BACKGROUND)
    pen = ImageDraw.Draw(sheet)
    font = load_font(12, bold=False)
    for number, (picture, caption) in enumerate(zip(pictures_hwc, captions, strict=True)):
        left = GAP_PX + (number % columns) * (tile_w + GAP_PX)
        top = GAP_PX + (number // columns) * (tile_h + CAPTION_PX + GAP_PX)
        tile = Image.fromarray(picture)
        tile.thumbnail((tile_w, tile_h), Image.Resampling.LANCZOS)
        sheet.paste(tile, (left + (tile_w - tile.width) // 2, top + (tile_h - tile.height) // 2))
        while caption and pen.textlength(caption, font=font) > tile_w:
            caption = caption[:-1]
        pen.text((left, top + tile_h + 2), caption, fill=INK, font=font)
    return np.array(sheet)


def _fitted(picture_hwc: UInt8Image, width_px: int) -> tuple[int, int]:
    height, width = picture_hwc.shape[:2]
    return width_px, max(1, round(height * width_px / width))
