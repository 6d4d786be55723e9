from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from evals.clouds.defects import DEFECTS, bulge, dent, hole
from evals.clouds.planted import case, reference, write_ply
from evals.clouds.stock import Drawn, load_stock
from tools.assets.clouds import open_cloud


def sheet() -> Drawn:
    """A grid of 41 x 41 points a unit apart, facing up; number 840 is in the middle."""
    x, y = np.meshgrid(np.arange(41.0), np.arange(41.0))
    points = np.stack([x.ravel(), y.ravel(), np.zeros(1681)], axis=1)
    return Drawn(points, np.tile(np.array([0, 0, 1], dtype=np.float32), (1681, 1)))


RNG = np.random.default_rng(0)


def test_a_bulge_is_a_dome_of_three_tenths_of_its_width() -> None:
    planted = bulge(sheet(), 840, 10.0, RNG)

    assert planted.points_n3[840, 2] == pytest.approx(3.0)
    assert planted.points_n3[843, 2] == pytest.approx(3.0 * np.cos(np.pi * 0.3) ** 2)
    moved = planted.points_n3[:, 2] > 0.3
    assert planted.is_defect_n.tolist() == moved.tolist()


def test_a_dent_is_a_bulge_inwards() -> None:
    assert dent(sheet(), 840, 10.0, RNG).points_n3[840, 2] == pytest.approx(-3.0)


def test_a_hole_lacks_its_points_and_its_border_is_labelled() -> None:
    planted = hole(sheet(), 840, 10.0, RNG)

    assert len(planted.points_n3) == 1681 - 81
    apart = np.linalg.norm(planted.points_n3 - [20, 20, 0], axis=1)
    assert apart.min() > 5
    assert apart[planted.is_defect_n].max() < 8
    assert planted.is_defect_n[apart <= 6].all()


@pytest.mark.parametrize("kind", ["normal", *DEFECTS])
def test_a_case_shares_no_point_with_its_reference(shared_data: Path, kind: str) -> None:
    stock = load_stock(shared_data, ("milk carton",))[0]
    rng = np.random.default_rng(3)

    whole = reference(stock, rng)
    one = case(stock, kind, 0.1, rng)

    assert one.is_defect_n.any() == (kind != "normal")
    assert len(one.points_n3) < len(whole)  # a side is missing
    assert cKDTree(whole).query(one.points_n3)[0].min() > 0


def test_what_is_written_is_read(tmp_path: Path) -> None:
    points = np.random.default_rng(0).random((50, 3))

    assert open_cloud(write_ply(tmp_path / "a.ply", points)).shape.points_n3.tolist() == (
        points.tolist()
    )
