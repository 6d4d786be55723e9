"""Reads a text of samples into columns. Knows nothing of what the columns mean."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from tools.assets.series.cells import read_columns
from tools.assets.series.columns import Column
from tools.assets.series.dialect import SAMPLE_LINES, Dialect, find_dialect, is_number
from tools.assets.series.table import UnreadableTable

HEAD_BYTES = 256 * 1024
LAST_CELL = re.compile(r"[^,;|\s]*$")
MIN_LINE_VALUES = 8
"""One line of at least so many numbers is a series on its side (some files of UCR)."""


def read_text(data: bytes) -> tuple[list[Column], list[str]]:
    """Read a csv file of any common separator, decimal mark and encoding.

    Args:
        data: the whole file.

    Returns:
        Columns of equal length, and notes of what was done.

    Raises:
        UnreadableTable: where it is no text, has no rows, or a cell is not what its column holds.
    """
    data, notes = _decoded(data)
    lines = data[:HEAD_BYTES].decode("utf-8", errors="replace").splitlines()
    if len(data) > HEAD_BYTES:  # the last of them is cut
        lines = lines[:-1] or [LAST_CELL.sub("", lines[0])]
    dialect = find_dialect(lines[:SAMPLE_LINES])
    if not dialect.rows:
        held = "a header and no row below it" if dialect.header else "no line with content"
        raise UnreadableTable(f"must have rows of samples, has {held}; record some")
    if dialect.header is None and len(dialect.rows) == 1 and _is_long_line(dialect.rows[0]):
        return _one_line(data, dialect), [*notes, "its one line of numbers is one channel"]
    return read_columns(data, dialect), notes


def _decoded(data: bytes) -> tuple[bytes, list[str]]:
    """As UTF-8 without its mark."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16").encode(), ["UTF-16 text"]
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in data[:HEAD_BYTES]:
        raise UnreadableTable("must hold text, holds binary data; save it as csv or parquet")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1").encode(), ["read as Latin-1, it is no UTF-8"]
    return data, []


def _is_long_line(cells: Sequence[str]) -> bool:
    return len(cells) >= MIN_LINE_VALUES and all(map(is_number, cells))


def _one_line(data: bytes, dialect: Dialect) -> list[Column]:
    cells = data.decode().strip().split(None if dialect.separator == " " else dialect.separator)
    return [Column("value", np.array([float(cell) for cell in cells]))]
