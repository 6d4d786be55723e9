"""Runs of samples that belong together. Knows nothing of what the samples are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

JOIN_SHARE = 0.25
"""Two runs are one where the gap between them is below this share of what they span together."""


def runs_of(inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(R, 2): rows [first, last) of each run of true rows, ascending."""
    padded = np.concatenate([[False], inside, [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    return edges.reshape(-1, 2).astype(np.int64)


def joined_runs(inside: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of true rows [first, last), ascending; those with a short gap between are one."""
    joined: list[tuple[int, int]] = []
    for first, last in runs_of(inside).tolist():
        if joined and first - joined[-1][1] < JOIN_SHARE * (last - joined[-1][0]):
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined
