"""Normals that stop at edges. Knows no reference and no sign.

Principal components of a neighbourhood that reaches over an edge give a plane that belongs to
neither flank, and points on both flanks then seem to lie off it. As in the filter of Kuwahara
(1976), a place takes the plane of the neighbour whose neighbourhood is the flattest and passes
through the place itself; where no neighbour's is much better, as on anything smooth, it keeps
its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tools.arrays import Int64Array
from tools.assets.clouds.geometry import Float64Array

MUCH_BETTER = 0.25
"""Ratio of mean squared heights, half the height: below it another plane is taken."""


def flank_normals(
    points_n3: Float64Array, normals_n3: NDArray[np.float32], around_nk: Int64Array
) -> NDArray[np.float32]:
    """(N, 3) normals of which none belongs to two flanks.

    Args:
        points_n3: of a surface.
        normals_n3: unit vectors of either sense.
        around_nk: each point's nearest, itself among them: whose points make a neighbourhood, and
            whose planes are asked.
    """
    near = around_nk
    normals = normals_n3.astype(np.float64)
    middles = points_n3[near].mean(axis=1)
    heights = np.einsum("nkx,nx->nk", points_n3[near] - middles[:, None], normals)
    rough = np.mean(heights**2, axis=1)
    passes = np.einsum("nkx,nkx->nk", points_n3[:, None] - middles[near], normals[near])
    costs = np.maximum(passes**2, rough[near])
    best = costs.argmin(axis=1)
    rows = np.arange(len(points_n3))
    better = costs[rows, best] < MUCH_BETTER * rough
    taken = np.where(better, near[rows, best], rows)
    return np.asarray(normals_n3[taken])
