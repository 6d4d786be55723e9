"""Clouds and files that the tests of clouds share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.assets.clouds import open_cloud
from tools.assets.clouds.cloud import Cloud

Points = NDArray[np.float64]

STEPS = np.array([[0, 0, 0, 4, 3, 1], [0, 0, 1, 2, 3, 2], [0, 0, 2, 1, 1, 4]], dtype=np.float64)
"""Boxes of a part like stairs: x, y, z of a corner and of the opposite one. It has no symmetry."""


@pytest.fixture
def xyz(tmp_path: Path) -> Callable[..., Path]:
    """Writes points as text; returns the file."""

    def write(points_n3: Points, name: str = "part.xyz") -> Path:
        path = tmp_path / name
        np.savetxt(path, points_n3, fmt="%.9g")
        return path

    return write


@pytest.fixture
def cloud(xyz: Callable[..., Path]) -> Callable[..., Cloud]:
    """Opens points as a cloud."""

    def make(points_n3: Points, name: str = "part.xyz") -> Cloud:
        return open_cloud(xyz(points_n3, name))

    return make


@pytest.fixture(scope="session")
def stairs() -> Callable[..., Points]:
    """Draws points evenly from the surface of a part like stairs."""

    def draw(n: int, seed: int) -> Points:
        rng = np.random.default_rng(seed)
        points = []
        for low, high in zip(STEPS[:, :3], STEPS[:, 3:], strict=True):
            sides = high - low
            areas = np.repeat([sides[1] * sides[2], sides[0] * sides[2], sides[0] * sides[1]], 2)
            face = rng.choice(6, size=n, p=areas / areas.sum())
            one = low + rng.random((n, 3)) * sides
            one[np.arange(n), face // 2] = np.where(face % 2, high[face // 2], low[face // 2])
            points.append(one)
        drawn = np.concatenate(points)
        return np.asarray(drawn[rng.permutation(len(drawn))[:n]])

    return draw


@pytest.fixture(scope="session")
def cube() -> str:
    """The obj of a cube of side 2, closed, faces of four corners."""
    corners = [(x, y, z) for x in (0, 2) for y in (0, 2) for z in (0, 2)]
    faces = ["1 2 4 3", "5 7 8 6", "1 5 6 2", "3 4 8 7", "1 3 7 5", "2 6 8 4"]
    lines = [f"v {x} {y} {z}" for x, y, z in corners] + [f"f {face}" for face in faces]
    return "\n".join(lines) + "\n"
