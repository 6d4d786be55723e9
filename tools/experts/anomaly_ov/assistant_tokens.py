"""The order in which a language model reads a picture's features and the expert's.

Knows no model: features are given in the language model's width. Torch is imported by use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.experts.anomaly_ov.module import POOLED_SIDE
from tools.experts.anyres import AnyRes, Size, thinned, unpadded_rows_columns

if TYPE_CHECKING:
    from torch import Tensor


def image_tokens(
    features_bnh: Tensor, newline_h: Tensor, *, cut: AnyRes | None, side: int
) -> Tensor:
    """What is read of one picture: the base view, then the rows of its tiles.

    The tiles' patches are joined to one grid, the padding is cut off, a grid of more than nine
    tiles' tokens is thinned, and each row ends with the newline. LLaVA's own rule rounds down
    where transformers rounds after seven digits, so that the two may differ by a row of padding.

    Args:
        features_bnh: (B, N, H): base view, then tiles row by row; or the one crop.
        newline_h: (H,).
        cut: how the picture was cut; None for one crop of one of several pictures.
        side: patches along a side of a crop.

    Returns:
        (T, H).
    """
    import torch
    from torch.nn import functional

    if cut is None:
        return torch.cat([features_bnh[0], newline_h[None]])
    joined = joined_tiles(features_bnh[1:], cut.grid, side=side)
    rows, columns = unpadded_rows_columns(cut, tile_tokens=side)
    shown = joined[rows, columns]
    n_rows, n_columns = shown.shape[:2]
    size = thinned(n_rows, n_columns, tile_tokens=side)
    if size != (n_rows, n_columns):
        planes = functional.interpolate(shown.permute(2, 0, 1)[None], size, mode="bilinear")
        shown = planes[0].permute(1, 2, 0)
    return torch.cat([features_bnh[0], ended_rows(shown, newline_h)])


def expert_tokens(
    summary_h: Tensor, tokens_bkh: Tensor, newline_h: Tensor, *, cut: AnyRes | None
) -> Tensor:
    """What is read of the expert: the summary, the base view's tokens, the rows of the tiles'.

    Nothing is cut off and nothing is thinned: 1 + 4 + 2 gh (2 gw + 1) tokens, and 6 for one of
    several pictures.

    Args:
        summary_h: (H,): r(I).
        tokens_bkh: (B, 4, H): v^s of base view and tiles, or of the one crop.
        newline_h: (H,).
        cut: how the picture was cut; None for one crop of one of several pictures.
    """
    import torch

    first = [summary_h[None], tokens_bkh[0]]
    if cut is None:
        return torch.cat([*first, newline_h[None]])
    joined = joined_tiles(tokens_bkh[1:], cut.grid, side=POOLED_SIDE)
    return torch.cat([*first, ended_rows(joined, newline_h)])


def joined_tiles(tiles_bnh: Tensor, grid: Size, *, side: int) -> Tensor:
    """(rows, columns, H) of tiles that stand row by row, each of side x side patches."""
    tiles = tiles_bnh.reshape(grid.height, grid.width, side, side, -1)
    return tiles.transpose(1, 2).reshape(grid.height * side, grid.width * side, -1)


def ended_rows(grid_rch: Tensor, newline_h: Tensor) -> Tensor:
    """(rows * (columns + 1), H): row after row, the newline behind each."""
    import torch

    newlines = newline_h.expand(len(grid_rch), 1, -1)
    return torch.cat([grid_rch, newlines], dim=1).flatten(0, 1)
