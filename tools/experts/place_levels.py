"""How far normal patches lie from their likes at each place of the picture.

Knows no backbone, no bank and no score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.arrays import Float32Map

if TYPE_CHECKING:
    from torch import Tensor

SIDE_CELLS = 32
"""Levels are kept on a square grid over the picture, whatever its aspect."""
MAX_PROBES = 8
"""So many references tell the level of all: it is smooth, and time matters."""
MIN_REFERENCES = 4
"""One left out, three remain, of which each is foretold by two others."""
MOST = 2.0
"""Factor, up or down, by which a place counts differently from the picture at most."""
_SMOOTH_CELLS = 1.5
_FLOOR = 0.1
"""Share of the picture's mean distance added to every place's: blank places have none, and the
logarithm of nothing would decide."""


def probes_of(n_references: int) -> list[int]:
    """Which references tell the levels: up to `MAX_PROBES`, evenly spread; none of too few."""
    if n_references < MIN_REFERENCES:
        return []
    n_probes = min(MAX_PROBES, n_references)
    return [int(i) for i in np.linspace(0, n_references - 1, n_probes).round()]


def on_level_grid(grid: Tensor) -> Tensor:
    """Resample (h, w) to (SIDE_CELLS, SIDE_CELLS), bilinear."""
    return _resized(grid, (SIDE_CELLS, SIDE_CELLS))


def place_levels(apart_pnss: NDArray[np.float32], *, left_out: int | None) -> Float32Map:
    """Log of how much farther than elsewhere normal patches lie from their likes, place by place.

    Each reference's distances to the others, leave-one-out, give a map. How much of the mean map
    is used is measured on them alone: the slope by which the mean of the others foretells each
    one's, in [0, 1]. Where references are aligned, edges and textures of the part recur at their
    places and the slope is near 1; where nothing recurs, it falls towards 0 and so does the level.

    Args:
        apart_pnss: (P, N, S, S), of each probe (`probes_of`) its distances to each reference.
        left_out: a reference of which nothing may serve, or None.

    Returns:
        (S, S) float32, within the log of `MOST` either way; nought where no slope can be told.
    """
    n_references = apart_pnss.shape[1]
    own = probes_of(n_references)
    maps = [
        _smooth_log(np.delete(apart_nss, sorted({own[i], *_known(left_out)}), axis=0).min(axis=0))
        for i, apart_nss in enumerate(apart_pnss)
        if own[i] != left_out
    ]
    if len(maps) < MIN_REFERENCES - 1:
        return np.zeros(apart_pnss.shape[2:], dtype=np.float32)
    logs = np.stack(maps)
    levels = foretold_share(logs) * logs.mean(axis=0)
    return np.asarray(levels.clip(-np.log(MOST), np.log(MOST)), dtype=np.float32)


def foretold_share(logs_pss: NDArray[np.float64]) -> float:
    """Slope, in [0, 1], of each map against the mean of the others; 0 where all are even."""
    n = len(logs_pss)
    others_pss = (logs_pss.sum(axis=0) - logs_pss) / (n - 1)
    power = float((others_pss**2).mean())
    if power < 1e-12:
        return 0.0
    return float(np.clip((others_pss * logs_pss).mean() / power, 0.0, 1.0))


def evened(grid: Tensor, levels: Float32Map) -> Tensor:
    """Distances over the level of their place.

    Args:
        grid: (h, w) float32 distances of a picture's patches.
        levels: as `place_levels` gives them.

    Returns:
        (h, w), of the same order of size as `grid`.
    """
    import torch

    known = torch.from_numpy(levels).to(grid.device)
    return grid / _resized(known, (grid.shape[0], grid.shape[1])).exp()


def _known(index: int | None) -> set[int]:
    return set() if index is None else {index}


def _smooth_log(distances: Float32Map) -> NDArray[np.float64]:
    from scipy.ndimage import gaussian_filter

    lifted = distances.astype(np.float64) + _FLOOR * float(distances.mean()) + 1e-9
    smooth = gaussian_filter(np.log(lifted), _SMOOTH_CELLS, mode="nearest")
    return np.asarray(smooth - smooth.mean(), dtype=np.float64)


def _resized(grid: Tensor, size: tuple[int, int]) -> Tensor:
    from torch.nn import functional

    return functional.interpolate(grid[None, None], size=size, mode="bilinear")[0, 0]
