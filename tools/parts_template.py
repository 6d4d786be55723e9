"""A template of parts: what a product has, and where. Knows nothing of how it is learnt or used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tools.arrays import Float32Map, UInt8Image
from tools.errors import ToolError
from tools.parts_matching import Patch
from tools.registration_fit import Matrix

Box = tuple[float, float, float, float]


class NoTemplate(ToolError):
    """No template of parts can be learnt from these references; says why."""


class Part(NamedTuple):
    """One part that every reference shows at the same place."""

    id: int
    type: str
    box_xyxy: Box
    """In the first reference's pixels."""
    patch: Patch
    ncc_floor: float
    """Correlation below which the part is absent."""
    reach_px: float
    """Furthest that it lay from its place in a reference."""


@dataclass(frozen=True, kw_only=True)
class PartsTemplate:
    """What parts a product has, and where, in the frame of its first reference."""

    reference_hwc: UInt8Image
    """(H, W, 3), the median of the registered references."""
    spread: Float32Map
    """(H, W), greatest difference of a registered reference from the median, grey levels."""
    parts: tuple[Part, ...]
    matrices: tuple[Matrix, ...]
    """For each reference, (2, 3): pixel centres of the first reference to its own."""

    def expected_counts(self) -> dict[str, int]:
        """How many parts of each type there are."""
        counts: dict[str, int] = {}
        for part in self.parts:
            counts[part.type] = counts.get(part.type, 0) + 1
        return counts

    def type_at(self, x_px: float, y_px: float) -> str:
        """The type of the part at a pixel of the first reference.

        Raises:
            NoTemplate: no part lies there.
        """
        holding = [p for p in self.parts if _holds(p.box_xyxy, x_px, y_px)]
        if not holding:
            raise NoTemplate(
                f"the template has no part at ({x_px:g}, {y_px:g}) of the first reference; "
                f"its {len(self.parts)} parts lie elsewhere"
            )
        return min(holding, key=lambda p: _distance(p.box_xyxy, x_px, y_px)).type


def resample(image_hwc: UInt8Image, matrix: Matrix, *, shape: tuple[int, int]) -> UInt8Image:
    """Fetch a picture into another frame, bilinear.

    Args:
        image_hwc: (H, W, 3) RGB.
        matrix: (2, 3), pixel centres (x, y) of the new frame to those of the picture.
        shape: (H, W) of the new frame.
    """
    from PIL import Image

    # Pillow counts from pixel corners, the matrix from pixel centres.
    offset = matrix[:, 2] + 0.5 - matrix[:, :2] @ (0.5, 0.5)
    coefficients = (*matrix[0, :2], offset[0], *matrix[1, :2], offset[1])
    moved = Image.fromarray(image_hwc).transform(
        (shape[1], shape[0]),
        Image.Transform.AFFINE,
        tuple(float(c) for c in coefficients),
        Image.Resampling.BILINEAR,
    )
    return np.asarray(moved)


def _holds(box: Box, x: float, y: float) -> bool:
    return box[0] <= x < box[2] and box[1] <= y < box[3]


def _distance(box: Box, x: float, y: float) -> float:
    return float(np.hypot((box[0] + box[2]) / 2 - x, (box[1] + box[3]) / 2 - y))
