"""How a video's frames are turned and mirrored to be shown. Knows no file."""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np

from tools.arrays import UInt8Image
from tools.records import Box

MATRIX = struct.Struct("<9i")
ONE = 1 << 16


class Upright(NamedTuple):
    """What turns a stored frame into the one that is shown: transposed first, then mirrored."""

    transposed: bool = False
    flipped_x: bool = False
    flipped_y: bool = False

    def size(self, width_px: int, height_px: int) -> tuple[int, int]:
        """Width and height as shown, of those stored; and the other way round."""
        return (height_px, width_px) if self.transposed else (width_px, height_px)

    def of(self, stored_hwc: UInt8Image) -> UInt8Image:
        """(H, W, 3) as stored to (H', W', 3) as shown."""
        image_hwc = stored_hwc.transpose(1, 0, 2) if self.transposed else stored_hwc
        image_hwc = image_hwc[:, ::-1] if self.flipped_x else image_hwc
        return np.ascontiguousarray(image_hwc[::-1] if self.flipped_y else image_hwc)


def upright_of(matrix: bytes) -> Upright | None:
    """Read a display matrix; None where it is more than quarter turns and mirrors.

    Args:
        matrix: nine 32-bit integers of the machine's order, rows of [a b u; c d v; x y w] in 16.16
            fixed point: a point (x, y) is shown at (a x + c y, b x + d y). ISO/IEC 14496-12
            section 6.2.2, FFmpeg's `libavutil/display.h`.
    """
    if len(matrix) < MATRIX.size:
        return None
    a, b, _, c, d, *_ = MATRIX.unpack(matrix[: MATRIX.size])
    if b == c == 0 and abs(a) == abs(d) == ONE:
        return Upright(flipped_x=a < 0, flipped_y=d < 0)
    if a == d == 0 and abs(b) == abs(c) == ONE:
        return Upright(transposed=True, flipped_x=c < 0, flipped_y=b < 0)
    return None


def whole_frame(width_px: int, height_px: int) -> Box:
    """The whole of a frame as a box."""
    return [0.0, 0.0, float(width_px), float(height_px)]
