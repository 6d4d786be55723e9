from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.asset_ports import AssetPort, PicturePort
from tools.assets.clouds import open_cloud
from tools.assets.clouds.cloud import Cloud
from tools.errors import ToolError
from tools.records import ImageExtent, PointExtent

ABOVE = "az000el+90"
Points = NDArray[np.float64]


def plate(side: int = 60) -> Points:
    """A square grid of side 59 in the xy plane."""
    x, y = np.meshgrid(np.arange(side, dtype=float), np.arange(side, dtype=float))
    return np.stack([x.ravel(), y.ravel(), np.zeros(side * side)], axis=1)


def test_a_cloud_is_an_asset_and_its_pictures_are_pictures(cloud: Callable[..., Cloud]) -> None:
    opened: AssetPort = cloud(plate())
    picture: PicturePort = opened.picture(opened.names[0])

    assert opened.asset.modality == "point_cloud"
    assert opened.asset.size == [3600, 0]
    assert len(opened.names) == 9
    assert picture.asset == opened.asset
    assert picture.name == opened.names[0]


def test_a_region_leads_to_points_and_back_within_a_pixel(cloud: Callable[..., Cloud]) -> None:
    picture = cloud(plate()).picture(ABOVE)
    centres = picture.centres(np.arange(3600))
    for index in (0, 59, 1830, 3599):
        x, y = np.floor(centres[index]).tolist()

        extent = picture.extent([x, y, x + 1, y + 1])
        box = picture.box_of(extent)

        assert extent.point_indices == [index]
        assert box is not None
        middle = np.array([box[0] + box[2], box[1] + box[3]]) / 2
        assert np.abs(middle - centres[index]).max() <= 1


def test_an_extent_tells_centre_box_and_diameter_in_the_units_of_the_file(
    cloud: Callable[..., Cloud],
) -> None:
    opened = cloud(plate() / 10 + 5)

    extent = opened.picture(ABOVE).extent(opened.picture(ABOVE).window_xyxy)

    assert extent.point_indices == list(range(3600))
    np.testing.assert_allclose(extent.centre_xyz, [7.95, 7.95, 5.0])
    np.testing.assert_allclose(extent.extent_xyz, [5.9, 5.9, 0.0])
    diagonal = 5.9 * np.sqrt(2)
    assert 0.999 * diagonal <= extent.diameter <= 1.01 * diagonal


