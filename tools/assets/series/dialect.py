"""How a text of samples is laid out: separator, decimal mark, header. Knows nothing of columns."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

SEPARATORS = (";", "\t", "|", ",", " ")
UNIT_SEPARATOR = "\x1f"
"""ASCII's own, for one column whose cells hold all the others."""
"""In order of preference; a blank stands for any run of blanks."""
SAMPLE_LINES = 200
HEAD_BYTES = 4096
GAP_WORDS = frozenset({"", "nan", "na", "n/a", "#n/a", "null", "none", "nil", "-", "?"})
"""What a cell without a value holds, in any case."""
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE)
NUMBER_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
STAMP = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}([T ].*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}( .*)?"
    r"|\d{4}[./]\d{1,2}[./]\d{1,2}( .*)?"
)
EXCEL_HINT = re.compile(r"sep=(.)", re.IGNORECASE)


class Dialect(NamedTuple):
    """How lines become cells."""

    separator: str
    decimal: str
    skip_lines: int
    """Lines before the header or, where there is none, before the first row."""
    header: tuple[str, ...] | None
    """The names as they stand; None where the file has none."""
    rows: tuple[tuple[str, ...], ...]
    """The first rows below, as cells."""
    lines: tuple[int, ...]
    """The line of each in the file, from 1 on."""

    @property
    def n_columns(self) -> int:
        """Of the header, or of most rows."""
        if self.header is not None:
            return len(self.header)
        return Counter(len(row) for row in self.rows).most_common(1)[0][0]


def find_dialect(lines: Sequence[str]) -> Dialect:
    """Find how a text is laid out.

    The separator is the first of `SEPARATORS` by which nearly all lines have the same number of
    cells, more than one; a comma between digits is a decimal mark where another separator serves.

    Args:
        lines: the first lines of the text, without line ends.
    """
    skip = next((i for i, line in enumerate(lines) if _is_content(line)), len(lines))
    hint = EXCEL_HINT.fullmatch(lines[skip].strip()) if skip < len(lines) else None
    skip += hint is not None
    numbers = [i for i in range(skip, len(lines)) if lines[i].strip()]
    shown = [lines[i] for i in numbers]
    separator = hint.group(1) if hint else _separator(shown)
    rows = [split_cells(line, separator) for line in shown]
    header = rows[0] if rows and _is_header(rows) else None
    start = header is not None
    below = tuple(rows[start:])
    places = tuple(i + 1 for i in numbers[start:])
    return Dialect(separator, _decimal(below, separator), skip, header, below, places)


def begins_with_numbers(path: Path) -> bool:
    """Whether the first lines of a file hold numbers, after at most one line of names."""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError:
        return False  # the reader says what is wrong with it
    lines = head.decode("utf-8", errors="replace").splitlines()
    rows = find_dialect(lines[:-1] if len(head) == HEAD_BYTES and len(lines) > 1 else lines).rows
    cells = [cell for row in rows for cell in row if not is_gap(cell)]
    return bool(cells) and sum(map(_is_value, cells)) > len(cells) / 2


def split_cells(line: str, separator: str) -> tuple[str, ...]:
    """The cells of a line, without blanks around them."""
    if separator == " ":
        return tuple(line.split())
    cells = next(csv.reader([line], delimiter=separator), [])
    return tuple(cell.strip() for cell in cells)


def is_gap(cell: str) -> bool:
    """Whether a cell holds no value."""
    return cell.strip().casefold() in GAP_WORDS


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether a cell is a number with this decimal mark."""
    plain = cell.strip()
    if decimal == ",":
        return "." not in plain and bool(NUMBER.fullmatch(plain.replace(",", ".", 1)))
    return bool(NUMBER.fullmatch(plain))


def is_stamp(cell: str) -> bool:
    """Whether a cell looks like a date, with or without a time of day."""
    return bool(STAMP.fullmatch(cell.strip()))


def _is_content(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _separator(lines: Sequence[str]) -> str:
    if _is_decimal_comma(lines):
        return _lonely(lines)
    best, most = ",", 0.0
    for separator in SEPARATORS:
        if not any(separator in line.strip() for line in lines):
            continue
        widths = Counter(len(split_cells(line, separator)) for line in lines)
        width, count = widths.most_common(1)[0]
        if width > 1 and count == len(lines):
            return separator
        if width > 1 and count / len(lines) > most:
            best, most = separator, count / len(lines)
    # Fewer than half of the lines agreeing means that the mark stands within cells.
    return best if most > 0.5 else _lonely(lines)


def _is_decimal_comma(lines: Sequence[str]) -> bool:
    """Whether one name stands above numbers with one comma each."""
    below = lines[1:]
    return (
        bool(below)
        and "," not in lines[0]
        and all(NUMBER_COMMA.fullmatch(line.strip()) for line in below)
    )


def _lonely(lines: Sequence[str]) -> str:
    """For one column: a separator that no cell holds."""
    marks = (";", "\t", "|", ",")
    free = (one for one in marks if not any(one in line for line in lines[1:]))
    return next(free, UNIT_SEPARATOR)


def _decimal(rows: Sequence[Sequence[str]], separator: str) -> str:
    if separator == ",":
        return "."
    cells = [cell for row in rows for cell in row if not is_gap(cell)]
    with_comma = sum(bool(NUMBER_COMMA.fullmatch(cell)) for cell in cells)
    with_point = sum("." in cell and is_number(cell) for cell in cells)
    return "," if with_comma > with_point else "."


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names what the others hold: text above numbers or dates."""
    first, below = rows[0], rows[1 : 1 + 20]
    if not any(_is_value(cell) for row in below for cell in row):
        return not any(_is_value(cell) for cell in first)
    return any(
        not is_gap(cell) and not _is_value(cell) and _mostly_values(below, column)
        for column, cell in enumerate(first)
    )


def _mostly_values(rows: Sequence[Sequence[str]], column: int) -> bool:
    cells = [row[column] for row in rows if column < len(row) and not is_gap(row[column])]
    return bool(cells) and sum(map(_is_value, cells)) > len(cells) / 2


def _is_value(cell: str) -> bool:
    return is_number(cell) or is_number(cell, ",") or is_stamp(cell)
