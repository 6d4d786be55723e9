"""Every bad cloud gets one line that names the file, what is wrong with it and what to do."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tools.assets.clouds import open_cloud
from tools.assets.clouds.frame import side_px_of
from tools.errors import AssetError

PLY = (
    "ply\nformat ascii 1.0\nelement vertex {n}\nproperty float x\nproperty float y\n"
    "property float z\nend_header\n"
)
FACED = PLY.replace(
    "end_header", "element face 1\nproperty list uchar int vertex_indices\nend_header"
)
PCD = (
    "VERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\n"
    "WIDTH {n}\nHEIGHT {high}\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS {n}\nDATA {kind}\n"
)
ROWS = "0 0 0\n1 0 0\n0 1 0\n0 0 1\n1 1 1\n"


class Row(NamedTuple):
    name: str
    data: bytes
    says: str


def row(name: str, data: str | bytes, says: str) -> Row:
    return Row(name, data.encode() if isinstance(data, str) else data, says)


STL = b" " * 80 + struct.pack("<I", 9) + b"\0" * 60
BAD = [
    row("empty.ply", "", "the file is empty"),
    row("blank.xyz", "\n \n", "the file is empty"),
    row("no_points.ply", PLY.format(n=0), "has no points"),
    row("one.xyz", "1 2 3\n", "has 1 points at different places, must have 4"),
    row("one_place.xyz", "1 2 3\n" * 9, "has 1 points at different places"),
    row("nan.xyz", "nan nan nan\n" * 9, "has 0 points at different places"),
    row("text.xyz", "0 0 0\n1 O 0\n0 1 0\n", "line 2 has text where a number is expected: b'O'"),
    row("ragged.xyz", "0 0 0\n1 0\n0 1 0\n", "line 2 has 2 columns, the first 3"),
    row("flat.xyz", "0 0\n1 0\n", "has 2 columns, not x, y and z"),
    row("huge.xyz", ROWS + "1e300 0 0\n", "a coordinate of 1e+300 is none"),
    row("short.ply", PLY.format(n=9) + ROWS, "its header promises 9 rows, it has 5"),
    row("long.ply", PLY.format(n=3) + ROWS, "its header promises 3 rows, it has 5"),
    row("text.ply", PLY.format(n=5) + ROWS.replace("1 1 1", "1 one 1"), "it says b'one'"),
    row("headless.ply", "ply\nformat ascii 1.0\n", "its header has no end_header"),
    row("no_x.ply", PLY.format(n=5).replace(" x", " u") + ROWS, "no vertices with x, y and z"),
    row("millions.ply", PLY.format(n=10**13) + ROWS, "its header has no count in"),
    row("face.ply", FACED.format(n=5) + ROWS + "3 0 1 7\n", "a face names point 7, there are 5"),
    row(
        "cut.ply",
        PLY.format(n=5).replace("ascii", "binary_little_endian").encode() + b"\0" * 40,
        "it ends after 40 of 60 promised bytes",
    ),
    row("no.ply", "this is no ply", "it does not begin as one"),
    row("short.pcd", PCD.format(n=9, high=1, kind="ascii") + ROWS, "promises 9 rows, it has 5"),
    row("grid.pcd", PCD.format(n=5, high=2, kind="ascii") + ROWS, "WIDTH 5 x HEIGHT 2"),
    row("text.pcd", PCD.format(n=5, high=1, kind="ascii") + ROWS.replace("1 1", "1 a"), "b'a'"),
    row("cut.pcd", PCD.format(n=5, high=1, kind="binary"), "it ends after 0 of 60 promised"),
    row("packed.pcd", PCD.format(n=5, high=1, kind="binary_compressed"), "0 of 8 promised bytes"),
    row("cut.stl", STL, "its header promises 9 triangles, it has 1"),
    row("stub.stl", b"binary", "it ends after 6 bytes, within the header"),
    row("no_faces.stl", b" " * 80 + struct.pack("<I", 0), "has no points"),
    row("text.stl", "solid a\nvertex 0 0 zero\nendsolid\n", "are not three numbers each"),
    row("cut_text.stl", "solid a\nfacet normal 0 0 1\n", "it ends before endsolid"),
    row("face.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n", "line 4 cannot be read: 'f 1 2 9'"),
    row("text.obj", "v 0 0 0\nv 1 x 0\n", "line 2 cannot be read: 'v 1 x 0'"),
    row("no_area.obj", "v 0 0 0\nv 1 0 0\nv 2 0 0\nv 3 0 0\nf 1 2 3\n", "none with area"),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_a_bad_cloud_gets_one_line(tmp_path: Path, bad: Row) -> None:
    path = tmp_path / bad.name
    path.write_bytes(bad.data)

    with pytest.raises(AssetError) as caught:
        open_cloud(path)

    line = str(caught.value)
    assert bad.says in line
    assert line.startswith(str(path))
    assert "\n" not in line
    assert ";" in line  # what to do


def test_what_is_not_there_or_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="no such file"):
        open_cloud(tmp_path / "none.ply")
    with pytest.raises(AssetError, match="a folder, not a file"):
        open_cloud(tmp_path)


def test_a_mesh_without_faces_is_a_cloud(tmp_path: Path) -> None:
    (tmp_path / "points.obj").write_text("".join(f"v {one}\n" for one in ROWS.splitlines()))

    assert open_cloud(tmp_path / "points.obj").asset.size == [5, 0]


def test_points_that_are_no_numbers_are_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / "part.ply").write_text(PLY.format(n=6) + "nan 0 inf\n" + ROWS)

    opened = open_cloud(tmp_path / "part.ply")

    assert opened.notes == ("1 points that are not numbers are not looked at",)
    assert opened.shape.kept_n.tolist() == [1, 2, 3, 4, 5]


def test_many_points_open_and_show_themselves(tmp_path: Path) -> None:
    # The costs of more grow with their number; evals.benchmarks.clouds opens millions.
    rng = np.random.default_rng(0)
    points = rng.random((30_000, 3), dtype=np.float32) * [1, 1, 0.01]
    head = PLY.format(n=len(points)).replace("ascii", "binary_little_endian")
    (tmp_path / "many.ply").write_bytes(head.encode() + points.astype("<f4").tobytes())

    opened = open_cloud(tmp_path / "many.ply", cameras=("az000el+90",))

    assert opened.asset.size == [30_000, 0]
    picture = opened.picture("az000el+90")
    assert picture.read(picture.window_xyxy)[80:180, 80:180].all()


def test_pictures_of_millions_of_points_are_no_larger_than_of_hundred_thousands() -> None:
    assert side_px_of(200_000) == side_px_of(10_000_000) == 640
