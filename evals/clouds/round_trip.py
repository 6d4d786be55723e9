"""Pixel -> point -> pixel over the views of a cloud. Knows no expert.

A pixel that holds points leads to them; a pixel that closes the surface between sparse points
leads to the nearest, whose own pixel lies up to 1.3 spacings away along an axis. A mesh's elements
are its corners: the pixels that show one make a patch of its faces, and a pixel must lie in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import Int64Array
from tools.assets.clouds import open_cloud
from tools.assets.clouds.cameras import parse_name
from tools.assets.clouds.cloud import Cloud


class Trips(NamedTuple):
    """How far pixels came back from where they set out, in pixels along the worse axis."""

    scan: str
    held: NDArray[np.float64]
    """Of pixels that hold a point."""
    closing: NDArray[np.float64]
    """Of pixels between points; none for a mesh."""

    @staticmethod
    def table(trips: Sequence[Trips]) -> list[str]:
        """As Markdown."""
        return [
            "| scan | pixels with a point | within 1 px | farthest, px "
            "| pixels between points | within 1 px | farthest, px |",
            "| --- | --: | --: | --: | --: | --: | --: |",
            *(f"| {one.scan} | {_cells(one.held)} | {_cells(one.closing)} |" for one in trips),
        ]


def _cells(apart_n: NDArray[np.float64]) -> str:
    if not len(apart_n):
        return "0 | - | -"
    return f"{len(apart_n)} | {np.mean(apart_n <= 1):.3f} | {apart_n.max():.2f}"


def round_trips(scan: str, path: Path, *, n: int, seed: int) -> Trips:
    """Walk from pixels of each view to points and back.

    Args:
        scan: its name in the table.
        path: of its file.
        n: pixels of each kind and view, drawn from all; fewer where there are not so many.
        seed: of the draws.
    """
    cloud = open_cloud(path)
    rng = np.random.default_rng(seed)
    held, closing = list[float](), list[float]()
    for name in cloud.names:
        with_points, between = _pixels(cloud, name)
        held += [_apart(cloud, name, at) for at in _some(with_points, n, rng)]
        closing += [_apart(cloud, name, at) for at in _some(between, n, rng)]
    return Trips(scan, np.array(held), np.array(closing))


def _pixels(cloud: Cloud, name: str) -> tuple[Int64Array, Int64Array]:
    """Flat indices of pixels that hold a point, and of those that only show one."""
    drawn = cloud.drawn(parse_name(name))
    holds = np.zeros(drawn.covered.size, dtype=np.bool_)
    holds[drawn.pixels_v] = True
    covered = drawn.covered.ravel()
    return np.flatnonzero(covered & holds), np.flatnonzero(covered & ~holds)


def _some(pixels: Int64Array, n: int, rng: np.random.Generator) -> Int64Array:
    return np.asarray(rng.permutation(pixels)[:n])


def _apart(cloud: Cloud, name: str, at: int) -> float:
    """From a pixel to where its points come to lie in the same picture, along the worse axis.

    Of a cloud, from the middle to the farthest point's projection. Of a mesh, how far the pixel
    lies outside the box of the pixels that show the corner.
    """
    picture = cloud.picture(name)
    row, column = divmod(int(at), picture.size[0])
    extent = picture.extent([column, row, column + 1, row + 1])
    if not cloud.shape.is_mesh:
        centres = picture.centres(np.asarray(extent.point_indices))
        return float(np.abs(centres - (column + 0.5, row + 0.5)).max())
    box = picture.box_of(extent)
    if box is None:
        return float("inf")
    outside = max(box[0] - column, column + 1 - box[2], box[1] - row, row + 1 - box[3])
    return max(0.0, float(outside))
