"""Least and greatest sample of each pixel column, so that no spike is lost. Knows no picture."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.assets.series.frame import usual_step

GAP_STEPS = 10
"""A line is broken where no sample comes for so many times the usual step."""


class Line(NamedTuple):
    """Corners of a line to draw, NaN where it breaks."""

    x_px: NDArray[np.float64]
    y: NDArray[np.float64]
    sparse: bool
    """Whether samples lie so far apart that each wants a dot."""


def column_starts(
    seconds: NDArray[np.float64], *, start: float, end: float, n_columns: int
) -> NDArray[np.int64]:
    """(n_columns + 1,) first row of each pixel column: column c has rows [starts[c], starts[c+1]).

    Args:
        seconds: (n,) ascending times.
        start: time at the left edge of the first column.
        end: time at the right edge of the last.
        n_columns: at least 1.
    """
    edges = start + (end - start) * np.arange(n_columns + 1) / n_columns
    return np.searchsorted(seconds, edges, side="left").astype(np.int64)


def worst_of_columns(
    values: NDArray[np.floating], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(n_columns,) greatest value of the rows of each column; NaN where there is none."""
    return _reduced(np.fmax, values, starts)


def draw_line(
    seconds: NDArray[np.float64],
    values: NDArray[np.float64],
    *,
    start: float,
    end: float,
    n_columns: int,
) -> Line:
    """The line of a channel: every sample where they are few, else the envelope of each column.

    Args:
        seconds: (n,) ascending times.
        values: (n,), NaN for gaps.
        start: time at the left edge.
        end: time at the right edge.
        n_columns: width of the axes in pixels.
    """
    broken = gap_rows(seconds)
    if len(values) <= 2 * n_columns:
        x_px = (seconds - start) * (n_columns / (end - start))
        line = _broken_at(x_px, values, broken)
        return Line(*line, sparse=len(values) * 8 < n_columns or not _has_pairs(values))
    starts = column_starts(seconds, start=start, end=end, n_columns=n_columns)
    return Line(*_envelope(values, starts, broken), sparse=False)


def gap_rows(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows before which no sample came for a long time."""
    usual = usual_step(seconds)
    if not usual:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.diff(seconds) > GAP_STEPS * usual) + 1


def _has_pairs(values: NDArray[np.float64]) -> bool:
    finite = np.isfinite(values)
    return bool((finite[1:] & finite[:-1]).any())


def _broken_at(
    x_px: NDArray[np.float64], y: NDArray[np.float64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.insert(x_px, rows, np.nan), np.insert(y, rows, np.nan)


def _envelope(
    values: NDArray[np.float64], starts: NDArray[np.int64], broken: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low, high = _reduced(np.fmin, values, starts), _reduced(np.fmax, values, starts)
    filled = np.flatnonzero(starts[1:] > starts[:-1])
    x_px = np.repeat(filled + 0.5, 2)
    y = np.column_stack([low[filled], high[filled]]).ravel()
    firsts = starts[filled]
    n_before = np.searchsorted(broken, firsts, side="right")
    apart = (np.diff(n_before) > 0) & (np.diff(filled) > 1)
    return _broken_at(x_px, y, 2 * (np.flatnonzero(apart) + 1))


def _reduced(
    ufunc: np.ufunc, values: NDArray[np.floating], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """A reduction over the rows of each column; NaN for columns without rows."""
    reduced = np.full(len(starts) - 1, np.nan)
    filled = np.flatnonzero(starts[1:] > starts[:-1])
    if filled.size:
        end = starts[filled[-1] + 1]
        reduced[filled] = ufunc.reduceat(values[:end], starts[filled])
    return reduced
