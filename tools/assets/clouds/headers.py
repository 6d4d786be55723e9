"""The headers of ply and pcd files, checked against the bytes that follow.

Open3D fills what a truncated file lacks with zeros and takes text for 0 or NaN, so that a file
is checked before it is handed over. Knows nothing of geometry.
"""

from __future__ import annotations

import math
import struct
from typing import NamedTuple

import numpy as np

PLY_BYTES = {
    **dict.fromkeys(("char", "uchar", "int8", "uint8"), 1),
    **dict.fromkeys(("short", "ushort", "int16", "uint16"), 2),
    **dict.fromkeys(("int", "uint", "int32", "uint32", "float", "float32"), 4),
    **dict.fromkeys(("double", "float64"), 8),
}
PLY_KINDS = ("ascii", "binary_little_endian", "binary_big_endian")
PCD_KINDS = ("ascii", "binary", "binary_compressed")
MIN_FACE_BYTES = 1 + 3


class Header(NamedTuple):
    """What a ply or pcd header promises."""

    kind: str
    """How the numbers are stored."""
    n_points: int
    n_faces: int = 0
    width: int = 0
    height: int = 1
    """Of the sensor's grid (pcd)."""
    viewpoint_xyz: tuple[float, float, float] | None = None


class HeaderError(ValueError):
    """A header and what follows do not fit together; one clause."""


class _Element(NamedTuple):
    name: str
    n_rows: int
    row_bytes: int
    """Of its fixed properties; a list counts its length and nothing else."""
    names: tuple[str, ...]


def check_ply(data: bytes) -> Header:
    """Read the header of a ply file and check that its body holds what it promises.

    Raises:
        HeaderError: where it does not.
    """
    head, mark, body = data.partition(b"end_header")
    if not mark:
        raise HeaderError("its header has no end_header")
    kind, elements = _ply_elements(head.decode("ascii", "replace").splitlines())
    by_name = {element.name: element for element in elements}
    vertices, faces = by_name.get("vertex"), by_name.get("face")
    if vertices is None or not {"x", "y", "z"} <= set(vertices.names):
        raise HeaderError("its header names no vertices with x, y and z")
    body = body[2:] if body.startswith(b"\r\n") else body[1:]
    if kind == "ascii":
        _check_rows(body, sum(element.n_rows for element in elements))
    else:
        _check_size(body, sum(one.n_rows * _least_bytes(one) for one in elements))
    return Header(kind, vertices.n_rows, faces.n_rows if faces else 0)


def _ply_elements(lines: list[str]) -> tuple[str, list[_Element]]:
    kind, elements = "", list[_Element]()
    for line in lines:
        words = line.split()
        if words[:1] == ["format"] and len(words) == 3 and words[1] in PLY_KINDS:
            kind = words[1]
        elif words[:1] == ["element"] and len(words) == 3:
            elements.append(_Element(words[1], _count(words[2], line), 0, ()))
        elif words[:1] == ["property"] and elements and len(words) >= 3:
            last = elements.pop()
            stored = words[2] if words[1] == "list" else words[1]
            if stored not in PLY_BYTES:
                raise HeaderError(f"its header has a property of unknown type: {line.strip()!r}")
            size, names = last.row_bytes + PLY_BYTES[stored], (*last.names, words[-1])
            elements.append(last._replace(row_bytes=size, names=names))
    if not kind:
        raise HeaderError(f"its header names no format of {', '.join(PLY_KINDS)}")
    return kind, elements


def _least_bytes(element: _Element) -> int:
    return max(element.row_bytes, MIN_FACE_BYTES if element.name == "face" else 0)


def check_pcd(data: bytes) -> Header:
    """Read the header of a pcd file and check that its body holds what it promises.

    Raises:
        HeaderError: where it does not.
    """
    fields, body = _pcd_fields(data)
    names = [name.lower() for name in fields.get("FIELDS", [])]
    if not {"x", "y", "z"} <= set(names):
        raise HeaderError("its header names no fields x, y and z")
    numbers = {key: _count(fields.get(key, [""])[0], key) for key in ("WIDTH", "HEIGHT", "POINTS")}
    n_points = numbers["POINTS"]
    if numbers["WIDTH"] * numbers["HEIGHT"] != n_points:
        raise HeaderError(
            f"its header says WIDTH {numbers['WIDTH']} x HEIGHT {numbers['HEIGHT']} "
            f"and POINTS {n_points}"
        )
    kind = fields.get("DATA", [""])[0].lower()
    _check_pcd_body(body, kind, n_points=n_points, row_bytes=_pcd_row_bytes(fields, names))
    viewpoint = _viewpoint(fields.get("VIEWPOINT", []))
    return Header(kind, n_points, 0, numbers["WIDTH"], numbers["HEIGHT"], viewpoint)


def _viewpoint(words: list[str]) -> tuple[float, float, float] | None:
    """Where the sensor stood; None where the header does not say."""
    if len(words) != 7:
        return None
    try:
        return float(words[0]), float(words[1]), float(words[2])
    except ValueError as error:
        raise HeaderError(f"its VIEWPOINT is {' '.join(words)!r}, no numbers") from error


def _pcd_fields(data: bytes) -> tuple[dict[str, list[str]], bytes]:
    fields, at = dict[str, list[str]](), 0
    while "DATA" not in fields:
        end = data.find(b"\n", at)
        if end < 0:
            raise HeaderError("its header has no DATA line")
        words = data[at:end].decode("ascii", "replace").split()
        if words and not words[0].startswith("#"):
            fields[words[0].upper()] = words[1:]
        at = end + 1
    return fields, data[at:]


def _pcd_row_bytes(fields: dict[str, list[str]], names: list[str]) -> int:
    sizes = [_count(word, "SIZE") for word in fields.get("SIZE", [])]
    counts = [_count(word, "COUNT") for word in fields.get("COUNT", ["1"] * len(names))]
    if not len(sizes) == len(counts) == len(names):
        raise HeaderError(f"its header has {len(names)} fields and {len(sizes)} sizes")
    return sum(size * count for size, count in zip(sizes, counts, strict=True))


def _check_pcd_body(body: bytes, kind: str, *, n_points: int, row_bytes: int) -> None:
    if kind == "ascii":
        _check_rows(body, n_points)
    elif kind == "binary":
        _check_size(body, n_points * row_bytes)
    elif kind == "binary_compressed":
        _check_size(body, 8)
        packed, unpacked = struct.unpack("<II", body[:8])
        _check_size(body[8:], packed)
        if unpacked != n_points * row_bytes:
            raise HeaderError(f"its {unpacked} unpacked bytes are not {n_points} x {row_bytes}")
    else:
        raise HeaderError(f"its header names no DATA of {', '.join(PCD_KINDS)}")


def _check_rows(body: bytes, n_rows: int) -> None:
    found = sum(1 for line in body.splitlines() if line.strip())
    if found != n_rows:
        raise HeaderError(f"its header promises {n_rows} rows, it has {found}")
    try:
        np.array(body.split(), dtype=np.float64)
    except ValueError as error:
        word = str(error).rpartition(":")[2].strip()
        raise HeaderError(f"a number is expected where it says {word}") from error


def _check_size(body: bytes, n_bytes: int) -> None:
    if len(body) < n_bytes:
        raise HeaderError(f"it ends after {len(body)} of {n_bytes} promised bytes")


def _count(word: str, what: str) -> int:
    if not word.isdigit() or math.log10(max(int(word), 1)) > 12:
        raise HeaderError(f"its header has no count in {what.strip()!r}")
    return int(word)
