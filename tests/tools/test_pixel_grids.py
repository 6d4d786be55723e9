"""Places on a photograph of 40 x 30 px and on the scan of the same pixels, by hand."""

from __future__ import annotations

import pytest

from tools.pixel_grids import grid_overlap
from tools.records import Asset, AssetPart, ImageExtent, PointExtent

WIDTH, HEIGHT = 40, 30


def unit(scan: str = "a.tiff", n_points: int = WIDTH * HEIGHT) -> Asset:
    parts = [
        AssetPart(
            name="rgb", path="a.png", sha256="0" * 64, modality="image", size=[WIDTH, HEIGHT]
        ),
        AssetPart(
            name="xyz", path=scan, sha256="1" * 64, modality="point_cloud", size=[n_points, 0]
        ),
    ]
    return Asset(path="u", sha256="2" * 64, modality="several", size=[2], parts=parts)


def on_scan(columns: range, rows: range) -> PointExtent:
    indices = [row * WIDTH + column for row in rows for column in columns]
    return PointExtent(
        point_indices=indices, centre_xyz=[0, 0, 0], extent_xyz=[1, 1, 0], part="xyz"
    )


def on_picture(box: list[float]) -> ImageExtent:
    return ImageExtent(box_xyxy=box, part="rgb")


@pytest.mark.parametrize(
    ("box", "share"),
    [
        ([10.0, 5.0, 20.0, 15.0], 1.0),  # the same ten by ten pixels
        ([15.0, 5.0, 25.0, 15.0], 0.5),  # five columns of them
        ([0.0, 0.0, 40.0, 30.0], 1.0),  # all of them lie in it
        ([20.0, 5.0, 30.0, 15.0], 0.0),  # beside them
    ],
)
def test_a_box_and_points_of_one_grid_share_pixels(box: list[float], share: float) -> None:
    place = on_scan(range(10, 20), range(5, 15))

    assert grid_overlap(on_picture(box), place, unit()) == share
    assert grid_overlap(place, on_picture(box), unit()) == share


def test_other_files_and_other_sizes_have_no_common_grid() -> None:
    place, box = on_scan(range(10, 20), range(5, 15)), on_picture([10.0, 5.0, 20.0, 15.0])

    assert grid_overlap(box, place, unit("a.ply")) == 0.0
    assert grid_overlap(box, place, unit(n_points=900)) == 0.0
    assert grid_overlap(box, box, unit()) == 0.0
