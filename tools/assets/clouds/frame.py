"""The frame that a cloud's pictures share: its middle and its size. Knows no file."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tools.assets.clouds.cameras import SIDEWAYS, PictureName, axes_of, front_of
from tools.assets.clouds.geometry import Content, Float64Array, Shape
from tools.assets.clouds.pixel_map import Lens

MARGIN = 1.06
"""Half the side of a picture, in units of the radius."""
SMALLEST_PX, LARGEST_PX, MESH_PX = 320, 640, 512
PX_PER_ROOT_POINT = 1.5
"""Side of a picture for each square root of a point: about 1.2 px from point to point then."""
STEP_PX = 32


class Frame(NamedTuple):
    """What is common to all pictures of a cloud, and of clouds that are laid over it."""

    centre_xyz: Float64Array
    radius: float
    """No point lies farther from the centre."""
    front_33: Float64Array
    """Axes of the sensor's own view, or of `az000el+00`."""
    has_sensor: bool
    side_px: int
    """Of a whole picture; the longer side of a closer one."""

    def lens(self, name: PictureName) -> Lens:
        """The camera of a picture.

        Raises:
            KeyError: where there is none of this name.
        """
        whole = float(self.side_px)
        x1, y1, x2, y2 = name.window_xyxy or (0.0, 0.0, whole, whole)
        closer = whole / max(x2 - x1, y2 - y1)
        px_per_unit = whole / (2 * MARGIN * self.radius) * closer
        return Lens(
            axes_33=axes_of(name.camera, self.front_33),
            centre_xyz=self.centre_xyz,
            px_per_unit=px_per_unit,
            corner_xy=((x1 - whole / 2) * closer, (y1 - whole / 2) * closer),
            width_px=max(1, round((x2 - x1) * closer)),
            height_px=max(1, round((y2 - y1) * closer)),
        )


def frame_of(shape: Shape, content: Content) -> Frame:
    """The frame of a cloud by itself.

    Args:
        shape: its points that serve.
        content: what its file tells of the sensor.
    """
    points = shape.points_n3
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    radius = float(np.linalg.norm(points - centre, axis=1).max())
    front = front_of(points, content.sensor_xyz, organised=content.organised)
    return Frame(
        centre_xyz=centre,
        radius=radius,
        front_33=SIDEWAYS if front is None else front,
        has_sensor=front is not None,
        side_px=MESH_PX if shape.is_mesh else side_px_of(len(points)),
    )


def side_px_of(n_points: int) -> int:
    """Side of a whole picture of so many points: bounded, however many there are."""
    wanted = PX_PER_ROOT_POINT * np.sqrt(n_points)
    return int(np.clip(round(wanted / STEP_PX) * STEP_PX, SMALLEST_PX, LARGEST_PX))
