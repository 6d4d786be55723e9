from __future__ import annotations

import pytest

from tools.assets.clouds.chosen_cameras import chosen_cameras


def test_the_set_of_cpmf_has_27_cameras_turned_by_nought_and_15_degrees() -> None:
    cameras = chosen_cameras(["cpmf"])

    assert len(cameras) == 27
    assert cameras[0] == "turn+00+00+00"
    assert {name[4:7] for name in cameras} == {"+00", "-15", "+15"}


def test_a_list_is_taken_in_its_order_and_each_camera_once() -> None:
    assert chosen_cameras(["az090el+00", "az000el+90", "az090el+00"]) == (
        "az090el+00",
        "az000el+90",
    )
    assert chosen_cameras([]) == ()


@pytest.mark.parametrize("name", ["top", "az400el+00", "az045el+35@0,0,9,9"])
def test_what_is_no_camera_is_named_with_what_one_looks_like(name: str) -> None:
    with pytest.raises(ValueError, match=r"is no camera; name around, facing, cpmf"):
        chosen_cameras([name])
