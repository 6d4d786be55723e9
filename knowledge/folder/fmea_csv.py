"""fmea.csv: the failure modes, one a row. Knows no other file."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from knowledge.folder.problems import Problems, field_messages, nearest_word
from knowledge.folder.text_files import read_text, slug
from knowledge.records import FailureMode

FILE = "fmea.csv"
NUMBERS = ("severity", "occurrence", "detection")
COLUMNS = ("mode", "appearance", "cause", "effect", "remediation", *NUMBERS)
OPTIONAL = ("id",)
_DELIMITERS = ",;\t"


class _Row(NamedTuple):
    line: int
    cells: list[str]


def read_fmea_csv(folder: Path, problems: Problems) -> list[FailureMode]:
    """The failure modes in their order; none where the file is absent."""
    path = folder / FILE
    if not path.exists():
        return []
    text = read_text(path, problems)
    rows = [] if text is None else _rows(text, path, problems)
    if not rows:
        if text is not None and not problems:
            problems.add(path, f"has no header; columns: {', '.join(COLUMNS)}", line=1)
        return []
    header = [cell.strip().casefold() for cell in rows[0].cells]
    if not _check_header(header, rows[0].line, path=path, problems=problems):
        return []
    modes = [_mode(row, header, path=path, problems=problems) for row in rows[1:]]
    _check_ids(modes, path=path, problems=problems)
    return [mode for mode in modes if mode is not None]


def _rows(text: str, path: Path, problems: Problems) -> list[_Row]:
    first = next((line for line in text.split("\n") if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True, skipinitialspace=True)
    rows: list[_Row] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(_Row(line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        problems.add(path, f"is not valid CSV: {error}", line=line)
        return []
    return rows


def _check_header(header: list[str], line: int, *, path: Path, problems: Problems) -> bool:
    known = (*COLUMNS, *OPTIONAL)
    sound = True
    for name in header:
        if name not in known:
            text = f"is no column{nearest_word(name, known)}; columns: {', '.join(known)}"
            problems.add(path, text, line=line, field=name or "(blank)")
            sound = False
        elif header.count(name) > 1:
            problems.add(path, "is a column twice", line=line, field=name)
            sound = False
    for name in COLUMNS:
        if name not in header:
            problems.add(path, "is missing from the header", line=line, field=name)
            sound = False
    return sound


def _mode(row: _Row, header: list[str], *, path: Path, problems: Problems) -> FailureMode | None:
    if len(row.cells) != len(header):
        text = f"the row has {len(row.cells)} cells and the header {len(header)}; quote cells that"
        problems.add(path, f"{text} hold the separator", line=row.line)
        return None
    cells = dict(zip(header, (cell.strip() for cell in row.cells), strict=True))
    values: dict[str, object] = dict(cells)
    values["id"] = cells.get("id") or slug(cells["mode"]) or f"row-{row.line}"
    values["source"] = f"{FILE}:{row.line}"
    try:
        return FailureMode.model_validate(values)
    except ValidationError as error:
        for location, message in field_messages(error):
            field = str(location[0])
            text = _number_text(cells[field]) if field in NUMBERS else message
            problems.add(path, text, line=row.line, field=field)
        return None


def _number_text(cell: str) -> str:
    return f"must be a whole number from 1 to 10, got {cell!r}"


def _check_ids(modes: list[FailureMode | None], *, path: Path, problems: Problems) -> None:
    first: dict[str, str] = {}
    for mode in modes:
        if mode is None:
            continue
        if mode.id in first:
            line = int(mode.source.rsplit(":", 1)[1])
            text = f"{mode.id!r} is already the id of {first[mode.id]}; give an id of its own"
            problems.add(path, text, line=line, field="id")
        first.setdefault(mode.id, mode.source)
