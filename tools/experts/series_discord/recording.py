"""A series on an even grid of time, gaps filled and marked. Knows no window and no score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.ports import NotApplicable

if TYPE_CHECKING:
    from tools.assets.series.series import Series

EVEN_SHARE = 0.9
"""Steps that must be whole multiples of the usual one, for stamps to tell a grid."""
STEP_SLACK = 0.1
"""By which a step may differ from a whole multiple, in usual steps."""
MAX_GROWTH = 2.0
"""Of the number of samples by gaps that are made visible; longer gaps are shortened."""
TINY_SCALE = 1e-3
"""Of a constant channel: the unit in which it is measured, relative to its value."""


class Recording(NamedTuple):
    """Channels on an even grid, G places by C channels."""

    values_gc: NDArray[np.float64]
    """Linear between samples where some are missing."""
    missing_gc: NDArray[np.bool_]
    places: NDArray[np.int64]
    """(n_samples,) place of each row of the series."""
    clock_s: NDArray[np.float64] | None
    """(G,) seconds since 1970 on the local clock; None where no date is known."""
    step: float
    """Between places, in the unit of the series' time; 0 where rows are places."""


class Scale(NamedTuple):
    """Middle and spread of each channel among the references."""

    middle_c: NDArray[np.float64]
    spread_c: NDArray[np.float64]


def record(series: Series, channels: Sequence[str], *, evenly: bool = True) -> Recording:
    """Lay a series on a grid.

    Places are steps of time where the stamps are even but for gaps, else rows.

    Args:
        series: opened.
        channels: names, in the order of the recording's columns.
        evenly: false where places must be rows.

    Raises:
        NotApplicable: where the series has other channels.
    """
    own = [one.name for one in series.channels]
    if set(own) != set(channels):
        apart = ", ".join(sorted(set(own) ^ set(channels))[:8])
        raise NotApplicable(f"{series.asset.path}: the series and its references differ in {apart}")
    order = [own.index(name) for name in channels]
    places, step = _places(series.seconds, evenly=evenly and series.stamps.kind != "row")
    n_places = int(places[-1]) + 1
    laid = np.full((n_places, len(order)), np.nan)
    laid[places] = series.values_cn[order].T
    clock = series.stamps.clock_s()
    return Recording(
        values_gc=_filled(laid),
        missing_gc=np.isnan(laid),
        places=places,
        clock_s=None if clock is None else np.interp(np.arange(n_places), places, clock),
        step=step,
    )


def scale_of(recordings: Sequence[Recording]) -> Scale:
    """Median and standard deviation of each channel over all recordings."""
    pooled = np.concatenate([one.values_gc for one in recordings])
    middle = np.median(pooled, axis=0)
    spread = pooled.std(axis=0)
    floor = np.maximum(np.abs(middle) * TINY_SCALE, np.finfo(np.float32).tiny)
    # Rounding leaves a constant channel a spread; noise of a millionth is no normal variation.
    return Scale(middle, np.where(spread > floor * TINY_SCALE, spread, floor))


def scaled(recording: Recording, scale: Scale) -> Recording:
    """A recording in units of the references' spread."""
    values = (recording.values_gc - scale.middle_c) / scale.spread_c
    return recording._replace(values_gc=values)


def _places(seconds: NDArray[np.float64], *, evenly: bool) -> tuple[NDArray[np.int64], float]:
    rows = np.arange(len(seconds), dtype=np.int64)
    steps = np.diff(seconds)
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    if not evenly or not usual:
        return rows, 0.0
    multiples = steps / usual
    even = np.abs(multiples - np.rint(multiples)) <= STEP_SLACK
    if even.mean() < EVEN_SHARE:
        return rows, 0.0
    places = np.rint((seconds - seconds[0]) / usual).astype(np.int64)
    places = np.maximum.accumulate(places - rows) + rows  # equal stamps move on by one place
    jumps = np.diff(places)
    n_gaps = max(1, int((jumps > 1).sum()))
    longest = max(1, int((MAX_GROWTH - 1) * len(rows) / n_gaps))
    return np.concatenate([[0], np.cumsum(np.minimum(jumps, 1 + longest))]), usual


def _filled(laid: NDArray[np.float64]) -> NDArray[np.float64]:
    every = np.arange(len(laid))
    filled = laid.copy()
    for column in range(laid.shape[1]):
        known = np.isfinite(laid[:, column])
        if not known.any():
            filled[:, column] = 0.0
        elif not known.all():
            filled[~known, column] = np.interp(every[~known], every[known], laid[known, column])
    return filled
