"""Windows of a recording as rows of numbers that are compared. Knows no reference and no score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import Float32Array, Int64Array
from tools.experts.series_discord.recording import Recording

MAX_MISSING = 0.25
"""Share of a window that may be filled."""
SHAPE_FLOOR = 0.1
"""Added in squares to a window's spread, in units of the channel's: the noise of a window in
which nothing happens has no shape."""
SEASON_WEIGHT = 0.5
"""Distance of two windows at opposite times of a season is twice this, in the channel's unit."""


MAX_VALUES = 128
WINDOWS_OVER, SHORT_WINDOWS_OVER = 16, 8
"""Windows that lie over each sample when a series is scored."""
MIN_SHORT, MAX_SHORT = 8, 32


class Lens(NamedTuple):
    """One way to look at windows."""

    name: str
    kind: Literal["shape", "course", "level"]
    """shape: less the mean, over the spread. course: less the mean. level: as they are."""
    length: int
    n_values: int
    """A window is reduced to so many means of equal parts."""
    stride: int
    """Between windows that are scored; those that are remembered lie at every sample."""
    seasons_s: tuple[float, ...] = ()
    """Windows are compared together with their place in these seasons."""


def starts_of(recording: Recording, lens: Lens, *, stride: int, channel: int) -> Int64Array:
    """(W,) first places of the windows of a channel, ascending; those with long gaps left out.

    The last window ends at the last place, whatever the stride.
    """
    last = len(recording.values_gc) - lens.length
    if last < 0:
        return np.zeros(0, dtype=np.int64)
    starts = np.arange(0, last + 1, stride, dtype=np.int64)
    starts = starts if starts[-1] == last else np.append(starts, last)
    missing = recording.missing_gc[:, channel]
    if not missing.any():
        return starts
    n_missing = np.concatenate([[0], np.cumsum(missing)])
    share = (n_missing[starts + lens.length] - n_missing[starts]) / lens.length
    return np.asarray(starts[share <= MAX_MISSING])


def describe(recording: Recording, lens: Lens, channel: int, starts: Int64Array) -> Float32Array:
    """(W, D): windows of a channel, such that their Euclidean distance is a root mean square.

    Args:
        recording: in units of the references' spread.
        lens: how they are looked at.
        channel: column of the recording.
        starts: (W,) first places.
    """
    values = recording.values_gc[:, channel]
    sums = np.concatenate([[0.0], np.cumsum(values)])
    edges = np.rint(np.linspace(0, lens.length, lens.n_values + 1)).astype(np.int64)
    places = starts[:, None] + edges[None]
    parts = np.diff(sums[places], axis=1) / np.diff(edges)
    if lens.kind != "level":
        parts -= ((sums[starts + lens.length] - sums[starts]) / lens.length)[:, None]
    if lens.kind == "shape":
        parts /= np.sqrt(_variances(values, sums, starts, lens.length) + SHAPE_FLOOR**2)[:, None]
    parts *= np.sqrt(np.diff(edges) / lens.length)
    return np.hstack([parts, _season_columns(recording, lens, starts)]).astype(np.float32)


def cover(
    starts: Int64Array, scores: NDArray[np.floating], *, length: int, n_places: int
) -> NDArray[np.float64]:
    """(n_places,) mean score of the windows over each place; NaN where there is none."""
    totals, counts = np.zeros(n_places + 1), np.zeros(n_places + 1)
    np.add.at(totals, starts, scores)
    np.add.at(totals, starts + length, -scores)
    np.add.at(counts, starts, 1.0)
    np.add.at(counts, starts + length, -1.0)
    n_over = np.rint(np.cumsum(counts)[:-1])
    over = n_over > 0
    means: NDArray[np.float64] = np.full(n_places, np.nan)
    means[over] = np.cumsum(totals)[:-1][over] / n_over[over]
    return means


def lenses_for(length: int, seasons_s: Sequence[float]) -> tuple[Lens, ...]:
    """The ways to look at windows of one period, and at short ones.

    What a period looks like, whatever its size and level (`shape`), its size (`course`), its
    level at its time of the season (`level`), and a level that lasts a moment (`moment`).
    """
    short = min(max(length // 4, MIN_SHORT), MAX_SHORT, length)
    n_values, stride = min(length, MAX_VALUES), max(1, length // WINDOWS_OVER)
    return (
        Lens("shape", "shape", length, n_values, stride),
        Lens("course", "course", length, n_values, stride),
        Lens("level", "level", length, n_values, stride, tuple(seasons_s)),
        Lens("moment", "level", short, short, max(1, short // SHORT_WINDOWS_OVER)),
    )


def _variances(
    values: NDArray[np.float64], sums: NDArray[np.float64], starts: Int64Array, length: int
) -> NDArray[np.float64]:
    squares = np.concatenate([[0.0], np.cumsum(values**2)])
    means = (sums[starts + length] - sums[starts]) / length
    return np.asarray(
        np.maximum((squares[starts + length] - squares[starts]) / length - means**2, 0.0)
    )


def _season_columns(recording: Recording, lens: Lens, starts: Int64Array) -> NDArray[np.float64]:
    if recording.clock_s is None or not lens.seasons_s:
        return np.zeros((len(starts), 0))
    clock = recording.clock_s[starts]
    angles = [2 * np.pi * clock / season for season in lens.seasons_s]
    circles = np.column_stack([function(a) for a in angles for function in (np.cos, np.sin)])
    return np.asarray(SEASON_WEIGHT * circles)
