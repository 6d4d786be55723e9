"""How LLaVA-OneVision cuts a picture into crops, and how maps of crops come back to the picture.

Knows no model: crops are arrays, maps are grids of numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from tools.arrays import Float32Array, Float32Map, UInt8Image

SIDE_PX = 384
MAX_SIDE_PX = 1024
MAX_TILES = 6
"""A grid has at most so many columns, and so many rows."""
MAX_TOKEN_TILES = 9
"""anyres_max_9: tokens of more tiles than this are thinned before a language model reads them."""
PADDING_GREY = 127
"""int(0.5 * 255), around a view of several of one asset."""


class Size(NamedTuple):
    """Width first, as the pinpoints of LLaVA are written."""

    width: int
    height: int


class AnyRes(NamedTuple):
    """How one picture is cut; all sizes in pixels, but for `grid`."""

    picture: Size
    shrunk: Size
    """After the longest side is made at most 1024; a language model is told this size."""
    grid: Size
    """Tiles: columns, rows."""
    fitted: Size
    """Of the picture on the canvas of the tiles; the rest is black."""
    left_px: int
    """Where it begins on the canvas."""
    top_px: int
    side_px: int
    """Of a tile, and of the base view."""

    @property
    def n_crops(self) -> int:
        """The base view and the tiles."""
        return 1 + self.grid.width * self.grid.height


def cut_of(width_px: int, height_px: int, *, side_px: int = SIDE_PX) -> AnyRes:
    """How a picture of this size is cut: LLaVA-NeXT's AnyRes, `anyres_max_9`.

    Args:
        width_px: of the picture.
        height_px: of the picture.
        side_px: of a tile.
    """
    shrunk = _shrunk(width_px, height_px)
    grid = _best_grid(shrunk, side_px)
    canvas = Size(grid.width * side_px, grid.height * side_px)
    scale_x, scale_y = canvas.width / shrunk.width, canvas.height / shrunk.height
    if scale_x < scale_y:
        fitted = Size(canvas.width, min(math.ceil(shrunk.height * scale_x), canvas.height))
    else:
        fitted = Size(min(math.ceil(shrunk.width * scale_y), canvas.width), canvas.height)
    left, top = (canvas.width - fitted.width) // 2, (canvas.height - fitted.height) // 2
    return AnyRes(Size(width_px, height_px), shrunk, grid, fitted, left, top, side_px)


def base_cut_of(width_px: int, height_px: int, *, side_px: int = SIDE_PX) -> AnyRes:
    """The whole picture squashed onto one crop: the base view as if it were a tile."""
    picture = Size(width_px, height_px)
    shrunk = _shrunk(width_px, height_px)
    return AnyRes(picture, shrunk, Size(1, 1), Size(side_px, side_px), 0, 0, side_px)


def _shrunk(width_px: int, height_px: int) -> Size:
    longest = max(width_px, height_px)
    if longest <= MAX_SIDE_PX:
        return Size(width_px, height_px)
    shortest = max(1, int(MAX_SIDE_PX * min(width_px, height_px) / longest))
    wide = width_px > height_px
    return Size(MAX_SIDE_PX, shortest) if wide else Size(shortest, MAX_SIDE_PX)


def _best_grid(picture: Size, side_px: int) -> Size:
    """The grid that shows most of the picture's pixels; of equals the one that wastes least."""

    def merit(grid: Size) -> tuple[int, int]:
        width, height = grid.width * side_px, grid.height * side_px
        scale = min(width / picture.width, height / picture.height)
        shown = int(picture.width * scale) * int(picture.height * scale)
        effective = min(shown, picture.width * picture.height)
        return effective, effective - width * height

    sides = range(1, MAX_TILES + 1)
    return max((Size(columns, rows) for columns in sides for rows in sides), key=merit)


def crops_of(image_hwc: UInt8Image, cut: AnyRes) -> list[UInt8Image]:
    """The base view, which keeps no aspect, then the tiles row by row; each (side, side, 3).

    Args:
        image_hwc: (H, W, 3) of the size that `cut` is for.
        cut: from `cut_of`.
    """
    picture = Image.fromarray(image_hwc)
    if picture.size != cut.shrunk:
        picture = picture.resize(cut.shrunk, Image.Resampling.BICUBIC)
    side = cut.side_px
    canvas = Image.new("RGB", (cut.grid.width * side, cut.grid.height * side))
    canvas.paste(picture.resize(cut.fitted, Image.Resampling.BICUBIC), (cut.left_px, cut.top_px))
    base = picture.resize((side, side), Image.Resampling.BICUBIC)
    boxes = [
        (column * side, row * side, (column + 1) * side, (row + 1) * side)
        for row in range(cut.grid.height)
        for column in range(cut.grid.width)
    ]
    return [np.array(base), *(np.array(canvas.crop(box)) for box in boxes)]


class Square(NamedTuple):
    """How one of several pictures of an asset is cut: padded to a square, one crop, no tiles."""

    picture: Size
    shrunk: Size
    """As `AnyRes.shrunk`."""
    left_px: int
    """Where it begins on the square, whose side is its longer one after it is shrunk."""
    top_px: int
    side_px: int
    """Of the crop that the square is brought to."""


