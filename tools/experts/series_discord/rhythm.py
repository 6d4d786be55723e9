"""How long a window is: the period of the references where they have one. Knows no distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.experts.series_discord.recording import Recording

SEASONS_S = (86_400.0, 604_800.0)
"""A day and a week, of the local clock."""
MIN_LIKENESS = 0.3
"""Autocorrelation from which on a period counts."""
MIN_RISE = 0.1
"""Of the autocorrelation from half a season to a season: a slow drift has none."""
NEAR_BEST = 0.9
"""The shortest period with this share of the best one's autocorrelation is the period."""
DEFAULT_LENGTH = 32
"""Of windows where nothing repeats, in samples."""
MIN_LENGTH = 8
MIN_WINDOWS = 4
"""That the longest reference holds side by side."""
MOST_SAMPLES = 200_000
"""Of a reference, the first ones, in which periods are looked for."""


def window_length(recordings: Sequence[Recording]) -> int:
    """The period of the references in samples, within what their length allows.

    The middle one of the channels' periods; else the shortest season of the clock that repeats;
    else `DEFAULT_LENGTH`. At most a quarter of the longest reference.
    """
    longest = max(recordings, key=lambda one: len(one.values_gc))
    found = [find_period(column) for column in longest.values_gc.T]
    periods = [period for period in found if period]
    length = int(np.median(periods)) if periods else _season_length(longest)
    most = len(longest.values_gc) // MIN_WINDOWS
    return max(MIN_LENGTH, min(length or DEFAULT_LENGTH, most))


def find_period(values: NDArray[np.float64]) -> int | None:
    """The period of a channel in samples; None where it does not repeat.

    The first high peak of the autocorrelation (unbiased, of the values less their line) behind
    its first zero, up to a third of the length.
    """
    values = values[:MOST_SAMPLES]
    likeness = autocorrelation(values)[: len(values) // 3]
    below = np.flatnonzero(likeness < 0)
    if not below.size:
        return None
    lags = np.arange(max(int(below[0]), MIN_LENGTH), len(likeness) - 1)
    here, before, behind = likeness[lags], likeness[lags - 1], likeness[lags + 1]
    peaks = lags[(here >= before) & (here > behind) & (here >= MIN_LIKENESS)]
    if not peaks.size:
        return None
    high = likeness[peaks] >= NEAR_BEST * likeness[peaks].max()
    return int(peaks[high][0])


def find_seasons(recordings: Sequence[Recording]) -> tuple[float, ...]:
    """Seasons of the clock, in seconds, by which some channel of the references repeats."""
    longest = max(recordings, key=lambda one: len(one.values_gc))
    return tuple(season for season in SEASONS_S if _repeats(longest, season))


def autocorrelation(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) by lag, in about [-1, 1], of the values less their least-squares line; unbiased."""
    n = len(values)
    times = np.arange(n, dtype=np.float64)
    rest = values - np.polyval(np.polyfit(times, values, 1), times) if n > 1 else values * 0.0
    spectrum = np.fft.rfft(rest, 2 * n)
    raw = np.fft.irfft(spectrum * np.conj(spectrum), 2 * n)[:n]
    power = float(raw[0]) or 1.0
    return np.asarray(raw / power * n / (n - times))


def _season_length(recording: Recording) -> int | None:
    seasons = find_seasons([recording])
    return _lag(recording, seasons[0]) if seasons else None


def _lag(recording: Recording, season_s: float) -> int | None:
    """A season in places of the grid; None where no clock tells."""
    clock = recording.clock_s
    if clock is None or not recording.step:
        return None
    step_s = float(np.median(np.diff(clock)))
    return round(season_s / step_s) if step_s > 0 else None


def _repeats(recording: Recording, season_s: float) -> bool:
    lag = _lag(recording, season_s)
    if lag is None or not MIN_LENGTH <= lag <= len(recording.values_gc) // 2:
        return False
    curves = [autocorrelation(column) for column in recording.values_gc.T]
    return any(
        curve[lag] >= MIN_LIKENESS and curve[lag] >= curve[lag // 2] + MIN_RISE for curve in curves
    )
