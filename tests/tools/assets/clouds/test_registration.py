from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from tools.assets.clouds.cloud import Cloud
from tools.assets.picture import Picture
from tools.ports import NotApplicable
from tools.records import Asset

Points = NDArray[np.float64]


def moved(points: Points, degrees: tuple[float, float, float]) -> Points:
    turn = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    return np.asarray(points @ turn.T + [30.0, -7.0, 2.0])


@pytest.mark.parametrize("degrees", [(10, -5, 20), (170, 30, -110)])
def test_another_drawing_in_another_pose_comes_to_lie_on_the_reference(
    cloud: Callable[..., Cloud],
    stairs: Callable[..., Points],
    degrees: tuple[float, float, float],
) -> None:
    reference = cloud(stairs(6_000, 1), "reference.xyz")
    drawn = stairs(6_000, 2)
    drawn = drawn[drawn[:, 0] < 3.2]  # a side was not scanned
    part = cloud(moved(drawn, degrees), "part.xyz")

    laid = part.moved_like(reference)

    # A hundredth of the part's length of 4.
    np.testing.assert_allclose(laid.posed.points_n3, drawn, atol=0.04)
    assert laid.names == reference.names
    assert laid.picture(laid.names[0]).size == reference.picture(laid.names[0]).size


def test_extents_of_a_moved_cloud_are_in_its_own_axes(
    cloud: Callable[..., Cloud], stairs: Callable[..., Points]
) -> None:
    reference = cloud(stairs(3_000, 1), "reference.xyz")
    part = cloud(moved(stairs(3_000, 2), (0, 0, 90)), "part.xyz")

    laid = part.moved_like(reference)
    picture = laid.picture("az000el+90")
    extent = picture.extent(picture.window_xyxy)

    np.testing.assert_allclose(
        extent.centre_xyz, part.shape.points_n3[extent.point_indices].mean(axis=0)
    )
    # Sizes are along the reference's axes: the part lies turned by 90 degrees in its file.
    assert part.measure("size_x").value == pytest.approx(3, abs=0.1)
    assert laid.measure("size_x").value == pytest.approx(4, abs=0.1)


def test_a_cloud_stays_on_itself(
    cloud: Callable[..., Cloud], stairs: Callable[..., Points]
) -> None:
    part = cloud(stairs(1_000, 1))

    assert part.moved_like(part) is part


def test_what_was_laid_once_is_not_registered_again(
    cloud: Callable[..., Cloud], stairs: Callable[..., Points]
) -> None:
    reference, part = cloud(stairs(1_000, 1), "reference.xyz"), cloud(stairs(1_000, 2))

    with ThreadPoolExecutor(2) as pool:  # as two experts ask
        first, second = pool.map(part.moved_like, [reference, reference])

    assert first is second
    assert part.moved_like(reference) is first


def test_a_part_in_other_units_is_told(
    cloud: Callable[..., Cloud], stairs: Callable[..., Points]
) -> None:
    reference = cloud(stairs(1_000, 1), "reference.xyz")

    with pytest.raises(NotApplicable, match="are both in one unit"):
        cloud(stairs(1_000, 2) * 1000).moved_like(reference)


def test_another_part_is_told(cloud: Callable[..., Cloud], stairs: Callable[..., Points]) -> None:
    rng = np.random.default_rng(0)
    ball = rng.normal(size=(3_000, 3))
    ball *= 2.5 / np.linalg.norm(ball, axis=1, keepdims=True)

    with pytest.raises(NotApplicable, match="comes to lie on the reference"):
        cloud(ball, "ball.xyz").moved_like(cloud(stairs(3_000, 1), "reference.xyz"))


def test_a_handful_of_points_is_not_registered(
    cloud: Callable[..., Cloud], stairs: Callable[..., Points]
) -> None:
    with pytest.raises(NotApplicable, match="it has 20 points, 50 are needed"):
        cloud(stairs(20, 1)).moved_like(cloud(stairs(1_000, 1), "reference.xyz"))


