from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from evals.clouds.defects import DEFECTS, bulge, dent, hole, missing_part, protrusion
from evals.clouds.planted import _centre, case, reference, write_ply
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


def slab(thickness: float) -> Drawn:
    """The sheet with a second one below, facing down; number 840 is in the middle of the upper."""
    upper = sheet()
    lower = upper.points_n3 - [0, 0, thickness]
    return Drawn(
        np.concatenate([upper.points_n3, lower]),
        np.concatenate([upper.normals_n3, -upper.normals_n3]),
    )


def test_a_hole_goes_through_a_wall_that_is_thinner_than_it_is_deep() -> None:
    """Of a width of 10 a defect is 3 deep."""
    through = hole(slab(2.9), 840, 10.0, RNG)
    blind = hole(slab(3.1), 840, 10.0, RNG)

    assert len(through.points_n3) == 2 * (1681 - 81)
    assert len(blind.points_n3) == 1681 - 81 + 1681
    x, y, z = through.points_n3.T
    aside = np.hypot(x - 20, y - 20)
    assert aside.min() > 5
    assert sorted(set(z[through.is_defect_n])) == [-2.9, 0]
    # Labelled is what is within 2 of the hole's points, of which the last are 5 from the middle.
    assert through.is_defect_n[aside <= 6].all()
    assert aside[through.is_defect_n].max() < 8


def test_a_dent_pushes_both_faces_of_a_wall_that_is_thinner_than_it_is_deep() -> None:
    planted = dent(slab(2.0), 840, 10.0, RNG)

    upper, lower = planted.points_n3[:1681], planted.points_n3[1681:]
    assert upper[840, 2] == pytest.approx(-3.0)
    np.testing.assert_allclose(upper[:, 2] - lower[:, 2], 2.0)
    assert planted.is_defect_n.tolist() == [*(upper[:, 2] < -0.3), *(lower[:, 2] < -2.3)]


def test_a_dent_of_a_thick_wall_and_a_bulge_leave_the_other_face_as_it_is() -> None:
    for planted in (dent(slab(3.1), 840, 10.0, RNG), bulge(slab(2.0), 840, 10.0, RNG)):
        assert len(set(planted.points_n3[1681:, 2])) == 1
        assert not planted.is_defect_n[1681:].any()


def test_a_thin_wall_is_as_level_a_place_as_a_thick_one() -> None:
    nothing, drawing = np.zeros((0, 3)), np.random.default_rng(2)
    drawing.integers(3362)
    first_tried = drawing.integers(3362, size=400)[0]

    for thickness in (1.0, 9.0):
        chosen = _centre(slab(thickness), nothing, 10.0, np.random.default_rng(2))
        assert chosen == first_tried


def roof() -> Drawn:
    """Two flanks of 45 degrees that meet at a ridge along y; number 840 is in its middle."""
    points = sheet().points_n3
    points[:, 2] = -np.abs(points[:, 0] - 20)
    normals = np.stack([np.sign(points[:, 0] - 20), np.zeros(1681), np.ones(1681)], axis=1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return Drawn(points, normals.astype(np.float32))


def test_a_missing_part_lacks_its_tip_and_only_the_fracture_is_labelled() -> None:
    # Of the ball of radius 5, |x - 20| is at most 3: the plane lies 1.5 below the ridge.
    planted = missing_part(roof(), 840, 10.0, RNG)

    fracture = planted.points_n3[planted.is_defect_n]
    assert len(fracture) > 5
    np.testing.assert_allclose(fracture[:, 2].mean(), -1.5, atol=0.3)
    assert np.abs(fracture[:, 0] - 20).max() < 3
    left = planted.points_n3[~planted.is_defect_n]
    assert not (np.linalg.norm(left - [20, 20, 0], axis=1) < 1.5).any()


def test_a_ridge_protrudes_and_a_flank_does_not() -> None:
    drawn = roof()
    tree = cKDTree(drawn.points_n3)

    assert protrusion(drawn, tree, 840, 10.0) > 0.5
    assert protrusion(drawn, tree, 830, 10.0) == pytest.approx(0, abs=1e-6)


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