def square_of(width_px: int, height_px: int, *, side_px: int = SIDE_PX) -> Square:
    """How one of several pictures is cut: LLaVA's `expand2square`, in the middle.

    Args:
        width_px: of the picture.
        height_px: of the picture.
        side_px: of the crop.
    """
    shrunk = _shrunk(width_px, height_px)
    left, top = ((max(shrunk) - length) // 2 for length in shrunk)
    return Square(Size(width_px, height_px), shrunk, left, top, side_px)


def square_crop(image_hwc: UInt8Image, *, side_px: int = SIDE_PX) -> UInt8Image:
    """(side, side, 3): one of several pictures of an asset, padded to a square with grey."""
    square = square_of(image_hwc.shape[1], image_hwc.shape[0], side_px=side_px)
    picture = Image.fromarray(image_hwc)
    if picture.size != square.shrunk:
        picture = picture.resize(square.shrunk, Image.Resampling.BICUBIC)
    padded = Image.new("RGB", (max(square.shrunk),) * 2, (PADDING_GREY,) * 3)
    padded.paste(picture, (square.left_px, square.top_px))
    return np.array(padded.resize((side_px, side_px), Image.Resampling.BICUBIC))


def unpadded_rows_columns(cut: AnyRes, *, tile_tokens: int) -> tuple[slice, slice]:
    """Rows and columns of the joined token grid that show the picture, by LLaVA's rule.

    Args:
        cut: of the picture.
        tile_tokens: tokens along a side of a tile.
    """
    rows, columns = cut.grid.height * tile_tokens, cut.grid.width * tile_tokens
    width, height = cut.shrunk
    if width / height > columns / rows:
        padding = (rows - int(height * (columns / width))) // 2
        return slice(padding, rows - padding), slice(0, columns)
    padding = (columns - int(width * (rows / height))) // 2
    return slice(0, rows), slice(padding, columns - padding)


def thinned(rows: int, columns: int, *, tile_tokens: int) -> tuple[int, int]:
    """What a token grid is thinned to where it holds more than 9 tiles' tokens."""
    times = math.sqrt(rows * columns / (MAX_TOKEN_TILES * tile_tokens**2))
    return (int(rows // times), int(columns // times)) if times > 1.1 else (rows, columns)


def n_image_tokens(cut: AnyRes, *, tile_tokens: int = 27) -> int:
    """Tokens that a language model reads of a picture: base view, then rows with a newline each."""
    shown = unpadded_rows_columns(cut, tile_tokens=tile_tokens)
    rows, columns = thinned(*(s.stop - s.start for s in shown), tile_tokens=tile_tokens)
    return tile_tokens**2 + rows * (columns + 1)


def n_expert_tokens(cut: AnyRes) -> int:
    """Tokens of the expert: the summary, 4 of the base view, then rows with a newline each."""
    return 1 + 4 + 2 * cut.grid.height * (2 * cut.grid.width + 1)


def map_in_picture(tile_maps: Sequence[Float32Map], cut: AnyRes, *, patch_px: int) -> Float32Map:
    """Lay the maps of the tiles over the picture; the padding falls away.

    A patch's value stands at its centre, between centres it is interpolated linearly.

    Args:
        tile_maps: of each tile, row by row and without the base view, (h, w).
        cut: of the picture.
        patch_px: side of a patch on a tile; what a tile has beyond h patches belongs to the last.

    Returns:
        (H, W) of the picture.
    """
    columns, rows = cut.grid
    joined = np.block([list(tile_maps[r * columns : (r + 1) * columns]) for r in range(rows)])
    down = _places(cut.picture.height, cut.fitted.height, start_px=cut.top_px)
    along = _places(cut.picture.width, cut.fitted.width, start_px=cut.left_px)
    n_rows, n_columns = tile_maps[0].shape
    down = _cell_at(down, n_cells=n_rows, n_tiles=rows, side_px=cut.side_px, patch_px=patch_px)
    along = _cell_at(
        along, n_cells=n_columns, n_tiles=columns, side_px=cut.side_px, patch_px=patch_px
    )
    return _interpolated(_interpolated(joined.astype(np.float32), down).T, along).T.copy()


def map_in_square(crop_map: Float32Map, square: Square, *, patch_px: int) -> Float32Map:
    """Lay the map of one crop over one of several pictures, as `map_in_picture` does.

    Args:
        crop_map: (h, w).
        square: how the picture was cut.
        patch_px: side of a patch on the crop.

    Returns:
        (H, W) of the picture.
    """
    scale = square.side_px / max(square.shrunk)
    lines = zip(
        square.picture,
        square.shrunk,
        (square.left_px, square.top_px),
        crop_map.shape[::-1],
        strict=True,
    )
    along, down = (
        _cell_at(
            _places(length, fitted * scale, start_px=start * scale),
            n_cells=n_cells,
            n_tiles=1,
            side_px=square.side_px,
            patch_px=patch_px,
        )
        for length, fitted, start, n_cells in lines
    )
    return _interpolated(_interpolated(crop_map.astype(np.float32), down).T, along).T.copy()


def _places(length_px: int, fitted_px: float, *, start_px: float) -> Float32Array:
    """Where the centres of a picture's pixels lie on the canvas."""
    centres = (np.arange(length_px) + 0.5) * (fitted_px / length_px) + start_px
    return centres.astype(np.float32)


def _cell_at(
    places: Float32Array, *, n_cells: int, n_tiles: int, side_px: int, patch_px: int
) -> Float32Array:
    """Which cell of the joined grid a place of the canvas falls on, with a fraction."""
    centres = [
        tile * side_px + (cell + 0.5) * patch_px
        for tile in range(n_tiles)
        for cell in range(n_cells)
    ]
    found = np.interp(places, centres, np.arange(len(centres)))
    return np.asarray(found, dtype=np.float32)


def _interpolated(grid: Float32Array, rows: Float32Array) -> Float32Array:
    """Rows of a grid at fractional places."""
    low = np.minimum(rows.astype(np.int64), len(grid) - 1)
    high = np.minimum(low + 1, len(grid) - 1)
    part = (rows - low)[:, None].astype(np.float32)
    return np.asarray(grid[low] * (1 - part) + grid[high] * part, dtype=np.float32)
