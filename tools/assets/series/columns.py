"""What each column of a table is for: time, channel, label or none. Knows no file format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.assets.series.column_names import (
    CHANNEL_NAMES,
    LABEL_NAMES,
    ROW_NAMES,
    TIME_NAMES,
    VALUE_NAMES,
)
from tools.assets.series.stamps import Stamps

UNIT = re.compile(r"(?P<name>.*\S)\s*[\[(](?P<unit>[^\])]{1,16})[\])]\s*")
"""`temperature [C]`, `pressure (bar)`."""
MAX_CHANNELS = 1000


class Column(NamedTuple):
    """A column as it was read: one of the three is there."""

    name: str
    numbers: NDArray[np.float64] | None = None
    """(n_rows,), NaN where nothing stands."""
    texts: Any = None
    """pyarrow's array of strings, (n_rows,)."""
    stamps: Stamps | None = None
    """Of dates, in the order of the file."""


@dataclass(frozen=True, kw_only=True)
class Roles:
    """Which column is what; positions in the table."""

    time: int | None
    channels: tuple[int, ...]
    key: int | None = None
    """Of a long table: the column that names the channel of each row."""
    notes: tuple[str, ...] = ()


class NamedUnit(NamedTuple):
    """A channel's name, and its unit where the header tells one."""

    name: str
    unit: str


def plain(name: str) -> str:
    """A name without unit, blanks and capitals."""
    return split_unit(name).name.strip().casefold().replace(" ", "_")


def split_unit(name: str) -> NamedUnit:
    """Part the unit from a name: `temperature [C]`."""
    found = UNIT.fullmatch(name.strip())
    return NamedUnit(found["name"], found["unit"].strip()) if found else NamedUnit(name.strip(), "")


def find_roles(columns: Sequence[Column]) -> Roles:
    """Decide what each column is for.

    A column of dates is the time, else a number column with a name such as `time`. Columns named
    as labels are left out, and so is text, save the one that names the channels of a long table
    (time, channel, value).
    """
    notes: list[str] = []
    labels = [i for i, column in enumerate(columns) if plain(column.name) in LABEL_NAMES]
    notes += [f"column {columns[i].name!r} holds labels and is not inspected" for i in labels]
    left = [i for i in range(len(columns)) if i not in labels]
    time = _time_column(columns, left)
    left = [i for i in left if i != time]
    numbered = next((i for i in left if _counts_rows(columns[i])), None)
    if numbered is not None and len(left) > 1:
        notes.append(f"column {columns[numbered].name!r} counts the rows and is not inspected")
        left.remove(numbered)
    key = _key_column(columns, left)
    numbers = [i for i in left if columns[i].numbers is not None]
    if key is not None:
        numbers = _value_column(columns, numbers)
    others = [i for i in left if i not in numbers and i != key]
    notes += [f"column {columns[i].name!r} is not inspected: {_why(columns[i])}" for i in others]
    return Roles(time=time, channels=tuple(numbers), key=key, notes=tuple(notes))


def _why(column: Column) -> str:
    if column.texts is not None:
        return "it holds text"
    return "it holds dates" if column.stamps is not None else "the rows have one value each"


def _time_column(columns: Sequence[Column], left: Sequence[int]) -> int | None:
    dated = [i for i in left if columns[i].stamps is not None]
    named = [i for i in left if plain(columns[i].name) in TIME_NAMES]
    numeric = [i for i in named if columns[i].numbers is not None]
    choices = [*(i for i in dated if i in named), *dated, *numeric]
    if not choices:
        return None
    # The only column of a file is its channel, whatever it is called.
    return choices[0] if len(columns) > 1 else None


def _counts_rows(column: Column) -> bool:
    """Whether a nameless column holds 0, 1, 2, ... or 1, 2, 3, ..."""
    numbers = column.numbers
    if numbers is None or plain(column.name) not in ROW_NAMES or len(numbers) < 2:
        return False
    return numbers[0] in (0, 1) and bool((np.diff(numbers) == 1).all())


def _key_column(columns: Sequence[Column], left: Sequence[int]) -> int | None:
    """The text that names channels: so called, or beside one column of values."""
    texts = [i for i in left if columns[i].texts is not None]
    numbers = [i for i in left if columns[i].numbers is not None]
    named = [i for i in texts if plain(columns[i].name) in CHANNEL_NAMES]
    valued = any(plain(columns[i].name) in VALUE_NAMES for i in numbers)
    if named and (len(numbers) == 1 or valued):
        return named[0]
    return texts[0] if len(texts) == 1 and len(numbers) == 1 and valued else None


def _value_column(columns: Sequence[Column], numbers: Sequence[int]) -> list[int]:
    named = [i for i in numbers if plain(columns[i].name) in VALUE_NAMES]
    return [*named, *numbers][:1]
