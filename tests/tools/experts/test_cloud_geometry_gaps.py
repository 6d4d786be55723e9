"""What a scan lacks because it did not look there, and what it lacks because it is gone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tools.assets.clouds.shapes import normals_of, spacing_of
from tools.assets.clouds.surface import Surface
from tools.experts.cloud_geometry_gaps import Gap, bordering, gaps_of
from tools.experts.cloud_geometry_outlook import outlook_of, shown_without
from tools.experts.cloud_geometry_signs import Scanned, scanned

UP = np.array([0.0, 0.0, 1.0])


def cube(seed: int) -> NDArray[np.float64]:
    """6,000 points on the six faces of a cube from -1 to 1."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-1, 1, (6_000, 3))
    face = np.arange(6_000) % 6
    points[np.arange(6_000), face // 2] = np.where(face % 2, 1.0, -1.0)
    return points


def surface(points: NDArray[np.float64]) -> Surface:
    return Surface(points, normals_of(points), np.arange(len(points)), spacing_of(points))


def gaps(reference: Scanned, seen: NDArray[np.float64]) -> list[Gap]:
    part = scanned(surface(seen), like=reference, features=False)
    return gaps_of(part, reference, outlook_of(reference))


REFERENCE = scanned(surface(cube(0)), features=False)


def test_a_hole_in_a_face_is_a_gap_at_its_place() -> None:
    points = cube(1)
    gone = np.linalg.norm(points - [0.2, 0.1, 1.0], axis=1) < 0.35

    (gap,) = gaps(REFERENCE, points[~gone])

    np.testing.assert_allclose(gap.points_m3.mean(axis=0), [0.2, 0.1, 1.0], atol=0.05)
    # The middle is 0.35 from any point; points are sqrt(24 / 6000) = 0.063 apart.
    assert 0.7 < gap.emptiness * 1.55 * 0.063 / 0.35 < 1.2


def test_a_cavity_that_no_scan_sees_excuses_no_hole() -> None:
    reference = scanned(surface(np.concatenate([cube(0), cube(2) / 2])), features=False)
    points = cube(1)
    gone = np.linalg.norm(points - [0.2, 0.1, 1.0], axis=1) < 0.35

    (gap,) = gaps(reference, points[~gone])

    np.testing.assert_allclose(gap.points_m3.mean(axis=0), [0.2, 0.1, 1.0], atol=0.05)


def test_a_side_that_was_not_scanned_is_no_gap() -> None:
    points = cube(1)

    assert gaps(REFERENCE, points[points[:, 2] < 1]) == []
    assert gaps(REFERENCE, points[points[:, 2] < 0.6]) == []


def test_a_scan_that_did_not_look_from_above_lacks_the_top_only() -> None:
    points = cube(1)

    shown = shown_without(points, REFERENCE, outlook_of(REFERENCE), UP)

    top = points[:, 2] == 1
    inside = np.abs(points).max(axis=1) == np.sort(np.abs(points), axis=1)[:, 2]
    clear = inside & (np.sort(np.abs(points), axis=1)[:, 1] < 0.3)
    assert not shown[top & clear].any()
    assert shown[~top & clear].all()


def test_a_corner_cropped_off_a_sheet_is_no_gap_and_a_hole_beside_is_one() -> None:
    rng = np.random.default_rng(2)
    whole = rng.uniform(-1, 1, (2_000, 3)) * [1, 1, 0]
    seen = rng.uniform(-1, 1, (2_000, 3)) * [1, 1, 0]
    corner = seen[:, 0] + seen[:, 1] > 1.6
    hole = np.linalg.norm(seen, axis=1) < 0.2
    reference = scanned(surface(whole), features=False)

    assert gaps(reference, seen[~corner]) == []
    (gap,) = gaps(reference, seen[~corner & ~hole])

    np.testing.assert_allclose(gap.points_m3.mean(axis=0), [0, 0, 0], atol=0.05)


def test_a_hole_inside_a_scan_from_one_side_is_a_gap_however_large() -> None:
    """A sheet of 2 x 2, cropped at x = 0.7, with a hole of radius 0.45: 16 % of all there is.

    Points are 0.032 apart, and what is farther than two of these from any is missing: a disc of
    radius 0.39, of which 4,000 points over the sheet leave 470.
    """
    rng = np.random.default_rng(0)
    whole, seen = (rng.uniform(-1, 1, (4_000, 3)) * [1, 1, 0] for _ in range(2))
    reference = scanned(surface(whole), features=False)
    cropped, hole = seen[:, 0] > 0.7, np.linalg.norm(seen, axis=1) < 0.45

    assert gaps(reference, seen[~cropped]) == []
    (gap,) = gaps(reference, seen[~cropped & ~hole])

    np.testing.assert_allclose(gap.points_m3.mean(axis=0), [0, 0, 0], atol=0.03)
    assert 0.9 < len(gap.points_m3) / 470 < 1.1


def test_a_bite_out_of_the_edge_of_a_scan_from_one_side_is_a_gap() -> None:
    rng = np.random.default_rng(0)
    whole, seen = (rng.uniform(-1, 1, (4_000, 3)) * [1, 1, 0] for _ in range(2))
    reference = scanned(surface(whole), features=False)
    bite = np.linalg.norm(seen - [1, 0, 0], axis=1) < 0.2

    (gap,) = gaps(reference, seen[~bite & (seen[:, 1] < 0.8)])

    # The middle of half a disc lies 4 / 3 pi of its radius inside.
    np.testing.assert_allclose(gap.points_m3.mean(axis=0), [0.915, 0, 0], atol=0.04)


def test_the_other_face_of_a_thin_plate_that_was_not_scanned_is_no_gap() -> None:
    rng = np.random.default_rng(0)
    whole, seen = (rng.uniform(-1, 1, (8_000, 3)) * [1, 1, 0] for _ in range(2))
    # 8,000 points on 2 x 4 are 0.032 apart: a direction seems to see through both faces.
    whole[::2, 2] = 0.03
    reference = scanned(surface(whole), features=False)
    assert outlook_of(reference).view is not None

    assert gaps(reference, seen) == []


def test_points_within_two_spacings_of_what_is_gone_border_it() -> None:
    rng = np.random.default_rng(0)
    whole, seen = (rng.uniform(-1, 1, (4_000, 3)) * [1, 1, 0] for _ in range(2))
    seen = seen[np.linalg.norm(seen, axis=1) > 0.3]
    reference = scanned(surface(whole), features=False)
    part = scanned(surface(seen), like=reference, features=False)
    (gap,) = gaps_of(part, reference, outlook_of(reference))

    borders = np.isin(np.arange(len(seen)), bordering(part, gap))

    # Points are 2 / sqrt(4,000) = 0.032 apart, so that those up to 0.3 + 0.063 are meant.
    apart = np.linalg.norm(seen, axis=1)
    assert borders[apart < 0.345].mean() > 0.9
    assert borders[apart > 0.38].mean() < 0.002
    assert 0.8 < borders.sum() / (apart < 0.363).sum() < 1.2


def test_a_small_hole_across_from_a_side_that_was_not_scanned_is_a_gap() -> None:
    reference = scanned(surface(cube(0)), features=False)
    seen = cube(1)
    # The spacing is 0.063: its radius is 2.7 of them.
    hole = np.linalg.norm(seen - [0.3, 0, -1], axis=1) < 0.17

    (gap,) = gaps(reference, seen[(seen[:, 2] < 1) & ~hole])

    np.testing.assert_allclose(gap.points_m3.mean(axis=0), [0.3, 0, -1], atol=0.05)


def test_what_hangs_together_with_a_side_that_was_not_scanned_is_no_gap() -> None:
    reference = scanned(surface(cube(0)), features=False)
    seen = cube(1)
    # All that is seen from above alone, and of the top's border what was thinned out by chance.
    stays = (seen[:, 2] < 1) | (np.abs(seen[:, :2]).max(axis=1) > 0.9)

    assert gaps(reference, seen[stays]) == []


def pocket(seed: int, *, floor: float = 0.3) -> NDArray[np.float64]:
    """8,000 points on a cube from -1 to 1 with a pocket of 1.2 x 1.2 in its top."""
    rng = np.random.default_rng(seed)
    n = 8_000
    points = rng.uniform(-1, 1, (n, 3))
    areas = np.array([4, 4, 4, 4, 4, 4, 4.8 * (1 - floor)])
    face = rng.choice(7, n, p=areas / areas.sum())
    outer = face < 6
    points[outer, face[outer] // 2] = np.where(face[outer] % 2, 1.0, -1.0)
    in_top = (face == 5) & (np.abs(points[:, :2]).max(axis=1) < 0.6)
    points[in_top, 2] = floor
    wall = np.flatnonzero(face == 6)
    points[wall, :2] *= 0.6
    points[wall, 2] = rng.uniform(floor, 1, len(wall))
    points[wall, wall % 2] = 0.6 * np.sign(points[wall, wall % 2])
    return points


def test_a_hole_in_the_floor_of_a_pocket_is_a_gap_where_all_who_look_in_looked() -> None:
    reference = scanned(surface(pocket(0)), features=False)
    points = pocket(1)
    gone = np.linalg.norm(points - [0.1, 0, 0.3], axis=1) < 0.22

    (gap,) = gaps(reference, points[~gone])

    np.testing.assert_allclose(gap.points_m3.mean(axis=0), [0.1, 0, 0.3], atol=0.06)


def test_a_pocket_that_the_scan_did_not_look_into_is_no_gap() -> None:
    reference = scanned(surface(pocket(0)), features=False)
    points = pocket(1)
    floor = (np.abs(points[:, :2]).max(axis=1) < 0.6) & (points[:, 2] == 0.3)

    assert gaps(reference, points[~floor & (points[:, 2] < 1)]) == []


def test_a_hole_that_few_directions_see_is_a_gap_where_what_is_hidden_with_it_was_seen() -> None:
    # Its floor lies 1.7 deep: of 120 directions those within 20 degrees of upwards see its middle.
    reference = scanned(surface(pocket(0, floor=-0.7)), features=False)
    points = pocket(1, floor=-0.7)
    gone = np.linalg.norm(points - [0, 0, -0.7], axis=1) < 0.22
    outlook = outlook_of(reference)
    middle = np.linalg.norm(reference.surface.points_n3 - [0, 0, -0.7], axis=1) < 0.22
    assert outlook.well_vm[:, outlook.nearest_n[middle]].all(axis=1).sum() < 6

    (gap,) = gaps(reference, points[~gone])

    np.testing.assert_allclose(gap.points_m3.mean(axis=0), [0, 0, -0.7], atol=0.06)
