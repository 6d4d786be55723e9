"""Deep samples to 8 bits by the range that they use. Knows nothing of files."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

DEPTHS_BITS = (8, 10, 12, 14, 16)
HIGH_BYTE_BITS = (2, 4, 6, 8)
"""What the high bytes of 10, 12, 14 and 16 bits hold."""
MIN_SHARE = 1 / 16
"""Samples that fill less than this share of their depth are scaled from least to greatest."""


class Scaled(NamedTuple):
    """Samples at 8 bits, and what became 0 and 255."""

    values: NDArray[np.uint8]
    low: float
    high: float


def scale_to_8_bits(samples: NDArray[Any]) -> Scaled:
    """Scale samples linearly to 0-255, keeping their order.

    Whole numbers that are not negative are scaled from 0 to the full scale of the smallest
    sensor depth (8, 10, 12, 14 or 16 bits) that holds them: two pictures of one camera then get
    the same scale, whatever they show. Where they fill less than a sixteenth of it, and for
    other numbers, the scale runs from the least to the greatest value.

    Args:
        samples: any shape; whole numbers or floats.

    Raises:
        ValueError: where a sample is not finite.
    """
    least, greatest = float(samples.min()), float(samples.max())
    if not np.isfinite(samples).all():
        raise ValueError("some samples are not finite numbers")
    low, high = _range(least, greatest, whole=np.issubdtype(samples.dtype, np.integer))
    span = high - low
    values = np.empty(samples.shape, dtype=np.uint8)
    for row, source in zip(values, samples, strict=True):  # a float copy of the whole is 4x as big
        row[...] = np.clip((source.astype(np.float64) - low) * (255.0 / span) + 0.5, 0, 255)
    return Scaled(values, low, high)


def scale_high_bytes(samples: NDArray[np.uint8]) -> Scaled:
    """Scale the high bytes of 16-bit samples to 0-255, for files of which no more can be read.

    Args:
        samples: any shape; scaled from 0 to the full scale of the smallest depth (10, 12, 14 or
            16 bits) that holds them.
    """
    full = next(2**bits - 1 for bits in HIGH_BYTE_BITS if samples.max() < 2**bits)
    table = np.minimum(np.rint(np.arange(256) * (255 / full)), 255).astype(np.uint8)
    return Scaled(table[samples], 0.0, float(full))


def _range(least: float, greatest: float, *, whole: bool) -> tuple[float, float]:
    if whole and least >= 0 and greatest < 2 ** DEPTHS_BITS[-1]:
        full = next(2.0**bits - 1 for bits in DEPTHS_BITS if greatest < 2**bits)
        if greatest == least or greatest - least >= MIN_SHARE * full:
            return 0.0, full
    if not whole and least >= 0 and greatest <= 1:
        return 0.0, 1.0
    return (least, greatest) if greatest > least else (least - 1, least + 1)