def test_a_cloud_is_not_laid_over_a_picture(
    cloud: Callable[..., Cloud], stairs: Callable[..., Points]
) -> None:
    asset = Asset(path="a.png", sha256="0" * 64, modality="image", size=[2, 2])
    picture = Picture(asset, np.zeros((2, 2, 3), dtype=np.uint8))

    with pytest.raises(NotApplicable, match="cannot be laid over a image"):
        cloud(stairs(100, 1)).moved_like(picture)


def keyed_disc(n: int, seed: int) -> Points:
    """A round plate of radius 2, 0.5 thick, with a key of 0.3 x 0.4, 0.2 high, at the rim."""
    rng = np.random.default_rng(seed)
    radius, turn = 2 * np.sqrt(rng.random(n)), 2 * np.pi * rng.random(n)
    height = np.zeros(n)
    wall = n // 4
    radius[:wall], height[:wall] = 2, -0.5 * rng.random(wall)
    points = np.stack([radius * np.cos(turn), radius * np.sin(turn), height], axis=1)
    on_key = (np.abs(points[:, 1]) < 0.2) & (points[:, 0] > 1.6) & (height == 0)
    points[on_key, 2] = 0.2
    return points


def test_a_nearly_round_part_lies_with_its_key_on_the_key(cloud: Callable[..., Cloud]) -> None:
    reference = cloud(keyed_disc(5_000, 1), "reference.xyz")
    drawn = keyed_disc(5_000, 2)
    part = cloud(moved(drawn, (0, 0, 100)), "part.xyz")

    laid = part.moved_like(reference)

    np.testing.assert_allclose(laid.posed.points_n3, drawn, atol=0.08)


def bossed_disc(n: int, seed: int) -> Points:
    """A round plate of radius 2, 0.2 thick, with four bosses of radius 0.15 at its sides.

    Three are 0.06 high and one 0.12. Every point has noise of 0.004.
    """
    rng = np.random.default_rng(seed)
    radius, turn = 2 * np.sqrt(rng.random(n)), 2 * np.pi * rng.random(n)
    height = np.where(rng.random(n) < 0.5, 0.0, -0.2)
    wall = n // 10
    radius[:wall], height[:wall] = 2, -0.2 * rng.random(wall)
    points = np.stack([radius * np.cos(turn), radius * np.sin(turn), height], axis=1)
    for at, boss in enumerate(([1.5, 0], [0, 1.5], [-1.5, 0], [0, -1.5])):
        on_boss = (np.linalg.norm(points[:, :2] - boss, axis=1) < 0.15) & (height == 0)
        points[on_boss, 2] = 0.06 if at else 0.12
    return np.asarray(points + rng.normal(0, 0.004, points.shape))


@pytest.mark.parametrize("degrees", [(0, 0, 100), (170, 30, -110), (180, 0, 47)])
def test_of_a_round_part_in_four_turns_the_one_in_which_all_bosses_lie_on_theirs_is_found(
    cloud: Callable[..., Cloud], degrees: tuple[float, float, float]
) -> None:
    reference = cloud(bossed_disc(20_000, 1), "reference.xyz")
    drawn = bossed_disc(20_000, 2)
    part = cloud(moved(drawn, degrees), "part.xyz")

    laid = part.moved_like(reference)

    # A turn of a degree moves the rim by 0.035.
    np.testing.assert_allclose(laid.posed.points_n3, drawn, atol=0.05)


def test_a_plane_has_nothing_to_hold_on_to_and_is_laid_as_its_axes_lie(
    cloud: Callable[..., Cloud],
) -> None:
    def plate(seed: int) -> Points:
        return np.asarray(np.random.default_rng(seed).random((3_000, 3)) * [4, 3, 0])

    laid = cloud(moved(plate(2), (0, 0, 90)), "part.xyz").moved_like(cloud(plate(1)))

    assert np.ptp(laid.posed.points_n3, axis=0) == pytest.approx([4, 3, 0], abs=0.3)
