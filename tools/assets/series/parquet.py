"""Reads a parquet file into columns. Knows nothing of what the columns mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.assets.series.arrow import arrow
from tools.assets.series.columns import Column
from tools.assets.series.stamp_text import from_nanoseconds, zone_minutes
from tools.assets.series.table import UnreadableTable

MAGIC = b"PAR1"


def read_parquet(path: Path, *, max_values: int) -> tuple[list[Column], list[str]]:
    """Read the flat columns of a parquet file.

    Args:
        path: of the file.
        max_values: more rows times columns are refused before they are read.

    Returns:
        Columns of equal length, and notes of what was left out.

    Raises:
        UnreadableTable: where it is damaged or too large.
    """
    pa = arrow()
    parquet = arrow("parquet")

    try:
        with parquet.ParquetFile(path) as file:
            shape = file.metadata.num_rows, len(file.schema_arrow.names)
            if shape[0] * shape[1] > max_values:
                raise UnreadableTable(
                    f"a series may have {max_values} values, this one has {shape[0]} rows of "
                    f"{shape[1]}; split it, or take fewer samples"
                )
            table = file.read()
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableTable(
            f"damaged or incomplete parquet ({' '.join(str(error).split())[:160]}); save it again"
        ) from error
    return _columns(table)


def _columns(table: Any) -> tuple[list[Column], list[str]]:
    columns, notes = [], []
    for name in table.column_names:
        array = table.column(name).combine_chunks()
        column = _column(name, array)
        if column is None:
            notes.append(f"column {name!r} is not inspected: it holds {array.type}")
        else:
            columns.append(column)
    return columns, notes


def _column(name: str, array: Any) -> Column | None:
    pa = arrow()

    kind = array.type
    if pa.types.is_dictionary(kind):
        return _column(name, array.cast(kind.value_type))
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _dated(name, array)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return Column(name, texts=array.cast(pa.string()))
    if _is_numeric(kind):
        return Column(name, numbers=_numbers(array))
    return None


def _is_numeric(kind: Any) -> bool:
    pa = arrow()

    checks = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal)
    return any(check(kind) for check in checks)


def _numbers(array: Any) -> NDArray[np.float64]:
    return np.array(array.cast("float64").to_numpy(zero_copy_only=False), dtype=np.float64)


def _dated(name: str, array: Any) -> Column:
    pa = arrow()
    pc = arrow("compute")

    if array.null_count:
        row = int(np.flatnonzero(array.is_null().to_numpy(zero_copy_only=False))[0])
        raise UnreadableTable(
            f"column {name!r} must hold a time in every row, row {row + 1} holds none; "
            "give it one, or leave the row out"
        )
    zone = array.type.tz if pa.types.is_timestamp(array.type) else None
    utc = _nanoseconds(array)
    if zone is None:
        return Column(name, stamps=from_nanoseconds(utc, zone_min=None))
    local = _nanoseconds(pc.local_timestamp(array))
    return Column(name, stamps=from_nanoseconds(utc, zone_min=zone_minutes(utc, local)))


def _nanoseconds(array: Any) -> NDArray[np.int64]:
    pa = arrow()

    zone = array.type.tz if pa.types.is_timestamp(array.type) else None
    try:
        whole = array.cast(pa.timestamp("ns", tz=zone)).cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise UnreadableTable(f"dates must lie between 1678 and 2262 ({error})") from error
    return np.array(whole.to_numpy(zero_copy_only=False), dtype=np.int64)
