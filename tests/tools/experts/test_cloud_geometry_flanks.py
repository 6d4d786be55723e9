from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from tools.assets.clouds.shapes import normals_of
from tools.experts.cloud_geometry_flanks import flank_normals


def roof() -> NDArray[np.float64]:
    """3,000 points a spacing of about 1 apart on two flanks that meet at right angles in x = 0."""
    rng = np.random.default_rng(0)
    along = rng.uniform(-25, 25, 3_000)
    points = np.stack([along, rng.uniform(0, 60, 3_000), -np.abs(along)], axis=1)
    points[:, [0, 2]] /= np.sqrt(2)
    return np.asarray(points + rng.normal(0, 0.1, points.shape))


def around(points_n3: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.asarray(cKDTree(points_n3).query(points_n3, k=25)[1])


def degrees_off(normals_n3: NDArray[np.float32], true_n3: NDArray[np.float64]) -> float:
    cosine = np.abs(np.einsum("nx,nx->n", normals_n3, true_n3))
    return float(np.degrees(np.arccos(np.quantile(cosine, 0.1).clip(0, 1))))


def test_beside_an_edge_a_normal_is_that_of_its_flank() -> None:
    points = roof()
    beside = (np.abs(points[:, 0]) > 0.7) & (np.abs(points[:, 0]) < 1.5)
    true = np.stack([np.sign(points[:, 0]), np.zeros(3_000), np.ones(3_000)], axis=1)[beside]
    smeared = normals_of(points)

    sharp = flank_normals(points, smeared, around(points))

    assert degrees_off(smeared[beside], true / np.sqrt(2)) > 20
    assert degrees_off(sharp[beside], true / np.sqrt(2)) < 6


def test_on_a_sphere_every_point_keeps_its_own() -> None:
    rng = np.random.default_rng(1)
    out = rng.normal(size=(3_000, 3))
    points = 15.0 * out / np.linalg.norm(out, axis=1, keepdims=True)
    own = normals_of(points)

    kept = flank_normals(points, own, around(points))

    assert np.mean(np.any(kept != own, axis=1)) < 0.01
