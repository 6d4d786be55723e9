"""Real scans and parts to plant defects on, drawn anew for each cloud. Knows no defect.

A mesh is drawn from evenly by area, as densely as a scanner sees a part. A scan has no surface but
its points: they are divided in two at random once, one half for references and one for what is
inspected, so that no point is in both.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.assets.clouds import open_cloud
from tools.assets.clouds.geometry import Float64Array, Shape
from tools.assets.clouds.shapes import normals_of
from tools.assets.clouds.surface import surface_of

FOLDER = "pointclouds"
SCANS: dict[str, str] = {
    "bunny": "bun_zipper_res3.ply",
    "candlestick": "canstick.ply",
    "feature part": "featuretype.STL",
    "tray": "1002_tray_bottom.STL",
    "milk carton": "milk.pcd",
    "facade": "region_growing_tutorial.pcd",
    "room": "capture0001.pcd",
    "table": "milk_cartoon_all_small_clorox.pcd",
}
"""Files of the shared data by the names of the tables. The aerial scan is left out: trees have no
surface that a dent could be in."""
MESH_POINTS = 80_000
SHARE_DRAWN = 0.9
"""Of a scan's half: what one drawing of it has."""


class Drawn(NamedTuple):
    """Points of a surface with normals that point outwards, or to the sensor."""

    points_n3: Float64Array
    normals_n3: NDArray[np.float32]


class Stock:
    """One scan or part."""

    def __init__(
        self, name: str, shape: Shape, *, front_33: Float64Array, has_sensor: bool
    ) -> None:
        """Hold a shape, and divide a scan in two."""
        self.name = name
        self.is_mesh = shape.is_mesh
        self.one_sided = has_sensor
        self.away = np.asarray(front_33[2]) if has_sensor else None
        self._shape = shape
        self._halves = [] if shape.is_mesh else _halves(shape)
        points = shape.points_n3
        self.diagonal = float(np.linalg.norm(np.ptp(points, axis=0)))

    def draw(self, rng: np.random.Generator, *, inspected: bool) -> Drawn:
        """Points that no other drawing for the other purpose has.

        Args:
            rng: of the draw.
            inspected: from the half of what is inspected, rather than of the references.
        """
        if self.is_mesh:
            surface = surface_of(self._shape, max_points=MESH_POINTS, seed=int(rng.integers(2**31)))
            return Drawn(surface.points_n3, surface.normals_n3)
        half = self._halves[int(inspected)]
        chosen = rng.permutation(len(half))[: int(SHARE_DRAWN * len(half))]
        points = half[chosen]
        normals = normals_of(points)
        if self.away is not None:
            normals[normals @ self.away > 0] *= -1
        return Drawn(points, normals)


def _halves(shape: Shape) -> list[Float64Array]:
    points = shape.points_n3
    order = np.random.default_rng(0).permutation(len(points))
    return [points[order[::2]], points[order[1::2]]]


def load_stock(data_dir: Path, names: tuple[str, ...] = tuple(SCANS)) -> list[Stock]:
    """Open scans of the shared data.

    Args:
        data_dir: the shared data.
        names: of `SCANS`.

    Raises:
        AssetError: where one cannot be read.
        ValueError: where there is none of a name.
    """
    unknown = [name for name in names if name not in SCANS]
    if unknown:
        raise ValueError(f"no scan {unknown[0]!r}; there are {', '.join(SCANS)}")
    stock = []
    for name in names:
        cloud = open_cloud(data_dir / FOLDER / SCANS[name])
        frame = cloud.frame
        stock.append(Stock(name, cloud.shape, front_33=frame.front_33, has_sensor=frame.has_sensor))
    return stock
