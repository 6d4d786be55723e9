"""Opens a point cloud or mesh, or says in one line why not. Knows nothing of views."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from tools.assets.clouds.cloud import Cloud
from tools.assets.clouds.geometry import MAX_POINTS, Content, Float64Array, UInt8Array
from tools.assets.clouds.headers import Header, HeaderError, check_pcd, check_ply
from tools.assets.clouds.open3d_library import open3d
from tools.assets.clouds.plain_formats import NO_FACES, FormatError, read_obj, read_stl, read_xyz
from tools.assets.clouds.shapes import ShapeError, shape_of
from tools.assets.clouds.tiff import read_tiff
from tools.errors import AssetError
from tools.records import Asset
from tools.told_names import no_such_file

MAX_BYTES = 2_000_000_000
LARGEST_COORDINATE = 1e12
INFINITE = re.compile(rb"(?<=\s)[+-]?inf(?:inity)?(?=\s)", re.IGNORECASE)


def open_cloud(path: Path, *, cameras: Sequence[str] = ()) -> Cloud:
    """Open a point cloud or mesh.

    Args:
        path: ply, pcd, xyz, stl, obj, or a tiff of coordinates.
        cameras: names of the pictures that show it (`tools.assets.clouds.cameras`); the default
            nine where empty.

    Raises:
        AssetError: one line with the file, the constraint, the value and what to do.
    """
    data = _bytes_of(path)
    try:
        content = _read(path, data)
        _check(content)
        served = shape_of(content)
    except (HeaderError, FormatError) as error:
        raise AssetError(
            f"{path}: damaged or incomplete {_format(path)} ({error}); save the cloud again"
        ) from error
    except ShapeError as error:
        raise AssetError(f"{path}: {error}; scan the part again") from error
    asset = Asset(
        path=str(path),
        sha256=hashlib.sha256(data).hexdigest(),
        modality="point_cloud",
        size=[served.shape.n_elements, len(content.faces_f3)],
    )
    return Cloud.opened(
        asset,
        served.shape,
        content=content,
        notes=[*content.notes, *served.notes],
        cameras=cameras,
    )


def _bytes_of(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise AssetError(f"{path}: a folder, not a file; give the clouds in it, or a glob")
        if path.exists() and not path.is_file():
            raise AssetError(f"{path}: must be a regular file, is a device or pipe; save a copy")
        n_bytes = path.stat().st_size
        if n_bytes > MAX_BYTES:
            raise AssetError(
                f"{path}: a cloud may have {MAX_BYTES} bytes, has {n_bytes}; thin it out"
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise AssetError(f"{path}: {no_such_file(path)}") from error
    except PermissionError as error:
        raise AssetError(f"{path}: may not be read; grant read permission") from error
    except (OSError, ValueError) as error:
        raise AssetError(f"{str(path)!r}: cannot be opened ({error}); check it") from error
    if not data.strip():
        raise AssetError(f"{path}: the file is empty ({len(data)} bytes); save the cloud again")
    return data


def _format(path: Path) -> str:
    return path.suffix.lower().lstrip(".") or "file"


def _read(path: Path, data: bytes) -> Content:
    """By content where that tells, else by name."""
    if data.startswith((b"ply\n", b"ply\r\n")):
        return _read_ply(data)
    if b"DATA " in data[:4096] and b"FIELDS" in data[:4096]:
        return _read_pcd(data)
    readers: dict[str, Callable[[bytes], Content]] = {
        "xyz": read_xyz,
        "obj": read_obj,
        "stl": read_stl,
        "tif": read_tiff,
        "tiff": read_tiff,
    }
    if _format(path) in readers:
        return readers[_format(path)](data)
    raise FormatError("it does not begin as one")


def _read_ply(data: bytes) -> Content:
    header = check_ply(data)
    _check_count(header)
    with tempfile.NamedTemporaryFile(suffix=".ply") as copy:
        # Its reader stops at an infinite number in text, and leaves what follows unset.
        _fill(copy.name, INFINITE.sub(b"nan", data) if header.kind == "ascii" else data)
        library = open3d()
        if header.n_faces:
            read = library.io.read_triangle_mesh(copy.name)
            points, faces = np.asarray(read.vertices), np.asarray(read.triangles, dtype=np.int64)
            colours = np.asarray(read.vertex_colors)
        else:
            read = library.io.read_point_cloud(copy.name)
            points, faces, colours = np.asarray(read.points), NO_FACES, np.asarray(read.colors)
    if len(points) != header.n_points or (header.n_faces and not len(faces)):
        raise FormatError(
            f"its header promises {header.n_points} points and {header.n_faces} faces, "
            f"{len(points)} and {len(faces)} can be read"
        )
    return Content(points_n3=points, faces_f3=faces, colours_n3=_bytes_colours(colours))


def _read_pcd(data: bytes) -> Content:
    header = check_pcd(data)
    _check_count(header)
    with tempfile.NamedTemporaryFile(suffix=".pcd") as copy:
        _fill(copy.name, data)
        read = open3d().io.read_point_cloud(copy.name)
    points = np.asarray(read.points)
    if len(points) != header.n_points:
        raise FormatError(f"its header promises {header.n_points} points, {len(points)} are read")
    organised = header.height > 1
    notes = [f"a grid of {header.width} x {header.height} points"] if organised else []
    n_unseen = int((~np.isfinite(points).all(axis=1)).sum())
    if organised and n_unseen:
        notes.append(f"{n_unseen} points of the grid are not numbers: nothing was seen there")
    return Content(
        points_n3=points,
        faces_f3=NO_FACES,
        colours_n3=_bytes_colours(np.asarray(read.colors)),
        sensor_xyz=header.viewpoint_xyz,
        organised=organised,
        notes=notes,
    )


def _fill(path: str, data: bytes) -> None:
    """What was checked is what is read, also where the file changes meanwhile."""
    Path(path).write_bytes(data)


def _check_count(header: Header) -> None:
    if header.n_points > MAX_POINTS:
        raise FormatError(f"{header.n_points} points, at most {MAX_POINTS} are read")


def _bytes_colours(colours_n3: Float64Array) -> UInt8Array | None:
    if not len(colours_n3):
        return None
    return np.asarray(np.rint(np.clip(colours_n3, 0, 1) * 255), dtype=np.uint8)


def _check(content: Content) -> None:
    n = len(content.points_n3)
    if n > MAX_POINTS:
        raise FormatError(f"{n} points, at most {MAX_POINTS} are read")
    if n == 0:
        raise ShapeError("has no points")
    faces = content.faces_f3
    if len(faces) and (faces.min() < 0 or faces.max() >= n):
        raise FormatError(f"a face names point {int(faces.max())}, there are {n}")
    finite = content.points_n3[np.isfinite(content.points_n3).all(axis=1)]
    if len(finite) and np.abs(finite).max() > LARGEST_COORDINATE:
        raise FormatError(f"a coordinate of {np.abs(finite).max():g} is none")
