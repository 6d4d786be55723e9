"""What each pixel of a picture shows of a cloud. Knows no camera's name and no colour."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import BoolMask, Float32Map, Int64Array
from tools.assets.clouds.geometry import Float64Array, UInt8Array

NOTHING = -1
UNSEEN = np.float32(np.inf)


class Projection(NamedTuple):
    """Points as an orthographic camera sees them, in pixels of one picture."""

    xy_n2: NDArray[np.float32]
    depth_n: NDArray[np.float32]
    """Away from the viewer, in the cloud's units, from the centre of the frame."""


class Lens(NamedTuple):
    """An orthographic camera and the window of its picture that is drawn."""

    axes_33: Float64Array
    """Rows: right, down, away."""
    centre_xyz: Float64Array
    """Shown in the middle of the camera's whole picture."""
    px_per_unit: float
    """Of the drawn window."""
    corner_xy: tuple[float, float]
    """Pixels from the centre to the drawn window's corner, to the right and down."""
    width_px: int
    height_px: int

    def project(self, points_n3: Float64Array) -> Projection:
        """Points in pixels of the drawn window."""
        seen = (points_n3 - self.centre_xyz) @ self.axes_33.T
        xy = seen[:, :2] * self.px_per_unit - np.asarray(self.corner_xy)
        return Projection(xy.astype(np.float32), seen[:, 2].astype(np.float32))


class PixelMap(NamedTuple):
    """A picture's pixels and the points that they show. Indices are of the shape's points."""

    shown_hw: NDArray[np.int32]
    """(H, W) the point nearest to each pixel's middle on the foremost surface; -1 for none."""
    depth_hw: Float32Map
    """(H, W) away from the viewer, inf where nothing is shown."""
    normals_hw3: NDArray[np.float32]
    """(H, W, 3) turned to the viewer, in the camera's axes; 0 where nothing is shown."""
    colours_hw3: UInt8Array | None
    visible_v: NDArray[np.int32]
    """(V,) every point that can be seen."""
    pixels_v: Int64Array
    """(V,) the flat index of the pixel that it lies in."""

    @property
    def covered(self) -> BoolMask:
        """(H, W) where something is shown."""
        return self.shown_hw >= 0
