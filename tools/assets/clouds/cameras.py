"""Where a cloud is seen from, as names: `az045el+35`, `turn+15-15+00`. Knows no cloud.

`azAAAelEEE` looks at the centre from azimuth AAA degrees (from x towards y) and elevation EEE
degrees above the xy plane; up in the picture is z. `turnXXXYYYZZZ` is the sensor's own view, the
part turned by so many degrees around the picture's x axis (to the right), y axis (down) and line
of sight. A file that knows no sensor takes `az000el+00` for it. Every camera is orthographic, so
that a length on a picture is a length on the part, and a window of a picture is a picture.
"""

from __future__ import annotations

import itertools
import re
from typing import NamedTuple

import numpy as np

from tools.assets.clouds.geometry import Float64Array

AROUND: tuple[str, ...] = (
    *(f"az{azimuth:03d}el+35" for azimuth in (45, 135, 225, 315)),
    *(f"az{azimuth:03d}el-35" for azimuth in (0, 90, 180, 270)),
    "az000el+90",
)
"""The nine for a part that is scanned from all sides: four corners from above, four faces from
below, and the top. Every face of a box is seen by two of them at least, save its bottom, which
four see."""
FACING: tuple[str, ...] = tuple(
    f"turn{x:+03d}{y:+03d}+00" for x, y in itertools.product((0, -30, 30), repeat=2)
)
"""The nine for a scan from one side: the sensor's view, and turned by 30 degrees."""
CPMF: tuple[str, ...] = tuple(
    f"turn{x:+03d}{y:+03d}{z:+03d}" for x, y, z in itertools.product((0, -15, 15), repeat=3)
)
"""The 27 of CPMF (Cao, Xu and Shen, "Complementary pseudo multimodal feature", 2023): three
rotations of 0 and +-15 degrees."""

NAMED = re.compile(
    r"(?:az(?P<az>\d{3})el(?P<el>[+-]\d{2})|turn(?P<x>[+-]\d{2})(?P<y>[+-]\d{2})(?P<z>[+-]\d{2}))"
    r"(?P<depth>/depth)?"
    r"(?:@(?P<window>-?\d+(?:\.\d+)?(?:,-?\d+(?:\.\d+)?){3}))?"
)
MAX_ELEVATION = 90
NEAR_AXIS_DEGREES = 45
FAR_IN_RADII = 20


class PictureName(NamedTuple):
    """What the name of a picture says."""

    camera: str
    depth: bool = False
    """Distances instead of the lit surface."""
    window_xyxy: tuple[float, float, float, float] | None = None
    """In pixels of the camera's whole picture; None for all of it."""

    def __str__(self) -> str:
        """The name itself."""
        window = self.window_xyxy
        at = (
            ""
            if window is None
            else "@" + ",".join(f"{edge:.3f}".rstrip("0").rstrip(".") for edge in window)
        )
        return f"{self.camera}{'/depth' if self.depth else ''}{at}"


def parse_name(name: str) -> PictureName:
    """Read the name of a picture.

    Raises:
        KeyError: where it is none.
    """
    found = NAMED.fullmatch(name)
    if found is None or abs(int(found["el"] or 0)) > MAX_ELEVATION or int(found["az"] or 0) >= 360:
        raise KeyError(name)
    camera = re.split("[/@]", name, maxsplit=1)[0]
    if not found["window"]:
        return PictureName(camera, bool(found["depth"]))
    x1, y1, x2, y2 = (float(edge) for edge in found["window"].split(","))
    if not (x1 < x2 and y1 < y2):
        raise KeyError(name)
    return PictureName(camera, bool(found["depth"]), (x1, y1, x2, y2))


def axes_of(camera: str, front_33: Float64Array) -> Float64Array:
    """The axes of a camera's pictures, in the cloud's.

    Args:
        camera: a name without `/depth` and window.
        front_33: the axes of the sensor's own view, as this returns them.

    Returns:
        (3, 3), rows: right, down, away from the viewer. A right-handed rotation.

    Raises:
        KeyError: where there is no such camera.
    """
    found = NAMED.fullmatch(camera)
    if found is None:
        raise KeyError(camera)
    if found["az"]:
        return _around(float(found["az"]), float(found["el"]))
    turned = _turned(*(float(found[axis]) for axis in "xyz"))
    return turned @ front_33


def _around(azimuth: float, elevation: float) -> Float64Array:
    az, el = np.radians((azimuth, elevation))
    right = np.array([-np.sin(az), np.cos(az), 0.0])
    away = -np.array([np.cos(el) * np.cos(az), np.cos(el) * np.sin(az), np.sin(el)])
    return np.stack([right, np.cross(away, right), away])


def _turned(x: float, y: float, z: float) -> Float64Array:
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_euler("xyz", (x, y, z), degrees=True).as_matrix())


def front_of(
    points_n3: Float64Array, sensor_xyz: tuple[float, float, float] | None, *, organised: bool
) -> Float64Array | None:
    """The axes of the sensor's own view of a cloud; None where the file tells no credible sensor.

    A sensor looks along its z axis, either way: forwards with y down, or backwards with y up.
    Formats write the origin where nobody set one, so that it must lie well outside of the cloud
    and not at a distance of maps.
    """
    if sensor_xyz is None:
        return None
    middle = (points_n3.min(axis=0) + points_n3.max(axis=0)) / 2
    radius = float(np.linalg.norm(np.ptp(points_n3, axis=0))) / 2
    away = middle - np.asarray(sensor_xyz)
    distance = float(np.linalg.norm(away))
    if not (distance > radius or organised) or distance > FAR_IN_RADII * radius:
        return None
    if abs(away[2]) < distance * np.cos(np.radians(NEAR_AXIS_DEGREES)):
        return None
    sense = 1.0 if away[2] > 0 else -1.0
    return np.diag([1.0, sense, sense])


SIDEWAYS: Float64Array = _around(0.0, 0.0)
"""What `turn` starts from where there is no sensor."""


def label_of(camera: str) -> str:
    """Where a camera stands, in words."""
    found = NAMED.fullmatch(camera)
    if found is None:
        raise KeyError(camera)
    if found["az"]:
        return _label_around(int(found["az"]), int(found["el"]))
    turns = [
        f"{abs(int(found[axis]))} degrees {way[int(found[axis]) > 0]}"
        for axis, way in (
            ("x", ("back", "forwards")),
            ("y", ("right", "left")),
            ("z", ("anticlockwise", "clockwise")),
        )
        if int(found[axis])
    ]
    return "seen from the sensor" + (", turned " + " and ".join(turns) if turns else "")


def _label_around(azimuth: int, elevation: int) -> str:
    if abs(elevation) == MAX_ELEVATION:
        return "seen from above" if elevation > 0 else "seen from below"
    height = f"{abs(elevation)} degrees {'above' if elevation > 0 else 'below'}"
    return f"seen from azimuth {azimuth} degrees" + (
        f", {height} the xy plane" if elevation else ""
    )
