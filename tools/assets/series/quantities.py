"""Numbers that rules limit: extremes, means and slopes of channels, gaps. Knows no picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.asset_ports import Quantity
from tools.assets.series.runs import joined_runs
from tools.assets.series.table import SeriesTable
from tools.errors import ToolError

Reducer = Callable[[NDArray[np.float64], NDArray[np.float64]], float]
"""Finite values (n,) and their times (n,) to one number."""


def _slope(values: NDArray[np.float64], seconds: NDArray[np.float64]) -> float:
    centred = seconds - seconds.mean()
    spread = float(centred @ centred)
    return float(centred @ (values - values.mean())) / spread if spread else 0.0


REDUCERS: dict[str, tuple[str, Reducer]] = {
    "max": ("largest value", lambda values, _: float(values.max())),
    "min": ("smallest value", lambda values, _: float(values.min())),
    "mean": ("mean", lambda values, _: float(values.mean())),
    "range": ("largest less smallest value", lambda values, _: float(np.ptp(values))),
    "std": ("standard deviation", lambda values, _: float(values.std())),
    "slope": ("least-squares slope", _slope),
}
"""By the word before the colon: what it is, and how it is computed."""
WHOLE = ("gap", "duration", "n_samples")


class Place(NamedTuple):
    """Rows [first, last) of some channels."""

    first: int
    last: int
    channels: tuple[int, ...]


class Found(NamedTuple):
    """A measured value and where it is decided."""

    value: float
    unit: str
    where: Place | None


def quantities_of(table: SeriesTable) -> Mapping[str, Quantity]:
    """What can be measured of a series, by name: `max:temperature`, `gap`."""
    time_unit = table.stamps.time_unit
    known = {
        f"{word}:{name}": Quantity(_unit(word, unit, time_unit), f"{text} of {name}")
        for word, (text, _) in REDUCERS.items()
        for name, unit in table.channels
    }
    for name, _ in table.channels:
        known[f"missing:{name}"] = Quantity("samples", f"samples of {name} that are missing")
    known["gap"] = Quantity(time_unit, "largest distance between two samples in time")
    known["duration"] = Quantity(time_unit, "from the first to the last sample")
    known["n_samples"] = Quantity("samples", "how many there are")
    return known


def measure_series(
    table: SeriesTable, seconds: NDArray[np.float64], quantity: str, rows: tuple[int, int]
) -> Found:
    """Measure a quantity over rows [first, last).

    Raises:
        ToolError: where there is no such quantity, or no sample in these rows.
    """
    word, name = _parted(table, quantity)
    first, last = rows
    times = seconds[first:last]
    if word not in REDUCERS and word != "missing":
        return _of_time(table, times, quantity, rows)
    channel = [one.name for one in table.channels].index(name)
    values = table.values_cn[channel, first:last]
    unit = quantities_of(table)[quantity].unit
    finite = np.isfinite(values)
    if word == "missing":
        return Found(float((~finite).sum()), unit, None)
    if not finite.any():
        raise ToolError(f"{name!r} has no sample in rows {first} to {last}; give other rows")
    value = REDUCERS[word][1](values[finite], times[finite])
    return Found(value, unit, _extreme(word, values, first, channel))


def rows_beyond(
    table: SeriesTable, seconds: NDArray[np.float64], quantity: str, *, low: float, high: float
) -> list[Place]:
    """Where a quantity that varies over time leaves [low, high]; the longest first.

    `max:NAME` and `min:NAME` vary from sample to sample (a sample is beyond where it exceeds
    `high`, or falls below `low`), `gap` from step to step, `missing:NAME` has its gaps. The
    others belong to the whole series. Noise about a limit does not part an interval: short gaps
    are joined (`joined_runs`).

    Raises:
        ToolError: where there is no such quantity.
    """
    word, name = _parted(table, quantity)
    names = [one.name for one in table.channels]
    if word == "gap":
        steps = np.diff(seconds)
        rows = np.flatnonzero(steps > high)
        places = [Place(int(row), int(row) + 2, tuple(range(len(names)))) for row in rows]
        return sorted(places, key=lambda place: -steps[place.first])
    if word not in ("max", "min", "missing"):
        return []
    channel = names.index(name)
    values = table.values_cn[channel]
    if word == "missing":
        wrong = ~np.isfinite(values) if np.isnan(values).sum() > high else np.zeros(0, np.bool_)
    else:
        wrong = values > high if word == "max" else values < low
    runs = [Place(first, last, (channel,)) for first, last in joined_runs(wrong)]
    return sorted(runs, key=lambda run: (run.first - run.last, run.first))


def _parted(table: SeriesTable, quantity: str) -> tuple[str, str]:
    known = quantities_of(table)
    if quantity not in known:
        names = ", ".join(one.name for one in table.channels[:8])
        raise ToolError(
            f"no quantity {quantity!r}; there are {', '.join(REDUCERS)} and missing of a channel "
            f"(as max:{table.channels[0].name}; channels: {names}), and {', '.join(WHOLE)}"
        )
    word, _, name = quantity.partition(":")
    return word, name


def _unit(word: str, unit: str, time_unit: str) -> str:
    if word != "slope":
        return unit
    return f"{unit or '1'}/{time_unit}" if time_unit else unit


def _of_time(
    table: SeriesTable, times: NDArray[np.float64], quantity: str, rows: tuple[int, int]
) -> Found:
    unit = quantities_of(table)[quantity].unit
    if quantity == "n_samples":
        return Found(float(len(times)), unit, None)
    if quantity == "duration" or len(times) < 2:
        return Found(float(times[-1] - times[0]) if quantity == "duration" else 0.0, unit, None)
    steps = np.diff(times)
    widest = int(steps.argmax())
    place = Place(rows[0] + widest, rows[0] + widest + 2, tuple(range(len(table.channels))))
    return Found(float(steps[widest]), unit, place)


def _extreme(word: str, values: NDArray[np.float64], first: int, channel: int) -> Place | None:
    """The sample that is the largest or smallest; None for quantities of the whole."""
    if word not in ("max", "min"):
        return None
    row = first + int(np.nanargmax(values) if word == "max" else np.nanargmin(values))
    return Place(row, row + 1, (channel,))