def test_a_mask_takes_its_own_pixels_only(cloud: Callable[..., Cloud]) -> None:
    picture = cloud(plate()).picture(ABOVE)
    width_px, height_px = picture.size
    mask = np.zeros((height_px, width_px), dtype=np.bool_)
    mask[: height_px // 2] = True

    upper = picture.extent(picture.window_xyxy, mask)

    assert len(upper.point_indices) == 1800
    assert set(upper.point_indices).isdisjoint(
        picture.extent(picture.window_xyxy, ~mask).point_indices
    )


def test_background_is_no_extent(cloud: Callable[..., Cloud]) -> None:
    with pytest.raises(ValueError, match="shows nothing of the part"):
        cloud(plate()).picture(ABOVE).extent([0, 0, 5, 5])


def test_closer_is_the_same_place_larger_and_has_a_name_that_makes_it_again(
    cloud: Callable[..., Cloud],
) -> None:
    opened = cloud(plate())
    whole = opened.picture(ABOVE)
    window = [100.0, 120.0, 180.0, 160.0]

    near = whole.closer(window)
    nearer = near.closer([0, 0, *(side / 2 for side in near.size)])

    assert near.name == "az000el+90@100,120,180,160"
    assert near.size == [320, 160]
    assert nearer.name == "az000el+90@100,120,140,140"
    assert near.extent(near.window_xyxy) == whole.extent(window)
    np.testing.assert_array_equal(
        opened.picture(near.name).read(near.window_xyxy), near.read(near.window_xyxy)
    )


def test_nothing_is_no_closer_picture(cloud: Callable[..., Cloud]) -> None:
    with pytest.raises(ValueError, match="shows nothing"):
        cloud(plate()).picture(ABOVE).closer([0, 0, 4, 4])


def test_scores_are_painted_where_their_points_are_seen(cloud: Callable[..., Cloud]) -> None:
    picture = cloud(plate()).picture(ABOVE)
    scores = np.full(3600, 0.5, dtype=np.float32)
    scores[1830], scores[10] = 3.0, np.nan

    painted = picture.paint(scores)

    x, y = np.floor(picture.centres(np.array([1830]))[0]).astype(int)
    assert painted[y, x] == 3.0
    assert painted[0, 0] == 0
    assert sorted(np.unique(painted).tolist()) == [0.0, 0.5, 3.0]


def test_scores_must_be_one_for_each_point(cloud: Callable[..., Cloud]) -> None:
    with pytest.raises(ValueError, match="one for each of 3600 points"):
        cloud(plate()).picture(ABOVE).paint(np.zeros(7, dtype=np.float32))


def test_points_that_were_dropped_keep_their_number(cloud: Callable[..., Cloud]) -> None:
    points = plate(20)
    points[3] = np.nan
    points[7] = points[6]

    opened = cloud(points)

    assert opened.notes == (
        "1 points that are not numbers are not looked at",
        "1 points at the place of another one are not looked at",
    )
    seen = opened.picture(ABOVE).extent(opened.picture(ABOVE).window_xyxy)
    assert seen.point_indices == [i for i in range(400) if i not in (3, 7)]
    assert opened.picture(ABOVE).paint(np.ones(400, dtype=np.float32)).max() == 1


def test_places_are_connected_points_the_worst_first(cloud: Callable[..., Cloud]) -> None:
    scores = np.zeros(3600, dtype=np.float32)
    scores[[0, 1, 60, 61]] = 2.0
    scores[[3000, 3001, 3060, 3061, 3062]] = 5.0
    scores[1830] = 9.0  # one point is a speck

    found = cloud(plate()).places(scores, level=1.0)

    assert [place.extent.model_dump()["point_indices"] for place in found] == [
        [3000, 3001, 3060, 3061, 3062],
        [0, 1, 60, 61],
    ]
    assert [place.score for place in found] == [5.0, 2.0]


def test_a_cube_has_the_area_and_volume_of_a_cube(tmp_path: Path, cube: str) -> None:
    (tmp_path / "cube.obj").write_text(cube)
    opened = open_cloud(tmp_path / "cube.obj")

    measured = {name: opened.measure(name).value for name in opened.quantities()}

    assert measured == pytest.approx(
        {
            "size_x": 2,
            "size_y": 2,
            "size_z": 2,
            "diameter": 2 * np.sqrt(3),
            "n_points": 8,
            "area": 24,
            "volume": 8,
        }
    )
    assert opened.measure("volume").unit == "units^3"
    assert opened.beyond("area", low=0, high=1) == ()


def test_an_open_mesh_has_no_volume(tmp_path: Path, cube: str) -> None:
    (tmp_path / "open.obj").write_text(cube.replace("f 1 2 4 3\n", ""))
    opened = open_cloud(tmp_path / "open.obj")

    assert "volume" not in opened.quantities()
    with pytest.raises(ToolError, match="'volume' is not measured on this; there are size_x"):
        opened.measure("volume")


def test_part_of_a_cube_is_measured_within_its_extent(tmp_path: Path, cube: str) -> None:
    (tmp_path / "cube.obj").write_text(cube)
    opened = open_cloud(tmp_path / "cube.obj")
    side = PointExtent(point_indices=[0, 1, 2, 3], centre_xyz=[0, 1, 1], extent_xyz=[0, 2, 2])

    assert opened.measure("area", side).value == pytest.approx(4)
    assert opened.measure("size_x", side).value == 0
    with pytest.raises(ToolError, match="on the whole mesh only"):
        opened.measure("volume", side)
    with pytest.raises(ToolError, match="is of a image"):
        opened.measure("area", ImageExtent(box_xyxy=[0, 0, 1, 1]))


def test_rays_hit_the_near_face_of_a_cube_and_show_its_nearest_corner(
    tmp_path: Path, cube: str
) -> None:
    (tmp_path / "cube.obj").write_text(cube)
    picture = open_cloud(tmp_path / "cube.obj").picture(ABOVE)
    middle = picture.size[0] // 2

    # From above: x comes towards the lower edge, y to the right; z is 2 at odd numbers.
    assert picture.extent([middle - 9, middle - 9, middle - 8, middle - 8]).point_indices == [1]
    assert picture.extent([middle + 8, middle + 8, middle + 9, middle + 9]).point_indices == [7]
    assert picture.extent(picture.window_xyxy).point_indices == [1, 3, 5, 7]


def test_an_extent_of_another_modality_is_nowhere_on_a_cloud(
    cloud: Callable[..., Cloud],
) -> None:
    assert cloud(plate()).picture(ABOVE).box_of(ImageExtent(box_xyxy=[0, 0, 1, 1])) is None


def test_depth_pictures_have_one_grey_for_one_distance(cloud: Callable[..., Cloud]) -> None:
    points = np.concatenate([plate(), plate() * [0.5, 0.5, 0] + [0, 0, 30]])

    image = cloud(points).picture(f"{ABOVE}/depth").read([0, 0, 320, 320])

    greys = np.unique(image[image > 0])
    assert greys.max() > greys.min() + 50  # near is light
    assert (image[..., 0] == image[..., 2]).all()


def test_a_given_list_of_pictures_shows_the_cloud(xyz: Callable[..., Path]) -> None:
    path = xyz(plate())

    assert open_cloud(path, cameras=("az010el-20",)).names == ("az010el-20",)
    with pytest.raises(KeyError):
        open_cloud(path, cameras=("from the moon",))
