from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tools.assets.clouds import open_cloud
from tools.assets.clouds.headers import check_pcd
from tools.assets.clouds.open3d_library import missing_library, open3d
from tools.assets.opening import open_asset

POINTS = np.array([[0, 0, 0], [3, 0, 0], [0, 2, 0], [0, 0, 1], [3, 2, 1]], dtype=np.float64)
ROWS = "".join(f"{x:g} {y:g} {z:g}\n" for x, y, z in POINTS)
PLY = (
    "ply\nformat {kind} 1.0\nelement vertex 5\nproperty float x\nproperty float y\n"
    "property float z\n{faces}end_header\n"
)
FACES = "element face 2\nproperty list uchar int vertex_indices\n"
PCD = (
    "# .PCD v0.7\nVERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\n"
    "WIDTH 5\nHEIGHT 1\nVIEWPOINT 1 2 3 1 0 0 0\nPOINTS 5\nDATA {kind}\n"
)


def text_ply() -> bytes:
    return (PLY.format(kind="ascii", faces="") + ROWS).encode()


def binary_ply() -> bytes:
    head = PLY.format(kind="binary_little_endian", faces="")
    return head.encode() + POINTS.astype("<f4").tobytes()


def text_pcd() -> bytes:
    return (PCD.format(kind="ascii") + ROWS).encode()


def binary_pcd() -> bytes:
    return PCD.format(kind="binary").encode() + POINTS.astype("<f4").tobytes()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("part.ply", text_ply()),
        ("part.ply", binary_ply()),
        ("part.pcd", text_pcd()),
        ("part.pcd", binary_pcd()),
        ("part.xyz", ROWS.encode()),
        ("part.xyz", b"# made by hand\nx,y,z\n" + ROWS.replace(" ", ",").encode()),
        ("part.obj", "".join(f"v {row}\n" for row in ROWS.splitlines()).encode()),
    ],
)
def test_every_format_gives_the_points_in_the_order_of_the_file(
    tmp_path: Path, name: str, data: bytes
) -> None:
    (tmp_path / name).write_bytes(data)

    opened = open_cloud(tmp_path / name)

    np.testing.assert_array_equal(opened.shape.points_n3, POINTS)
    assert opened.asset.size == [5, 0]
    assert opened.asset.sha256 == hashlib.sha256(data).hexdigest()


def test_polygons_become_triangles_and_points_without_faces_stay(tmp_path: Path) -> None:
    (tmp_path / "part.obj").write_text(
        "v 0 0 0\nv 1 0 0\nv 9 9 9\nv 1 1 0\nv 0 1 0\nvn 0 0 1\nf 1//1 2//1 -2//1 5//1\n"
    )

    opened = open_cloud(tmp_path / "part.obj")

    assert opened.asset.size == [5, 2]
    assert opened.shape.faces_f3.tolist() == [[0, 1, 3], [0, 3, 4]]


def test_the_faces_of_a_ply_are_read(tmp_path: Path) -> None:
    data = PLY.format(kind="ascii", faces=FACES) + ROWS + "3 0 1 2\n4 0 1 4 2\n"
    (tmp_path / "part.ply").write_text(data)

    assert open_cloud(tmp_path / "part.ply").shape.faces_f3.tolist() == [
        [0, 1, 2],
        [0, 1, 4],
        [0, 4, 2],
    ]


TRIANGLES = np.array(
    [[[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[1, 0, 0], [0, 0, 0], [0, 0, 1]]], dtype=np.float32
)


def binary_stl(head: bytes = b"made by hand") -> bytes:
    faces = b"".join(
        struct.pack("<3f", 0, 0, 1) + triangle.astype("<f4").tobytes() + b"\0\0"
        for triangle in TRIANGLES
    )
    return head.ljust(80, b" ") + struct.pack("<I", len(TRIANGLES)) + faces


def text_stl() -> bytes:
    lines = ["solid part"]
    for triangle in TRIANGLES:
        lines += ["facet normal 0 0 1", "outer loop"]
        lines += [f"vertex {x:g} {y:g} {z:g}" for x, y, z in triangle]
        lines += ["endloop", "endfacet"]
    return "\n".join([*lines, "endsolid part", ""]).encode()


@pytest.mark.parametrize("data", [binary_stl(), binary_stl(b"solid by name only"), text_stl()])
def test_corners_of_an_stl_at_one_place_are_one_vertex(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "part.stl").write_bytes(data)

    opened = open_cloud(tmp_path / "part.stl")

    assert opened.shape.points_n3.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert opened.shape.faces_f3.tolist() == [[0, 1, 2], [1, 0, 3]]
    assert opened.notes == ("6 corners of triangles merged to 4 vertices",)


def test_colours_of_a_text_file_are_kept(tmp_path: Path) -> None:
    rows = [f"{row} {20 * i} 0 255" for i, row in enumerate(ROWS.splitlines())]
    (tmp_path / "part.xyz").write_text("\n".join(rows))

    colours = open_cloud(tmp_path / "part.xyz").shape.colours_n3

    assert colours is not None
    assert colours.tolist() == [[20 * i, 0, 255] for i in range(5)]


def test_further_columns_that_are_no_colours_are_let_be(tmp_path: Path) -> None:
    (tmp_path / "part.xyz").write_text("\n".join(f"{row} 0.5 0 1" for row in ROWS.splitlines()))

    assert open_cloud(tmp_path / "part.xyz").shape.colours_n3 is None


def test_a_pcd_says_where_its_sensor_stood() -> None:
    assert check_pcd(text_pcd()).viewpoint_xyz == (1.0, 2.0, 3.0)


def test_every_real_scan_opens_and_shows_itself(shared_data: Path) -> None:
    for name, n_elements in (("bun_zipper_res3.ply", 1889), ("milk.pcd", 12_575)):
        opened = open_asset(shared_data / "pointclouds" / name)

        assert opened.asset.size[0] == n_elements
        picture = opened.picture(opened.names[0])
        assert picture.read(picture.window_xyxy).any()


def test_a_pose_of_maps_does_not_blur_a_cloud(xyz: Callable[..., Path]) -> None:
    rng = np.random.default_rng(0)
    near = rng.random((500, 3))

    far = open_cloud(xyz(near + np.array([512_700, 5_403_000, 300]), "far.xyz"))

    # A text file of 9 digits keeps millimetres of 5,000 km.
    assert far.shape.spacing == pytest.approx(open_cloud(xyz(near)).shape.spacing, rel=0.1)


def test_open3d_is_loaded_once() -> None:
    assert open3d() is open3d()


def test_a_library_that_is_missing_is_named() -> None:
    error = ImportError("libusb-1.0.so.0: cannot open shared object file: No such file")

    assert missing_library(error) == (
        "Open3D needs the system library libusb-1.0.so.0: install Loupe's extra [pointcloud] "
        "(pip install '.[pointcloud]'), or libusb-1.0-0 by apt"
    )
    assert "libGL.so.1" in missing_library(ImportError("libGL.so.1: cannot open"))
