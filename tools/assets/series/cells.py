"""Cells of a text to columns of numbers, dates or words. Knows no column's meaning."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.assets.series.arrow import arrow
from tools.assets.series.clock import with_clock
from tools.assets.series.columns import Column
from tools.assets.series.dialect import (
    GAP_WORDS,
    SAMPLE_LINES,
    Dialect,
    is_gap,
    is_number,
    is_stamp,
)
from tools.assets.series.stamp_text import UnreadableStamp, read_stamps
from tools.assets.series.table import UnreadableTable

BLANKS = re.compile(rb"[ \t]+")


def read_columns(data: bytes, dialect: Dialect) -> list[Column]:
    """Read every column of a text as what its first rows hold.

    Args:
        data: UTF-8, the whole file.
        dialect: how it is laid out.

    Raises:
        UnreadableTable: where a line has another number of cells, or a cell is not what its
            column holds; names the line.
    """
    names = [*(dialect.header or ())]
    names += [f"column {i + 1}" for i in range(len(names), dialect.n_columns)]
    if dialect.header is None and dialect.n_columns == 1:
        names = ["value"]
    keys = [str(i) for i in range(len(names))]
    numeric = [_is_numeric(dialect, i, names[i]) for i in range(len(names))]
    table = _parsed(data, dialect, keys=keys, numeric=numeric, names=names)
    columns = [
        _column(names[i], table.column(key).combine_chunks(), dialect)
        for i, key in enumerate(keys)
        if table.column(key).null_count < table.num_rows or names[i]
    ]
    return with_clock(columns)


def _is_numeric(dialect: Dialect, column: int, name: str) -> bool:
    """Whether the first rows hold numbers there.

    Raises:
        UnreadableTable: where most are numbers and one is not; names its line.
    """
    width = dialect.n_columns
    rows = zip(dialect.rows, dialect.lines, strict=True)
    cells = [(row[column], line) for row, line in rows if len(row) == width]
    filled = [(cell, line) for cell, line in cells if not is_gap(cell)]
    bad = [(cell, line) for cell, line in filled if not is_number(cell, dialect.decimal)]
    if not bad:
        return True
    if len(bad) * 2 <= len(filled) and not all(is_stamp(cell) for cell, _ in filled):
        raise _not_a_number(name, *bad[0])
    return False


def _line_of(dialect: Dialect, row: int) -> int:
    """The line of a row, where no line below the first ones is blank."""
    if row < len(dialect.lines):
        return dialect.lines[row]
    return dialect.lines[-1] + row + 1 - len(dialect.lines)


def _not_a_number(name: str, cell: str, line: int) -> UnreadableTable:
    return UnreadableTable(
        f"column {name!r} must hold numbers, line {line} holds {cell!r}; "
        "correct it, or leave the cell empty for a gap"
    )


def _parsed(
    data: bytes, dialect: Dialect, *, keys: list[str], numeric: list[bool], names: list[str]
) -> Any:
    pa = arrow()

    kinds = {
        key: pa.float64() if is_num else pa.string()
        for key, is_num in zip(keys, numeric, strict=True)
    }
    if dialect.separator == " ":
        data = b"\n".join(BLANKS.sub(b" ", line).strip() for line in data.splitlines())
    try:
        return _by_arrow(data, dialect, kinds, threads=True)
    except pa.ArrowInvalid as error:
        raise _explained(data, dialect, kinds, names) or UnreadableTable(
            f"cannot be read as a table ({str(error)[:160]}); check its lines"
        ) from error


def _by_arrow(
    data: bytes, dialect: Dialect, kinds: dict[str, Any], *, threads: bool, on_row: Any = None
) -> Any:
    csv = arrow("csv")

    words = sorted(
        {
            form
            for word in GAP_WORDS
            for form in (word, word.upper(), word.title(), word.replace("nan", "NaN"))
        }
    )
    return csv.read_csv(
        io.BytesIO(data),
        read_options=csv.ReadOptions(
            column_names=list(kinds),
            skip_rows=dialect.skip_lines + (dialect.header is not None),
            use_threads=threads,
        ),
        parse_options=csv.ParseOptions(delimiter=dialect.separator, invalid_row_handler=on_row),
        convert_options=csv.ConvertOptions(
            column_types=kinds,
            decimal_point=dialect.decimal,
            null_values=words,
            strings_can_be_null=True,
        ),
    )


def _explained(
    data: bytes, dialect: Dialect, kinds: dict[str, Any], names: list[str]
) -> UnreadableTable | None:
    """Why arrow could not read it: the first line of another width, or the first bad cell."""
    pa = arrow()

    wrong: list[Any] = []

    def note(row: Any) -> str:
        wrong.append(row)
        return "skip"

    texts = _by_arrow(
        data, dialect, {key: pa.string() for key in kinds}, threads=False, on_row=note
    )
    if wrong:
        line, text = wrong[0].number, str(wrong[0].text)[:60]
        return UnreadableTable(
            f"every line must have {wrong[0].expected_columns} cells, line {line} has "
            f"{wrong[0].actual_columns} ({text!r}); use one separator throughout"
        )
    for key, name in zip(kinds, names, strict=True):
        if pa.types.is_floating(kinds[key]):
            cells = texts.column(key).to_pylist()
            bad = next(
                (
                    i
                    for i, cell in enumerate(cells)
                    if cell is not None and not is_number(cell, dialect.decimal)
                ),
                None,
            )
            if bad is not None:
                return _not_a_number(name, cells[bad], _line_of(dialect, bad))
    return None


def _column(name: str, array: Any, dialect: Dialect) -> Column:
    pa = arrow()

    if pa.types.is_floating(array.type):
        return Column(name, numbers=_numbers(array))
    shown = [cell for cell in array.slice(0, SAMPLE_LINES).to_pylist() if cell is not None]
    if shown and all(map(is_stamp, shown)):
        return _dated(name, array, dialect)
    words = {str(word).casefold() for word in shown}
    if words and words <= {"true", "false"}:
        return _true_or_false(name, array)
    return Column(name, texts=array)


def _true_or_false(name: str, array: Any) -> Column:
    pc = arrow("compute")

    lower = pc.utf8_lower(array)
    return Column(name, numbers=_numbers(pc.equal(lower, "true").cast("float64")))


def _numbers(array: Any) -> NDArray[np.float64]:
    return np.array(array.to_numpy(zero_copy_only=False), dtype=np.float64)


def _dated(name: str, array: Any, dialect: Dialect) -> Column:
    if array.null_count:
        row = int(np.flatnonzero(array.is_null().to_numpy(zero_copy_only=False))[0])
        raise UnreadableTable(
            f"column {name!r} must hold a time in every row, line {_line_of(dialect, row)} holds "
            "none; give it one, or leave the row out"
        )
    try:
        return Column(name, stamps=read_stamps(array), texts=None)
    except UnreadableStamp as error:
        place = "" if error.row is None else f"line {_line_of(dialect, error.row)}: "
        raise UnreadableTable(
            f"column {name!r} must hold dates, {place}{error}; write them as 2020-12-31 23:59:59"
        ) from error
