"""Opens a table of samples, or says in one line why not. Knows nothing of views."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from tools.assets.series.columns import Column
from tools.assets.series.parquet import MAGIC, read_parquet
from tools.assets.series.series import Series
from tools.assets.series.table import SeriesTable, UnreadableTable, to_series
from tools.assets.series.text import read_text
from tools.errors import AssetError
from tools.records import Asset
from tools.told_names import no_such_file

DEFAULT_MAX_BYTES = 2_000_000_000
"""Of a file. Reading csv takes about four times as much memory."""
DEFAULT_MAX_VALUES = 100_000_000
"""Rows times columns; 0.8 GB as they are held."""


def open_series(
    path: Path,
    *,
    max_bytes: int = DEFAULT_MAX_BYTES,
    max_values: int = DEFAULT_MAX_VALUES,
) -> Series:
    """Read a csv or parquet file of samples, told apart by content.

    Wide (a column for each channel) or long (time, channel, value); with dates, with numbers or
    without a time. Columns named as labels (`LABEL_NAMES` in `column_names`) are never read as
    channels, nor is text.

    Args:
        path: of the file.
        max_bytes: larger files are refused before they are read.
        max_values: tables with more rows times columns are refused.

    Raises:
        AssetError: one line with the file, the constraint, the value and what to do.
    """
    try:
        _check_file(path, max_bytes=max_bytes)
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        table = _table(path, max_values=max_values)
    except UnreadableTable as error:
        raise AssetError(f"{path}: {error}") from error
    except FileNotFoundError as error:
        raise AssetError(f"{path}: {no_such_file(path)}") from error
    except PermissionError as error:
        raise AssetError(f"{path}: may not be read; grant read permission") from error
    except (OSError, ValueError) as error:
        raise AssetError(f"{str(path)!r}: cannot be opened ({error}); check it") from error
    size = [table.n_samples, len(table.channels)]
    asset = Asset(path=str(path), sha256=digest, modality="time_series", size=size)
    return Series(asset, table)


def _check_file(path: Path, *, max_bytes: int) -> None:
    if path.is_dir():
        raise UnreadableTable("a folder, not a file; give the series in it, or a glob")
    n_bytes = path.stat().st_size
    if not path.is_file():
        raise UnreadableTable("must be a regular file, is a device or pipe; save a copy")
    if not n_bytes:
        raise UnreadableTable("the file is empty (0 bytes); save the series again")
    if n_bytes > max_bytes:
        raise UnreadableTable(
            f"a series may have {max_bytes} bytes, this file has {n_bytes}; split it, "
            "or save it as parquet"
        )


def _table(path: Path, *, max_values: int) -> SeriesTable:
    columns, notes = _columns(path, max_values=max_values)
    table = to_series(columns)
    if table.values_cn.size > max_values:
        raise UnreadableTable(
            f"a series may have {max_values} values, this one has {table.n_samples} samples of "
            f"{len(table.channels)} channels; split it, or take fewer samples"
        )
    return replace(table, notes=(*notes, *table.notes))


def _columns(path: Path, *, max_values: int) -> tuple[list[Column], list[str]]:
    with path.open("rb") as stream:
        head = stream.read(len(MAGIC))
    if head == MAGIC:
        return read_parquet(path, max_values=max_values)
    if path.suffix.lower() == ".parquet":
        raise UnreadableTable("must hold parquet, does not begin as one; save it again")
    return read_text(path.read_bytes())
