"""Masks as COCO run lengths (column-major, compressed string). Knows nothing of boxes or scores."""

from __future__ import annotations

import numpy as np

from tools.arrays import BoolMask, Int64Array

MAX_DIGITS = 7
"""Of a number, each of 5 bits: larger pictures there are none."""
MAX_PIXELS = 2**30
"""Of a mask: a few signs of run lengths promise any number, and a byte is taken for each."""


def encode_rle(mask: BoolMask) -> str:
    """Encode a mask as COCO's compressed run-length string.

    Args:
        mask: (H, W), true inside.

    Returns:
        The `counts` string of COCO's RLE; the size is kept beside it by the caller.
    """
    from pycocotools import mask as coco

    encoded = coco.encode(np.asfortranarray(mask, dtype=np.uint8))
    return str(encoded["counts"], "ascii")


def decode_rle(counts: str, *, height_px: int, width_px: int) -> BoolMask:
    """Decode COCO's compressed run lengths into an (H, W) mask.

    Raises:
        ValueError: where the run lengths are none, or do not fill `height_px` x `width_px`; see
            also `check_size`.
    """
    check_size(height_px, width_px)
    runs = _runs(counts)
    if runs.size and runs.min() < 0:
        raise ValueError(f"mask run lengths must not be negative, got {int(runs.min())}")
    total = sum(runs.tolist())
    if total != height_px * width_px:
        raise ValueError(
            f"mask run lengths must fill {height_px} x {width_px} pixels, they are of {total}"
        )
    inside = np.arange(runs.size) % 2 == 1
    return np.repeat(inside, runs).reshape(width_px, height_px).T


def check_size(height_px: int, width_px: int) -> None:
    """See that a mask can be so large.

    Raises:
        ValueError: where it cannot.
    """
    if min(height_px, width_px) < 0 or height_px * width_px > MAX_PIXELS:
        raise ValueError(
            f"a mask must be of at most {MAX_PIXELS} pixels, got {height_px} x {width_px}"
        )


def _runs(counts: str) -> Int64Array:
    """Run lengths of COCO's string: groups of 5 bits, the last of each number without bit 32.

    From the third one on each is the difference to the last but one. pycocotools reads these
    strings too, but writes beyond its memory where they are not its own.

    Raises:
        ValueError: where a sign is none of COCO's, or a number does not end or is too long.
    """
    bits = np.frombuffer(counts.encode("utf-8"), dtype=np.uint8).astype(np.int64) - 48
    if bits.size and not (bits.min() >= 0 and bits.max() < 64):
        raise ValueError("mask run lengths hold a sign that is none of COCO's")
    ends = np.flatnonzero(bits & 32 == 0)
    if bits.size and (not ends.size or ends[-1] != bits.size - 1):
        raise ValueError("mask run lengths end within a number")
    starts = np.concatenate([[0], ends[:-1] + 1]) if ends.size else ends
    lengths = ends - starts + 1
    if lengths.size and lengths.max() > MAX_DIGITS:
        raise ValueError("mask run lengths hold a number that is too long")
    shifts = 5 * (np.arange(bits.size) - np.repeat(starts, lengths))
    numbers = np.add.reduceat((bits & 31) << shifts, starts) if starts.size else starts
    numbers = numbers - ((bits[ends] & 16 != 0).astype(np.int64) << 5 * lengths)
    for first in (1, 2):
        numbers[first::2] = np.cumsum(numbers[first::2])
    return np.asarray(numbers, dtype=np.int64)
