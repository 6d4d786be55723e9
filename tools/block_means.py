"""Means of square blocks of a plane. Knows no picture."""

from __future__ import annotations

import numpy as np

from tools.arrays import Float32Map

IN_SLICES = 7
"""Up to this factor numpy adds the values of a row of a block one after another, as is done here,
and takes 3 to 8 times as long: it enters a loop for each of these rows."""


def block_means(plane: Float32Map, factor: int) -> Float32Map:
    """Reduce a plane by a whole factor; rows and columns that fill no block are left out.

    Args:
        plane: (H, W) float32.
        factor: side of a block, at least 1.

    Returns:
        (H // factor, W // factor) float32, to the last bit what numpy's `mean` gives.

    Raises:
        ValueError: the factor is below 1.
    """
    if factor < 1:
        raise ValueError(f"factor must be at least 1, got {factor}")
    if factor == 1:
        return plane
    height, width = (n // factor for n in plane.shape)
    blocks = plane[: height * factor, : width * factor].reshape(height, factor, width, factor)
    if factor > IN_SLICES:
        return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)
    total = np.zeros((height, width), dtype=np.float32)
    for row in range(factor):
        summed = blocks[:, row, :, 0].copy()
        for column in range(1, factor):
            summed += blocks[:, row, :, column]
        total += summed
    return np.asarray(total / np.float32(factor * factor), dtype=np.float32)
