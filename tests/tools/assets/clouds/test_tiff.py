from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from tools.assets.clouds.background import foreground
from tools.assets.opening import modality_of, open_asset
from tools.errors import AssetError

SIDE = 60


def scene() -> NDArray[np.float64]:
    """(60, 60, 3) a tilted plane seen from the origin, a block of 20 x 20 pixels on it, a stray."""
    rows, columns = np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij")
    depth = 5 + 0.002 * rows
    depth[20:40, 20:40] -= 0.3
    depth[50:53, 10:13] -= 0.3
    grid = np.stack([(columns - 30) * 0.02, (rows - 30) * 0.02, depth], axis=2)
    grid[0, 0] = 0  # saw nothing
    return np.asarray(grid)


def write(path: Path) -> None:
    samples = scene().astype(np.float32)
    tifffile.imwrite(path, samples, photometric="minisblack", planarconfig="contig")


def test_the_block_on_the_plane_is_what_is_looked_at(tmp_path: Path) -> None:
    write(tmp_path / "part.tiff")

    opened = open_asset(tmp_path / "part.tiff")

    assert modality_of(tmp_path / "part.tiff") == "point_cloud"
    assert opened.asset.size == [SIDE * SIDE, 0]
    assert opened.notes == (
        "a grid of 60 x 60 pixels, 1 of them saw nothing",
        "3190 points on the background's plane and 9 apart from the largest cluster are not "
        "looked at",
    )
    front = opened.picture("turn+00+00+00")
    block = [row * SIDE + column for row in range(20, 40) for column in range(20, 40)]
    assert front.extent(front.window_xyxy).model_dump()["point_indices"] == block


def test_the_sensors_own_view_has_rows_downwards_and_columns_to_the_right(tmp_path: Path) -> None:
    write(tmp_path / "part.tiff")
    front = open_asset(tmp_path / "part.tiff").picture("turn+00+00+00")
    width_px, height_px = front.size

    upper_left = front.extent([0, 0, width_px / 2, height_px / 2])

    assert upper_left.modality == "point_cloud"
    places = np.array(upper_left.point_indices)
    assert (places // SIDE).max() < 31
    assert (places % SIDE).max() < 31


def test_without_a_plane_at_the_border_all_is_kept() -> None:
    rng = np.random.default_rng(0)
    grid = rng.random((SIDE, SIDE, 3))
    seen = np.ones((SIDE, SIDE), dtype=np.bool_)

    found = foreground(grid, seen)

    assert found.mask_hw.all()
    assert found.notes == ()


def test_a_truncated_tiff_is_told(tmp_path: Path) -> None:
    write(tmp_path / "part.tiff")
    whole = (tmp_path / "part.tiff").read_bytes()
    (tmp_path / "part.tiff").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(AssetError, match="damaged or incomplete"):
        open_asset(tmp_path / "part.tiff")


def test_a_tiff_of_colours_is_an_image(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "photo.tiff")

    assert modality_of(tmp_path / "photo.tiff") == "image"
