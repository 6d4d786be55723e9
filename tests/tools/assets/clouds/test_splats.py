from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tools.arrays import Int64Array
from tools.assets.clouds.geometry import Shape
from tools.assets.clouds.pixel_map import Lens
from tools.assets.clouds.splats import splat

NO_FACES: Int64Array = np.zeros((0, 3), dtype=np.int64)


def shape(points: NDArray[np.float64], spacing: float) -> Shape:
    normals = np.tile(np.array([0, 0, 1], dtype=np.float32), (len(points), 1))
    return Shape(
        points_n3=points,
        kept_n=np.arange(len(points)),
        normals_n3=normals,
        faces_f3=NO_FACES,
        colours_n3=None,
        spacing=spacing,
        n_elements=len(points),
    )


def lens(side_px: int, px_per_unit: float = 1.0) -> Lens:
    """Looks along z; the origin is the upper left corner."""
    return Lens(np.eye(3), np.zeros(3), px_per_unit, (0.0, 0.0), side_px, side_px)


def grid(side: int, z: float = 0.0, step: float = 1.0) -> NDArray[np.float64]:
    """A point in the middle of each cell, row by row."""
    at = (np.arange(side) + 0.5) * step
    x, y = np.meshgrid(at, at)
    return np.stack([x.ravel(), y.ravel(), np.full(side * side, z)], axis=1)


def test_each_pixel_shows_the_point_in_it() -> None:
    drawn = splat(shape(grid(4), 1.0), lens(4))

    assert drawn.shown_hw.tolist() == np.arange(16).reshape(4, 4).tolist()
    assert sorted(drawn.visible_v.tolist()) == list(range(16))
    assert drawn.pixels_v[np.argsort(drawn.visible_v)].tolist() == list(range(16))


def test_what_lies_behind_is_not_seen() -> None:
    near, far = grid(6), grid(6, z=10.0)
    far[:, 0] += 3  # half of it looks out to the right

    drawn = splat(shape(np.concatenate([far, near]), 1.0), lens(9))

    shows_near = drawn.shown_hw >= 36
    assert shows_near[:6, :6].all()
    assert not shows_near[:6, 8].any()
    hidden = [36 - 36 + row * 6 + column for row in range(6) for column in range(3)]
    assert not set(hidden) & set(drawn.visible_v.tolist())


def test_sparse_points_close_to_a_surface_and_each_pixel_shows_the_nearest() -> None:
    drawn = splat(shape(grid(4, step=5.0), 5.0), lens(20))

    assert drawn.covered.all()
    assert drawn.shown_hw[0:5, 0:5].tolist() == np.zeros((5, 5)).tolist()
    assert drawn.shown_hw[7, 12] == 6
    assert len(drawn.visible_v) == 16


def test_a_steep_surface_hides_no_point_of_itself() -> None:
    points = grid(20)
    points[:, 2] = points[:, 0]  # 45 degrees

    drawn = splat(shape(points, 1.0), lens(20))

    assert len(drawn.visible_v) == 400


def test_several_points_in_a_pixel_are_all_seen() -> None:
    drawn = splat(shape(grid(8), 1.0), lens(4, px_per_unit=0.5))

    assert sorted(drawn.visible_v.tolist()) == list(range(64))
    assert np.bincount(drawn.pixels_v).tolist() == [4] * 16


def test_normals_are_turned_to_the_viewer() -> None:
    drawn = splat(shape(grid(4), 1.0), lens(4))

    assert drawn.normals_hw3[2, 2].tolist() == [0, 0, -1]


def test_a_window_without_points_is_empty() -> None:
    drawn = splat(shape(grid(4) + 100, 1.0), lens(4))

    assert not drawn.covered.any()
    assert len(drawn.visible_v) == 0
