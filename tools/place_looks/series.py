"""What an interval of a series looks like beside what lies around it. Knows no references."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tools.asset_ports import AssetPort
from tools.assets.series.series import Series
from tools.records import IntervalExtent

BEYOND = 3.0
"""Robust standard deviations of the surroundings from which on a level is another."""
ROUGHER = 2.5
"""Times the surroundings' change from sample to sample."""
BRIEF_SHARE = 0.01
"""Of the series: shorter excursions are spikes."""
AROUND = 10
"""Lengths of the interval on each side that are its surroundings, at least 50 samples."""
TREND_SHARE = 0.7
"""Of an interval's spread that a straight line must explain to be called a trend."""


def series_looks(asset: AssetPort, extent: IntervalExtent) -> list[str]:
    """Looks of an interval on the channel where it stands out most.

    Args:
        asset: a series; of another kind nothing is told.
        extent: rows and channels.
    """
    if not isinstance(asset, Series):
        return []
    columns = [n for n, one in enumerate(asset.channels) if one.name in extent.channels]
    told = [_of_channel(asset.values(n), extent) for n in columns]
    return max(told, key=lambda one: one[0], default=(0.0, []))[1]


def _of_channel(values_n: NDArray[np.float64], extent: IntervalExtent) -> tuple[float, list[str]]:
    """How far the interval's level is from the surroundings', and the looks."""
    first, last = extent.first_sample, extent.last_sample
    reach = max(AROUND * (last - first), 50)
    inside = values_n[first:last]
    around = np.concatenate(
        [values_n[max(0, first - reach) : first], values_n[last : last + reach]]
    )
    missing = np.isnan(inside)
    if missing.all() or inside.size == 0:
        return float("inf"), ["gap"]
    inside, around = inside[~missing], around[~np.isnan(around)]
    if around.size < 2:
        return 0.0, []
    centre = float(np.median(around))
    spread = max(1.4826 * float(np.median(np.abs(around - centre))), 1e-9 * max(1, abs(centre)))
    furthest = inside[np.argmax(np.abs(inside - centre))]
    beyond = float((furthest - centre) / spread)
    looks = _levels(inside, beyond, brief=(last - first) < BRIEF_SHARE * values_n.size)
    looks += _trend(inside)
    looks += _roughness(inside, around)
    return abs(beyond), looks


def _levels(inside: NDArray[np.float64], beyond: float, *, brief: bool) -> list[str]:
    if abs(beyond) < BEYOND:
        return []
    return ["high" if beyond > 0 else "low", "spike" if brief else "shift"]


def _trend(inside: NDArray[np.float64]) -> list[str]:
    if inside.size < 8 or np.ptp(inside) == 0:
        return []
    time = np.arange(inside.size)
    correlation = float(np.corrcoef(time, inside)[0, 1])
    if correlation**2 < TREND_SHARE:
        return []
    return ["rising" if correlation > 0 else "falling"]


def _roughness(inside: NDArray[np.float64], around: NDArray[np.float64]) -> list[str]:
    if inside.size < 4:
        return []
    own = float(np.mean(np.abs(np.diff(inside))))
    usual = float(np.mean(np.abs(np.diff(around))))
    if own == 0 and usual > 0:
        return ["flat"]
    if usual > 0 and own > ROUGHER * usual:
        return ["noisy"]
    return ["flat"] if own < usual / (4 * ROUGHER) else []
