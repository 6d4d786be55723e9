"""What looks unlike the references' views, and how it comes back to the points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.arrays import UInt8Image
from tools.asset_ports import AssetExpert, AssetMemory
from tools.assets.clouds import open_cloud
from tools.assets.clouds.cameras import PictureName, axes_of
from tools.assets.clouds.cloud import Cloud
from tools.assets.clouds.pixel_map import Lens
from tools.assets.clouds.shapes import normals_of, spacing_of
from tools.assets.clouds.surface import Surface
from tools.experts.backbones.embedded import EmbeddedPatches
from tools.experts.cloud_geometry import CloudGeometry
from tools.experts.cloud_views import CloudViews
from tools.experts.cloud_views_learnt import Eyes, ViewsLearnt, unlikeness
from tools.experts.patch_memory import PatchMemory
from tools.experts.table import UNASKED, ExpertChoice, build_expert
from tools.ports import ExpertScore

Points = NDArray[np.float64]
GREY = 180.0
NAN = float("nan")
TURN = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def stairs(seed: int) -> Points:
    """(4,800, 6) of the upper side of a slab of 4 x 3 with a step of height 1 at x = 1; grey."""
    rng = np.random.default_rng(seed)
    points = rng.random((4_000, 3)) * [4, 3, 0]
    points[:, 2] = np.where(points[:, 0] > 1, 0.0, 1.0)
    riser = rng.random((800, 3)) * [0, 3, 1] + [1, 0, 0]
    drawn = np.concatenate([points, riser])
    drawn += rng.normal(0, 0.003, drawn.shape)
    return np.concatenate([drawn, np.full((4_800, 3), GREY)], axis=1)


def around(points: Points, radius: float) -> NDArray[np.bool_]:
    on_floor = (points[:, 0] > 1.1) & (points[:, 2] < 0.5)
    near = np.linalg.norm(points[:, :2] - [2.8, 1.4], axis=1) < radius
    return np.asarray(on_floor & near)


def bulged(seed: int) -> Points:
    points = stairs(seed)
    inside = around(points, 0.45)
    apart = np.linalg.norm(points[inside, :2] - [2.8, 1.4], axis=1)
    points[inside, 2] += 0.27 * np.cos(np.pi * apart / 0.9) ** 2
    return points


def stained(seed: int) -> Points:
    points = stairs(seed)
    points[around(points, 0.35), 3:] = 20
    return points


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Points], Cloud]:
    folder, number = tmp_path_factory.mktemp("clouds"), iter(range(99))

    def write(points: Points) -> Cloud:
        path: Path = folder / f"{next(number)}.xyz"
        np.savetxt(path, points, fmt="%.6f " * 3 + "%d " * (points.shape[1] - 3))
        return open_cloud(path, cameras=("az045el+35",))

    return write


@pytest.fixture(scope="module")
def memory(opened: Callable[[Points], Cloud]) -> AssetMemory:
    expert: AssetExpert = CloudViews(PatchMemory(EmbeddedPatches()))
    return expert.learn_assets([opened(stairs(1))])


@pytest.fixture(scope="module")
def normal_score(memory: AssetMemory, opened: Callable[[Points], Cloud]) -> float:
    moved = stairs(2)
    moved[:, :3] = moved[:, :3] @ TURN.T + 5
    return memory.score_asset(opened(moved)).raw_score


@pytest.mark.parametrize("planted", [bulged, stained])
def test_what_looks_otherwise_stands_out_where_it_is(
    memory: AssetMemory,
    normal_score: float,
    opened: Callable[[Points], Cloud],
    planted: Callable[[int], Points],
) -> None:
    points = planted(3)

    found = memory.score_asset(opened(points))

    assert found.raw_score > 1.5 * normal_score
    worst = np.argsort(found.element_scores)[-20:]
    # 32 patches show 5.5 units, and the map is smoothed over three.
    assert around(points, 0.45 + 0.35)[worst].all()


def test_a_stain_is_no_matter_of_geometry(opened: Callable[[Points], Cloud]) -> None:
    geometry = CloudGeometry().learn_assets([opened(stairs(1))])

    normal, stain, bulge = (
        geometry.score_asset(opened(one)).raw_score for one in (stairs(2), stained(3), bulged(3))
    )
    assert stain < 2 * normal < bulge / 5


def test_a_cropped_side_is_no_matter_of_looks(
    memory: AssetMemory, normal_score: float, opened: Callable[[Points], Cloud]
) -> None:
    points = stairs(4)

    assert memory.score_asset(opened(points[points[:, 0] < 3.2])).raw_score < 1.5 * normal_score


class Scripted:
    """Says of every picture the next of some distances. An `Expert` and its `Memory`."""

    name = "scripted"
    version = "1"

    def __init__(self, said: Iterator[float]) -> None:
        self._said = said
        self.n_references: list[int] = []

    def learn(self, references_hwc: Sequence[UInt8Image], *, per_place: bool) -> Scripted:
        self.n_references.append(len(references_hwc))
        return self

    def score(
        self, images_hwc: Sequence[UInt8Image], *, exclude: Sequence[int | None] = ()
    ) -> list[ExpertScore]:
        (image,) = images_hwc
        said = next(self._said)
        return [ExpertScore(said, np.full(image.shape[:2], said, dtype=np.float32))]


def sheets(seed: int) -> Surface:
    """Two sheets of 2 x 2, a spacing of 0.045, one at z = 0.5 and one at z = -0.5."""
    points = np.random.default_rng(seed).uniform(-1, 1, (4_000, 3))
    points[:, 2] = np.where(np.arange(4_000) % 2, 0.5, -0.5)
    return Surface(points, normals_of(points), np.arange(4_000), spacing_of(points))


def lens(camera: str) -> Lens:
    """100 px show 4 units."""
    axes = axes_of(PictureName(camera).camera, np.eye(3))
    return Lens(axes, np.zeros(3), 25.0, (-50.0, -50.0), 100, 100)


def test_each_view_speaks_of_the_points_that_it_sees() -> None:
    scripted = Scripted(iter([1.0, 10.0, 5.0, 30.0, 7.0, 40.0]))
    cameras = ("az000el+90", "az090el+90", "az000el-90")
    eyes = Eyes(scripted, tuple(lens(one) for one in cameras), ("lit", "distances"), 2.0)
    seen = sheets(0)

    told = unlikeness(seen, [sheets(1), sheets(2)], eyes)

    inside = np.abs(seen.points_n3[:, :2]).max(axis=1) < 0.9
    upper = seen.points_n3[:, 2] > 0
    for mine, said in (
        (inside & upper, [1, 10, 5, 30, NAN, NAN]),
        (inside & ~upper, [NAN, NAN, NAN, NAN, 7, 40]),
    ):
        np.testing.assert_equal(told[mine], [said] * int(mine.sum()))
    assert scripted.n_references == [2] * 6


def test_what_noise_does_not_explain_is_the_mean_of_the_views_that_tell() -> None:
    """Normal drawings show 3 and 4 in the views from above: 5 are 3 and 4 more, in squares."""
    eyes = Eyes(
        Scripted(iter([3.0, 4.0, 3.0, 4.0])),
        (lens("az000el+90"), lens("az090el+90")),
        ("lit",),
        2.0,
    )
    learnt = ViewsLearnt([sheets(0)], eyes)
    told = np.full((4_000, 2), NAN, dtype=np.float32)
    told[1::2] = [3, 4]  # the upper sheet
    told[1] = [5, NAN]
    told[3] = [5, 4]

    excess = learnt._excess(sheets(0), told)

    assert excess[[1, 3], 0] == pytest.approx([4 / 3, 2 / 3], abs=1e-3)
    assert np.delete(excess, [1, 3], axis=0) == pytest.approx(0, abs=1e-3)


def test_near_to_missing_surface_a_view_says_nothing() -> None:
    """A picture of 100 px: patches look 10 px, 0.4 units, beyond a side cropped at x = 0.

    What a scan lacks begins 2 spacings of 0.05 behind its edge, and half a square later.
    """
    eyes = Eyes(Scripted(iter([1.0])), (lens("az000el+90"),), ("lit",), 2.0)
    whole = sheets(0)
    seen = whole.some(np.flatnonzero((whole.points_n3[:, 0] < 0) & (whole.points_n3[:, 2] > 0)))

    (told,) = unlikeness(seen, [sheets(1)], eyes).T

    x, y, _ = seen.points_n3.T
    assert np.isnan(told[x > -0.15]).all()
    assert (told[(x < -0.6) & (x > -0.9) & (np.abs(y) < 0.9)] == 1).all()


def test_of_surface_that_was_displaced_a_view_speaks() -> None:
    """A dome 0.4 high, 8 spacings: the sheet is nowhere near to it, and yet it was scanned."""
    eyes = Eyes(Scripted(iter([1.0])), (lens("az000el+90"),), ("lit",), 2.0)
    seen = sheets(0)
    apart = np.linalg.norm(seen.points_n3[:, :2], axis=1)
    dome = (apart < 0.5) & (seen.points_n3[:, 2] > 0)
    seen.points_n3[dome, 2] += 0.4 * np.cos(np.pi * apart[dome]) ** 2

    (told,) = unlikeness(seen, [sheets(1)], eyes).T

    assert (told[dome] == 1).mean() > 0.95


def test_a_wrong_look_and_too_few_points_are_told() -> None:
    patches = PatchMemory(EmbeddedPatches())
    with pytest.raises(ValueError, match="looks must be some of lit, distances"):
        CloudViews(patches, looks=("normals",))
    with pytest.raises(ValueError, match="max_points must be at least 200"):
        CloudViews(patches, max_points=10)


def test_it_is_built_by_its_name_and_only_where_it_is_asked_for() -> None:
    built = build_expert("views", ExpertChoice())

    assert isinstance(built, AssetExpert)
    assert (built.name, built.modality) == ("views", "point_cloud")
    assert "views" not in UNASKED
