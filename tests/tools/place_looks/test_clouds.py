"""Bulges, dents and holes that are made by hand in a plate, told beside the plate itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.assets.clouds import open_cloud
from tools.assets.clouds.cloud import Cloud
from tools.place_looks import looks_of
from tools.place_looks.clouds import shape_looks
from tools.records import PointExtent

Points = NDArray[np.float64]
DENT_AT = np.array([3.0, 2.0, 2.0])
RADIUS = 0.9


def block(seed: int) -> Points:
    """Six thousand points of the surface of a box of 6 x 4 x 2: about 8.5 for each unit of area."""
    rng = np.random.default_rng(seed)
    sides = np.array([6.0, 4.0, 2.0])
    areas = np.repeat([8.0, 12.0, 24.0], 2)
    face = rng.choice(6, size=6000, p=areas / areas.sum())
    points = rng.random((6000, 3)) * sides
    points[np.arange(6000), face // 2] = np.where(face % 2, sides[face // 2], 0.0)
    return np.asarray(points, dtype=np.float64)


def changed(points: Points, kind: str) -> tuple[Points, Points]:
    """The block with something wrong on its top, and the points that the place consists of."""
    apart = np.linalg.norm(points - DENT_AT, axis=1)
    inside = apart < RADIUS
    if kind == "hole":
        border = (apart >= RADIUS) & (apart < RADIUS + 0.2)
        return points[~inside], points[border]
    points = points.copy()
    heights = 0.5 * (1 - (apart[inside] / RADIUS) ** 2)
    points[inside, 2] += heights if kind == "bulge" else -heights
    return points, points[inside]


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[str, Points], Cloud]:
    def make(name: str, points: Points) -> Cloud:
        path = tmp_path / f"{name}.xyz"
        np.savetxt(path, points, fmt="%.6f")
        return open_cloud(path)

    return make


@pytest.mark.parametrize("kind", ["bulge", "dent", "hole"])
def test_what_is_wrong_on_a_block_is_named(
    opened: Callable[[str, Points], Cloud], kind: str
) -> None:
    reference = opened("reference", block(0))
    part, place = changed(block(1), kind)

    assert shape_looks(place, part, reference) == [kind]


def test_a_place_of_the_surface_as_it_should_be_has_no_look(
    opened: Callable[[str, Points], Cloud],
) -> None:
    part = block(1)
    place = part[np.linalg.norm(part - DENT_AT, axis=1) < RADIUS]

    assert shape_looks(place, part, opened("reference", block(0))) == []


def test_a_bulge_is_told_with_its_size_and_side(opened: Callable[[str, Points], Cloud]) -> None:
    """It is 1.8 across where the block's diagonal is 7.5, and lies on its top."""
    points, place = changed(block(1), "bulge")
    part = opened("part", points)
    members = np.flatnonzero((points[:, None] == place[None]).all(axis=2).any(axis=1))
    extent = PointExtent(
        point_indices=members.tolist(),
        centre_xyz=place.mean(axis=0).tolist(),
        extent_xyz=np.ptp(place, axis=0).tolist(),
        diameter=2 * RADIUS,
    )

    told = looks_of(extent, part, {}, [opened("reference", block(0))])

    assert told == ("bulge", "large", "top")
    assert looks_of(extent, part, {}) == ()
