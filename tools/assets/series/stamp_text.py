"""Dates as text to stamps. Knows nothing of files or of the columns beside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.assets.series.arrow import arrow
from tools.assets.series.stamps import NS_PER_MIN, Stamps, StampStyle

CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M:%S %p", " %I:%M %p")
DAY_FIRST = ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%y", "%d/%m/%y")
MONTH_FIRST = ("%m/%d/%Y", "%m/%d/%y")
FIELDS = "abc"
YEAR_FIRST = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d")


class UnreadableStamp(Exception):
    """Stamps cannot be read; says why, and which row where one is to blame."""

    def __init__(self, text: str, row: int | None = None) -> None:
        super().__init__(text)
        self.row = row


class _Parsed(NamedTuple):
    """Nanoseconds, NaT where a text is no such date."""

    values: NDArray[np.datetime64]
    zoned: bool


def read_stamps(texts: Any) -> Stamps:
    """Read a column of dates.

    ISO 8601 with a blank or a T, fractions of a second and zone offsets; else day, month and year
    with dots, slashes or dashes, and a clock of 12 or 24 hours. Where a date could be read two
    ways, the one that puts the rows in order is taken.

    Args:
        texts: pyarrow's array of strings, (n_samples,), none of them null.

    Raises:
        UnreadableStamp: where one is no date, some have a zone and others none, or days and
            months cannot be told apart.
    """
    parsed = _iso(texts) or _other(texts)
    offsets = _offsets(texts) if parsed.zoned else None
    values = parsed.values.astype("datetime64[ns]").astype(np.int64)
    return Stamps(kind="date", values=values, style=_style(texts, parsed, offsets))


def _iso(texts: Any) -> _Parsed | None:
    pa = arrow()
    pc = arrow("compute")

    n_zoned = int(pc.sum(_has_zone(texts)).as_py() or 0)
    if 0 < n_zoned < len(texts):
        row = int(np.flatnonzero(~_has_zone(texts).to_numpy(zero_copy_only=False))[0])
        raise UnreadableStamp(f"{texts[row].as_py()!r} has no zone, others have one", row)
    cleaned = pc.replace_substring_regex(texts, r"\s+([+-]\d{2}:?\d{2}|Z)$", r"\1")
    kind = pa.timestamp("ns", tz="UTC") if n_zoned else pa.timestamp("ns")
    try:
        found = pc.cast(cleaned, kind)
    except pa.ArrowInvalid:
        return None
    return _Parsed(_as_numpy(found), bool(n_zoned))


def _has_zone(texts: Any) -> Any:
    pc = arrow("compute")

    return pc.match_substring_regex(texts, r":\d{2}(\.\d+)?\s*([+-]\d{2}(:?\d{2})?|Z)$")


def _other(texts: Any) -> _Parsed:
    head = texts.slice(0, 1000)
    formats = [
        date + clock
        for date in (*YEAR_FIRST, *DAY_FIRST, *MONTH_FIRST)
        for clock in CLOCKS
        if not np.isnat(_strptime(head, date + clock)).any()
    ]
    if not formats:
        row = _first_bad(head)
        raise UnreadableStamp(f"{head[row].as_py()!r} is no date that can be read", row)
    read = {one: _strptime(texts, one) for one in formats}
    whole = {one: values for one, values in read.items() if not np.isnat(values).any()}
    if not whole:
        row = int(np.flatnonzero(np.isnat(next(iter(read.values()))))[0])
        raise UnreadableStamp(f"{texts[row].as_py()!r} is no date like the others", row)
    return _Parsed(_only_one(whole), zoned=False)


def _only_one(read: dict[str, NDArray[np.datetime64]]) -> NDArray[np.datetime64]:
    """The one reading; of several, the one that leaves the rows in order, at the evener steps."""
    choices: list[NDArray[np.datetime64]] = []
    for values in read.values():
        if not any(np.array_equal(values, other) for other in choices):
            choices.append(values)
    choices = sorted(choices, key=_unevenness)
    if len(choices) > 1 and _unevenness(choices[0]) == _unevenness(choices[1]):
        raise UnreadableStamp("days and months cannot be told apart; write dates as 2020-12-31")
    return choices[0]


def _unevenness(values: NDArray[np.datetime64]) -> float:
    """Spread of the steps over their mean; infinite where the rows are out of order."""
    steps = np.diff(values).astype(np.float64)
    if (steps < 0).any() or not steps.any():
        return float("inf")
    return float(steps.std() / steps.mean())


def _first_bad(head: Any) -> int:
    """The row that the best of all formats cannot read."""
    reads = [_strptime(head, d + c) for d in (*YEAR_FIRST, *DAY_FIRST) for c in CLOCKS]
    best = min(reads, key=lambda values: int(np.isnat(values).sum()))
    return int(np.flatnonzero(np.isnat(best))[0])


def _strptime(texts: Any, layout: str) -> NDArray[np.datetime64]:
    """Dates by a layout, NaT where a text has another or the month has no such day."""
    pc = arrow("compute")
    found = pc.strptime(texts, format=layout, unit="s", error_is_null=True)
    values = _as_numpy(found).copy()
    # The C library reads 30 February as 1 March.
    field = FIELDS[[part[0] for part in layout[1:].split("%")[:3]].index("d")]
    parts = pc.extract_regex(texts, r"^\s*(?P<a>\d+)\D(?P<b>\d+)\D(?P<c>\d+)")
    days = pc.struct_field(parts, [field]).cast("float64")
    values[_as_numpy(pc.fill_null(pc.not_equal(days, pc.day(found)), True))] = "NaT"
    return values


def _as_numpy(array: Any) -> NDArray[np.datetime64]:
    values = array.to_numpy(zero_copy_only=False) if _is_plain(array) else array.to_numpy()
    return np.asarray(values)


def _is_plain(array: Any) -> bool:
    pa = arrow()

    return isinstance(array, pa.Array)


def _offsets(texts: Any) -> NDArray[np.int16] | None:
    """Minutes east of UTC of each stamp; None where all are UTC."""
    pc = arrow("compute")

    zones = pc.extract_regex(texts, r"(?P<zone>[+-]\d{2}:?\d{2}|[+-]\d{2}|Z)$")
    coded = pc.struct_field(zones, 0)
    coded = coded.combine_chunks() if hasattr(coded, "combine_chunks") else coded
    coded = coded.dictionary_encode()
    minutes = np.array([_minutes(zone) for zone in coded.dictionary.to_pylist()], dtype=np.int16)
    if not minutes.any():
        return None
    return np.asarray(minutes[coded.indices.to_numpy(zero_copy_only=False)])


def _minutes(zone: str) -> int:
    if zone == "Z":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    total = int(digits[:2]) * 60 + int(digits[2:])
    return -total if zone[0] == "-" else total


def _style(texts: Any, parsed: _Parsed, offsets: NDArray[np.int16] | None) -> StampStyle:
    first = texts[0].as_py()
    return StampStyle(
        between="T" if "T" in first else " ",
        digits=_digits(parsed.values),
        zoned=parsed.zoned,
        zulu=first.endswith("Z"),
        offsets_min=offsets,
    )


def _digits(values: NDArray[np.datetime64]) -> int:
    """Of fractions of a second that the stamps need: 0, 3, 6 or 9."""
    ns = values.astype("datetime64[ns]").astype(np.int64)
    steps: Sequence[tuple[int, int]] = ((0, 1_000_000_000), (3, 1_000_000), (6, 1_000))
    return next((digits for digits, step in steps if not (ns % step).any()), 9)


def from_nanoseconds(values: NDArray[np.int64], *, zone_min: NDArray[np.int16] | None) -> Stamps:
    """Stamps of a column that holds dates already (parquet).

    Args:
        values: (n_samples,) nanoseconds since 1970.
        zone_min: (n_samples,) minutes east of UTC; None where no zone is known.
    """
    style = StampStyle(
        between="T",
        digits=_digits(values.astype("datetime64[ns]")),
        zoned=zone_min is not None,
        zulu=True,
        offsets_min=zone_min if zone_min is not None and zone_min.any() else None,
    )
    return Stamps(kind="date", values=values, style=style)


def zone_minutes(values: NDArray[np.int64], local: NDArray[np.int64]) -> NDArray[np.int16]:
    """Minutes east of UTC, of stamps in UTC and on the local clock, nanoseconds each."""
    return np.asarray((local - values) // NS_PER_MIN, dtype=np.int16)
