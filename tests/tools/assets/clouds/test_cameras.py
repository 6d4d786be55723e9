from __future__ import annotations

import numpy as np
import pytest

from tools.assets.clouds.cameras import (
    AROUND,
    CPMF,
    FACING,
    SIDEWAYS,
    PictureName,
    axes_of,
    front_of,
    label_of,
    parse_name,
)

EVERY = (*AROUND, *FACING, *CPMF)


def test_there_are_nine_cameras_by_default_and_27_of_cpmf() -> None:
    assert (len(set(AROUND)), len(set(FACING)), len(set(CPMF))) == (9, 9, 27)


@pytest.mark.parametrize("camera", EVERY)
def test_the_axes_of_every_camera_are_a_right_handed_rotation(camera: str) -> None:
    axes = axes_of(camera, SIDEWAYS)

    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.cross(axes[0], axes[1]), axes[2], atol=1e-12)


def test_from_azimuth_0_x_comes_to_the_viewer_and_z_is_up() -> None:
    right, down, away = axes_of("az000el+00", SIDEWAYS)

    assert right.tolist() == [0, 1, 0]
    assert down.tolist() == [0, 0, -1]
    assert away.tolist() == [-1, 0, 0]


def test_from_above_the_viewer_looks_down_the_z_axis() -> None:
    np.testing.assert_allclose(axes_of("az000el+90", SIDEWAYS)[2], [0, 0, -1], atol=1e-12)


def test_a_part_turned_left_shows_what_was_at_its_right_nearer() -> None:
    right, _, away = axes_of("turn+00+30+00", np.eye(3))

    # Turning around the axis that points down moves the near side to the left, the right near.
    at_right = np.array([1.0, 0.0, 0.0])
    assert at_right @ away == pytest.approx(-0.5)
    assert at_right @ right == pytest.approx(np.cos(np.radians(30)))


def test_every_direction_is_seen_by_some_default_camera_within_60_degrees() -> None:
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(2_000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    towards = np.stack([-axes_of(camera, SIDEWAYS)[2] for camera in AROUND])

    assert (directions @ towards.T).max(axis=1).min() > np.cos(np.radians(60))


@pytest.mark.parametrize(
    "name",
    [
        "az045el+35",
        "az270el-35/depth",
        "turn+15-15+00",
        "az000el+90@10,20,30.5,40",
        "turn-30+30+00/depth@-1.25,0,600,599.125",
    ],
)
def test_a_name_says_all_that_it_was_made_of(name: str) -> None:
    assert str(parse_name(name)) == name


def test_a_name_is_read_into_its_parts() -> None:
    assert parse_name("az045el-05/depth@1,2,3,4.5") == PictureName(
        "az045el-05", True, (1.0, 2.0, 3.0, 4.5)
    )


@pytest.mark.parametrize(
    "name",
    ["", "front", "az45el35", "az360el+00", "az000el+91", "az000el+00@3,0,3,4", "az000el+00@1,2,3"],
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(KeyError):
        parse_name(name)


def box_at(middle: tuple[float, float, float]) -> np.ndarray:
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
    return np.asarray(corners + np.asarray(middle))


def test_a_sensor_that_looks_along_z_sees_y_downwards() -> None:
    front = front_of(box_at((0, 0, 5)), (0.0, 0.0, 0.0), organised=False)

    assert front is not None
    assert front.tolist() == np.diag([1.0, 1.0, 1.0]).tolist()


def test_a_sensor_that_looks_against_z_sees_y_upwards() -> None:
    front = front_of(box_at((0, 0, -5)), (0.0, 0.0, 0.0), organised=False)

    assert front is not None
    assert front.tolist() == np.diag([1.0, -1.0, -1.0]).tolist()


@pytest.mark.parametrize("middle", [(0, 0, 0), (0, 0, 1), (9, 0, 1), (0, 0, 4000)])
def test_an_origin_within_beside_or_far_from_the_part_is_no_sensor(
    middle: tuple[float, float, float],
) -> None:
    assert front_of(box_at(middle), (0.0, 0.0, 0.0), organised=False) is None


def test_where_a_camera_stands_is_told_in_words() -> None:
    assert label_of("az000el+90") == "seen from above"
    assert label_of("az045el-35") == "seen from azimuth 45 degrees, 35 degrees below the xy plane"
    assert label_of("turn+00+00+00") == "seen from the sensor"
    assert label_of("turn+15-30+00") == (
        "seen from the sensor, turned 15 degrees forwards and 30 degrees right"
    )
