"""xyz, obj and stl files to points and faces, in the file's order.

Open3D drops lines of xyz that are no numbers, drops the points of an obj that no face uses and
reorders the others, so that indices would not be those of the file; these formats are read here.
Knows nothing of views.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np

from tools.arrays import Int64Array
from tools.assets.clouds.geometry import Content, Float64Array, UInt8Array

NO_FACES: Int64Array = np.zeros((0, 3), dtype=np.int64)
STL_HEAD_BYTES, STL_FACE_BYTES = 84, 50
STL_FACE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
MAX_COLOUR = 255


class FormatError(ValueError):
    """A file does not follow its format; one clause."""


def read_xyz(data: bytes) -> Content:
    """Rows of x, y, z and, after them, what else there is; commas or blanks between.

    Three further columns of whole numbers from 0 to 255 are colours. A first line of words is a
    heading; lines that begin with # are comments.

    Raises:
        FormatError: where a row has text or another number of columns.
    """
    lines = [line for line in data.replace(b",", b" ").replace(b";", b" ").splitlines()]
    numbered = [
        (number, line)
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith((b"#", b"//"))
    ]
    notes = []
    if numbered and not _is_number(numbered[0][1].split()[0]):
        notes.append(f"line {numbered[0][0]} is taken for a heading")
        numbered = numbered[1:]
    if not numbered:
        return Content(points_n3=np.zeros((0, 3)), faces_f3=NO_FACES, notes=notes)
    table = _table(numbered)
    return Content(
        points_n3=np.ascontiguousarray(table[:, :3]),
        faces_f3=NO_FACES,
        colours_n3=_colours(table[:, 3:6]),
        notes=notes,
    )


def _table(numbered: list[tuple[int, bytes]]) -> Float64Array:
    n_columns = len(numbered[0][1].split())
    if n_columns < 3:
        raise FormatError(f"line {numbered[0][0]} has {n_columns} columns, not x, y and z")
    words = b" ".join(line for _, line in numbered).split()
    try:
        flat = np.array(words, dtype=np.float64)
        if len(flat) == n_columns * len(numbered):
            return flat.reshape(-1, n_columns)
    except ValueError:
        pass  # looked for row by row, to name the line
    for number, line in numbered:
        row = line.split()
        wrong = next((word for word in row if not _is_number(word)), None)
        if wrong is not None:
            raise FormatError(f"line {number} has text where a number is expected: {wrong!r}")
        if len(row) != n_columns:
            raise FormatError(f"line {number} has {len(row)} columns, the first {n_columns}")
    raise FormatError("its rows differ in length")


def _is_number(word: bytes) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _colours(columns: Float64Array) -> UInt8Array | None:
    if columns.shape[1] < 3 or not np.isfinite(columns).all():
        return None
    whole = np.rint(columns)
    within = (whole >= 0).all() and (whole <= MAX_COLOUR).all() and whole.max(initial=0) > 1
    return whole.astype(np.uint8) if within and np.array_equal(whole, columns) else None


class _Obj(NamedTuple):
    points: list[list[float]]
    faces: list[tuple[int, int, int]]


def read_obj(data: bytes) -> Content:
    """Vertices (`v`) and faces (`f`) of an obj file; polygons become fans of triangles.

    Raises:
        FormatError: where a line has text or names a vertex that there is not.
    """
    read = _Obj([], [])
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        words = line.split("#", 1)[0].split()
        try:
            if words[:1] == ["v"]:
                read.points.append([float(word) for word in words[1:4]])
            elif words[:1] == ["f"]:
                read.faces.extend(_fan(words[1:], n_points=len(read.points)))
        except ValueError as error:
            raise FormatError(f"line {number} cannot be read: {line.strip()[:80]!r}") from error
    if any(len(point) != 3 for point in read.points):
        raise FormatError("a vertex has fewer than three coordinates")
    return Content(
        points_n3=np.array(read.points, dtype=np.float64).reshape(-1, 3),
        faces_f3=np.array(read.faces, dtype=np.int64).reshape(-1, 3),
    )


def _fan(corners: list[str], *, n_points: int) -> list[tuple[int, int, int]]:
    """Obj counts from 1, and from the last vertex backwards where negative."""
    given = [int(corner.split("/", 1)[0]) for corner in corners]
    indices = [one - 1 if one > 0 else n_points + one for one in given]
    if len(indices) < 3 or not all(0 <= one < n_points for one in indices) or 0 in given:
        raise ValueError(corners)
    return [(indices[0], *pair) for pair in itertools.pairwise(indices[1:])]


def read_stl(data: bytes) -> Content:
    """Triangles of a binary or text stl; corners at one place are one vertex, in order of coming.

    Raises:
        FormatError: where it is truncated or has text.
    """
    corners = _text_corners(data) if _is_text_stl(data) else _binary_corners(data)
    flat = corners.reshape(-1, 3)
    _, first, inverse = np.unique(flat, axis=0, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return Content(
        points_n3=flat[np.sort(first)],
        faces_f3=rank[inverse.ravel()].reshape(-1, 3),
        notes=[f"{len(flat)} corners of triangles merged to {len(first)} vertices"],
    )


def _is_text_stl(data: bytes) -> bool:
    """Binary files may begin with `solid` too; only their size tells."""
    if data.lstrip()[:5].lower() != b"solid":
        return False
    if len(data) < STL_HEAD_BYTES:
        return True
    n_faces = int.from_bytes(data[80:84], "little")
    return len(data) != STL_HEAD_BYTES + n_faces * STL_FACE_BYTES


def _binary_corners(data: bytes) -> Float64Array:
    if len(data) < STL_HEAD_BYTES:
        raise FormatError(f"it ends after {len(data)} bytes, within the header")
    n_faces = int.from_bytes(data[80:84], "little")
    has = (len(data) - STL_HEAD_BYTES) // STL_FACE_BYTES
    if has < n_faces:
        raise FormatError(f"its header promises {n_faces} triangles, it has {has}")
    table = np.frombuffer(data, dtype=STL_FACE, count=n_faces, offset=STL_HEAD_BYTES)
    return np.asarray(table["corners"], dtype=np.float64)


def _text_corners(data: bytes) -> Float64Array:
    rows = [line.split() for line in data.splitlines()]
    try:
        corners = [
            [float(word) for word in row[1:4]]
            for row in rows
            if row[:1] in ([b"vertex"], [b"VERTEX"])
        ]
        table = np.array(corners, dtype=np.float64).reshape(-1, 3, 3)
    except ValueError as error:
        raise FormatError("its vertices are not three numbers each, three to a facet") from error
    if not any(row[:1] and row[0].lower() == b"endsolid" for row in rows):
        raise FormatError("it ends before endsolid")
    return table
