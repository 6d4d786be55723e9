"""What a file of a cloud or mesh holds, before anything is dropped. Knows no file and no view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tools.arrays import Int64Array

Float64Array: TypeAlias = NDArray[np.float64]
UInt8Array: TypeAlias = NDArray[np.uint8]
MAX_POINTS = 20_000_000
"""Opening them takes about 4 GB."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """A file's points in the file's order."""

    points_n3: Float64Array
    """(N, 3), the file's units and axes; rows may hold NaN."""
    faces_f3: Int64Array
    """(F, 3) indices of points; (0, 3) for a cloud."""
    colours_n3: UInt8Array | None = None
    """(N, 3) RGB, where the file has colours."""
    sensor_xyz: tuple[float, float, float] | None = None
    """Where the scanner stood, for formats that tell."""
    organised: bool = False
    """Whether the points are a sensor's grid, row by row."""
    dropped_n: NDArray[np.bool_] | None = None
    """(N,) true for points that belong to no part, such as a background plane."""
    notes: Sequence[str] = field(default_factory=tuple)
    """What was done to read it, one sentence each."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The points that serve, with normals; indices lead back to the file's points."""

    points_n3: Float64Array
    """(N, 3), finite, without duplicates; the file's units and axes."""
    kept_n: Int64Array
    """(N,) ascending indices of the file's points."""
    normals_n3: NDArray[np.float32]
    """(N, 3) unit vectors; their sense is arbitrary for a cloud."""
    faces_f3: Int64Array
    """(F, 3) indices of `points_n3`."""
    colours_n3: UInt8Array | None
    spacing: float
    """1 / sqrt(points per area) for the sparser parts of a cloud; 0 for a mesh."""
    n_elements: int
    """Points that the file has."""

    @property
    def is_mesh(self) -> bool:
        """Whether it has faces."""
        return len(self.faces_f3) > 0

    def moved(self, pose_44: Float64Array) -> Shape:
        """The same points under a rigid motion.

        Args:
            pose_44: (4, 4), applied to column vectors.
        """
        turn = pose_44[:3, :3]
        return Shape(
            points_n3=self.points_n3 @ turn.T + pose_44[:3, 3],
            kept_n=self.kept_n,
            normals_n3=(self.normals_n3 @ turn.T).astype(np.float32),
            faces_f3=self.faces_f3,
            colours_n3=self.colours_n3,
            spacing=self.spacing,
            n_elements=self.n_elements,
        )
