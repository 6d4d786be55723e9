"""A column of dates and one of clock times, joined to one of stamps. Knows no file format."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from tools.assets.series.arrow import arrow
from tools.assets.series.columns import Column
from tools.assets.series.stamp_text import UnreadableStamp, read_stamps
from tools.assets.series.stamps import NS_PER_S, Stamps

CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?")
DAY_NS = 86_400 * NS_PER_S
SHOWN_ROWS = 200


def with_clock(columns: Sequence[Column]) -> list[Column]:
    """Columns with a time of day joined to the dates beside it; as they are where there is none.

    A table of `Date` and `Time` otherwise would have one stamp for all the samples of a day.
    """
    dates = next((i for i, column in enumerate(columns) if _holds_days(column)), None)
    clocks = next((i for i, column in enumerate(columns) if _holds_clocks(column)), None)
    if dates is None or clocks is None:
        return list(columns)
    joined = _joined(columns[dates], columns[clocks])
    if joined is None:
        return list(columns)
    kept = [column for i, column in enumerate(columns) if i not in (dates, clocks)]
    return [Column(columns[dates].name, stamps=joined), *kept]


def _holds_days(column: Column) -> bool:
    if column.stamps is None or column.stamps.style.zoned:
        return False
    return not (np.asarray(column.stamps.values) % DAY_NS).any()


def _holds_clocks(column: Column) -> bool:
    if column.texts is None or column.texts.null_count:
        return False
    shown = column.texts.slice(0, SHOWN_ROWS).to_pylist()
    return bool(shown) and all(CLOCK.fullmatch(word.strip()) for word in shown)


def _joined(days: Column, clocks: Column) -> Stamps | None:
    pc = arrow("compute")

    padded = pc.utf8_lpad(pc.utf8_trim_whitespace(clocks.texts), 5, padding="0")
    padded = pc.replace_substring_regex(padded, r"^(\d):", r"0\1:")
    try:
        times = read_stamps(pc.binary_join_element_wise("1970-01-01", padded, " "))
    except UnreadableStamp:
        return None
    assert days.stamps is not None
    values = np.asarray(days.stamps.values + times.values, dtype=np.int64)
    return Stamps(kind="date", values=values, style=times.style)
