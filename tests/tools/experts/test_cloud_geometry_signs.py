"""How far points lie off a surface: steps and ends of it, on grids whose spacing is 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from tools.assets.clouds.surface import Surface
from tools.experts.cloud_geometry_signs import PLANES, Scanned, displacements, past_its_points


def level(x_from: float, x_to: float, height: float) -> NDArray[np.float64]:
    """A grid of points at a height, y from -5 to 5."""
    x, y = np.meshgrid(np.arange(x_from, x_to + 0.5), np.arange(-5.0, 5.5))
    return np.stack([x.ravel(), y.ravel(), np.full(x.size, height)], axis=1)


def upwards(points: NDArray[np.float64]) -> Surface:
    normals = np.tile(np.array([0, 0, 1], dtype=np.float32), (len(points), 1))
    return Surface(points, normals, np.arange(len(points)), 1.0)


def off(points: NDArray[np.float64], one: Surface) -> NDArray[np.float64]:
    apart, near = cKDTree(one.points_n3).query(points, k=PLANES)
    return displacements(points, one, apart, near)


def test_beside_a_step_a_point_lies_off_its_own_tread_alone() -> None:
    stair = upwards(np.concatenate([level(-9.5, -0.5, 0.0), level(0.5, 9.5, 1.0)]))
    points = np.array([[-0.1, 0.0, 0.1], [0.1, 0.0, 0.9]])

    np.testing.assert_allclose(off(points, stair), [[0, 0, 0.1], [0, 0, -0.1]], atol=1e-9)


def test_planes_of_one_tread_share_what_they_say_though_noise_parts_them() -> None:
    tread = level(-9.0, 9.0, 0.0)
    tread[::2, 2] = 0.2

    (moved,) = off(np.array([[0.5, 0.5, 1.1]]), upwards(tread))

    np.testing.assert_allclose(moved, [0, 0, 1.0], atol=0.05)


def alone(surface: Surface) -> NDArray[np.int64]:
    """Each point its own and only neighbour."""
    return np.arange(len(surface.points_n3))[:, None]


def test_past_an_open_edge_a_point_lies_beyond_unless_it_rises_more_than_it_leaves() -> None:
    sheet = upwards(level(-9.0, 0.0, 0.0))
    ends = sheet.points_n3[:, 0] == 0
    reference = Scanned(sheet, cKDTree(sheet.points_n3), alone(sheet), None, ends)
    points = np.array([[2.0, 0, 1.0], [2.0, 0, 3.0], [1.0, 0, 0.5], [-4.5, 0, 1.0]])
    nearest = reference.tree.query(points)[1]

    assert past_its_points(points, reference, nearest).tolist() == [True, False, False, False]


def test_over_a_void_nothing_is_told_and_far_from_all_it_is() -> None:
    sheet = upwards(level(-9.0, 0.0, 0.0))
    nowhere = np.zeros(len(sheet.points_n3), dtype=np.bool_)
    reference = Scanned(sheet, cKDTree(sheet.points_n3), alone(sheet), None, nowhere)
    points = np.array([[2.0, 0, 1.0], [4.0, 0, 1.0]])

    over = past_its_points(points, reference, reference.tree.query(points)[1])

    assert over.tolist() == [True, False]
