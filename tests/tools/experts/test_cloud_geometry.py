from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.asset_ports import AssetExpert, AssetMemory
from tools.assets.clouds import open_cloud
from tools.assets.clouds.cloud import Cloud
from tools.assets.clouds.surface import Surface
from tools.assets.picture import Picture
from tools.experts.cloud_geometry import CloudGeometry
from tools.experts.cloud_geometry_learnt import Told, as_places
from tools.ports import NotApplicable
from tools.records import Asset

Points = NDArray[np.float64]
N = 4_000
TURN = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def slab(seed: int) -> Points:
    """Drawn from the upper side of a slab of 4 x 3 with a step of height 1 at x = 1."""
    rng = np.random.default_rng(seed)
    points = rng.random((N, 3)) * [4, 3, 0]
    riser = rng.random((N // 5, 3)) * [0, 3, 1] + [1, 0, 0]
    points[:, 2] = np.where(points[:, 0] > 1, 0.0, 1.0)
    drawn = np.concatenate([points, riser])
    return np.asarray(drawn + rng.normal(0, 0.003, drawn.shape))


def bulged(seed: int) -> tuple[Points, NDArray[np.bool_]]:
    points = slab(seed)
    apart = np.linalg.norm(points[:, :2] - [2.8, 1.4], axis=1)
    inside = (apart < 0.35) & (points[:, 2] < 0.5)
    points[inside, 2] += 0.15 * np.cos(np.pi * apart[inside] / 0.7) ** 2
    return points, inside & (apart < 0.28)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Points], Cloud]:
    folder, number = tmp_path_factory.mktemp("clouds"), iter(range(99))

    def write(points: Points) -> Cloud:
        path: Path = folder / f"{next(number)}.xyz"
        np.savetxt(path, points, fmt="%.6f")
        return open_cloud(path)

    return write


@pytest.fixture(scope="module")
def memory(opened: Callable[[Points], Cloud]) -> AssetMemory:
    expert: AssetExpert = CloudGeometry()
    return expert.learn_assets([opened(slab(1))])


def test_a_bulge_of_another_drawing_in_another_pose_stands_out_where_it_is(
    memory: AssetMemory, opened: Callable[[Points], Cloud]
) -> None:
    points, is_bulge = bulged(2)

    normal = memory.score_asset(opened(slab(3) @ TURN.T + 5))
    found = memory.score_asset(opened(points @ TURN.T + 5))

    assert found.raw_score > 2 * normal.raw_score
    assert found.element_scores.shape == (len(points),)
    above = found.element_scores > 2 * normal.raw_score
    assert (above & is_bulge).sum() / (above | is_bulge).sum() > 0.5


def test_a_hole_counts_for_the_points_around_it_and_a_cropped_side_does_not(
    memory: AssetMemory, opened: Callable[[Points], Cloud]
) -> None:
    points = slab(4)
    apart = np.linalg.norm(points[:, :2] - [2.6, 1.5], axis=1)
    cropped = points[points[:, 0] < 3.4]

    hole = memory.score_asset(opened(points[apart > 0.3]))
    crop = memory.score_asset(opened(cropped))

    assert hole.raw_score > 2 * crop.raw_score
    worst = np.argsort(hole.element_scores)[-8:]
    assert apart[apart > 0.3][worst].max() < 0.5


def test_halves_of_the_only_reference_say_what_is_normal(memory: AssetMemory) -> None:
    (scores,) = memory.normal_scores()

    assert len(scores) == 4
    assert all(0 < one.raw_score <= one.largest < 4 for one in scores)


def test_a_picture_is_no_cloud() -> None:
    asset = Asset(path="a.png", sha256="0" * 64, modality="image", size=[2, 2])

    with pytest.raises(NotApplicable, match="no point cloud"):
        CloudGeometry().learn_assets([Picture(asset, np.zeros((2, 2, 3), dtype=np.uint8))])


def test_too_few_points_say_nothing(opened: Callable[[Points], Cloud]) -> None:
    with pytest.raises(NotApplicable, match="60 points say nothing of a surface"):
        CloudGeometry().learn_assets([opened(slab(1)[:60])])


def test_an_unknown_sign_is_told() -> None:
    with pytest.raises(ValueError, match="signs must be some of displacement"):
        CloudGeometry(signs=("colour",))


def test_unusual_points_that_hang_together_have_the_score_of_the_worst() -> None:
    """Ten points a unit apart on a line; 2 to 5 hang together, 9 is a speck."""
    points = np.stack([np.arange(10.0) * 3, np.zeros(10), np.zeros(10)], axis=1)
    points[2:6, 0] = [6, 7, 8, 9]
    surface = Surface(
        points, np.tile(np.array([0, 0, 1], dtype=np.float32), (10, 1)), np.arange(10), 1.0
    )
    scores = np.array([0.5, 0.9, 1.1, 1.2, 3.0, 1.4, 0.2, 0.3, 0.4, 7.0], dtype=np.float32)

    placed = as_places(surface, Told(scores, scores))

    assert placed.tolist() == pytest.approx([0.5, 0.9, 3, 3, 3, 3, 0.2, 0.3, 0.4, 1])


def test_how_far_down_a_flank_goes_is_told_by_its_height() -> None:
    """Six points a unit apart on a line; the last two are the halo of a high bump.

    Around the fourth, normal surface shows much, so that its score is low for what it rises.
    """
    points = np.stack([np.arange(6.0), np.zeros(6), np.zeros(6)], axis=1)
    surface = Surface(points, np.eye(3, dtype=np.float32)[[2] * 6], np.arange(6), 1.0)
    scores = np.array([20, 40, 30, 1.5, 5, 1.1], dtype=np.float32)
    heights = np.array([2, 4, 3, 0.5, 0.39, 0.11], dtype=np.float32)

    assert as_places(surface, Told(scores, heights)).tolist() == [40, 40, 40, 40, 1, 1]


def test_nothing_unusual_stays_as_it_is() -> None:
    surface = Surface(np.eye(3), np.eye(3, dtype=np.float32), np.arange(3), 1.0)

    half = np.full(3, 0.5, dtype=np.float32)

    assert as_places(surface, Told(half, half)).tolist() == [0.5, 0.5, 0.5]
