"""A series on a page: its channels with the regions shaded, as SVG without a script.

Hovering a column shows its time and values through style alone, so that the page may forbid
scripts. Knows no graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.report.page import render
from tools.assets.series.envelope import column_starts, worst_of_columns
from tools.assets.series.frame import Frame, lay_out
from tools.records import IntervalExtent, Region

if TYPE_CHECKING:
    from tools.asset_ports import AssetPort, ElementScores
    from tools.assets.series.series import Series

WIDTH_PX, LEFT_PX, RIGHT_PX = 960, 64, 944
N_COLUMNS = RIGHT_PX - LEFT_PX
HEIGHT_PX, BETWEEN_PX, TOP_PX, BELOW_PX = 96, 40, 34, 26
PROBE_PX = 8
"""Width of the columns that answer to the pointer."""
MAX_CHANNELS = 16
"""That are drawn; those with regions come first."""
MIN_SHADE_PX = 3.0


class Shade(NamedTuple):
    """A region over one channel."""

    number: int
    x_px: float
    width_px: float
    words: str


class Probe(NamedTuple):
    """What the pointer is told in one column."""

    x_px: float
    words: str


class Lane(NamedTuple):
    """One channel."""

    label: str
    top_px: int
    path: str
    low: str
    high: str
    heat: list[tuple[float, float]]
    """Left edges and strengths in (0, 1] of the score's columns."""
    shades: list[Shade]
    probes: list[Probe]


def series_panel(
    asset: AssetPort, regions: Sequence[Region], scores: ElementScores | None = None
) -> str:
    """Draw a series with its regions.

    Args:
        asset: an opened series.
        regions: of the verdict; those that are no intervals are left out.
        scores: (n_samples, n_channels), higher is worse; shown as a strip under each channel.

    Returns:
        HTML that needs nothing from outside; every text in it is escaped.

    Raises:
        ValueError: where the asset is no series.
    """
    from tools.assets.series.series import Series

    if not isinstance(asset, Series):
        raise ValueError(f"{asset.asset.path} is {asset.asset.modality}, no series")
    placed = [(r.id, r.source) for r in regions if isinstance(r.source, IntervalExtent)]
    channels = _channels(asset, [extent for _, extent in placed])
    lanes = list(_lanes(asset, channels, placed, scores))
    return render(
        "series.html.jinja",
        lanes=lanes,
        width=WIDTH_PX,
        left=LEFT_PX,
        right=RIGHT_PX,
        lane_height=HEIGHT_PX,
        probe_width=PROBE_PX,
        height=TOP_PX + len(lanes) * (HEIGHT_PX + BETWEEN_PX) - BETWEEN_PX + BELOW_PX,
        start=asset.stamp_words(0),
        end=asset.stamp_words(asset.asset.size[0] - 1),
        intervals=[(number, _interval_words(extent)) for number, extent in placed],
        n_hidden=len(asset.channels) - len(channels),
    )


def _channels(series: Series, extents: Sequence[IntervalExtent]) -> list[int]:
    """Those with regions and then the others, as many as are drawn, in the file's order."""
    touched = {name for extent in extents for name in extent.channels}
    every = range(len(series.channels))
    first = sorted(every, key=lambda i: series.channels[i].name not in touched)
    return sorted(first[:MAX_CHANNELS])


def _lanes(
    series: Series,
    channels: Sequence[int],
    placed: Sequence[tuple[int, IntervalExtent]],
    scores: ElementScores | None,
) -> Iterator[Lane]:
    n_samples = series.asset.size[0]
    frame = lay_out([0], [(0.0, 1.0)], series.seconds, (0, n_samples))
    starts = column_starts(series.seconds, start=frame.start, end=frame.end, n_columns=N_COLUMNS)
    highest = float(np.nanmax(scores, initial=0.0)) if scores is not None else 0.0
    for place, channel in enumerate(channels):
        values = series.values(channel)
        name = series.channels[channel].name
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        top_px = TOP_PX + place * (HEIGHT_PX + BETWEEN_PX)
        own = [(number, extent) for number, extent in placed if name in extent.channels]
        yield Lane(
            label=series.channel_words(channel),
            top_px=top_px,
            path=_path(values, series.seconds, starts, frame, (low, high), top_px),
            low=f"{low:.5g}",
            high=f"{high:.5g}",
            heat=_heat(scores[:, channel], starts, highest) if scores is not None else [],
            shades=[_shade(series, number, extent, frame) for number, extent in own],
            probes=_probes(series, channel, starts),
        )


def _path(
    values: NDArray[np.float64],
    seconds: NDArray[np.float64],
    starts: NDArray[np.int64],
    frame: Frame,
    limits: tuple[float, float],
    top_px: int,
) -> str:
    """Path data: every sample where they are few, else least and greatest of each column."""
    low, high = limits
    if len(values) <= 2 * N_COLUMNS:
        x_px = LEFT_PX + (seconds - frame.start) * (N_COLUMNS / (frame.end - frame.start))
        y = values
    else:
        most, least = worst_of_columns(values, starts), -worst_of_columns(-values, starts)
        x_px = np.repeat(LEFT_PX + np.arange(N_COLUMNS) + 0.5, 2)
        y = np.column_stack([least, most]).ravel()
    y_px = top_px + HEIGHT_PX * (high - y) / (high - low or 1.0)
    steps, pen = [], "M"
    for x, level in zip(x_px.tolist(), y_px.tolist(), strict=True):
        if np.isfinite(level):
            steps.append(f"{pen}{x:.1f} {level:.1f}")
            pen = "L"
        elif len(values) <= 2 * N_COLUMNS:
            pen = "M"
    return "".join(steps)


def _heat(
    scores: NDArray[np.float32], starts: NDArray[np.int64], highest: float
) -> list[tuple[float, float]]:
    worst = np.nan_to_num(worst_of_columns(scores, starts), nan=0.0) / (highest or 1.0)
    return [(float(LEFT_PX + i), round(float(v), 2)) for i, v in enumerate(worst) if v >= 0.05]


def _shade(series: Series, number: int, extent: IntervalExtent, frame: Frame) -> Shade:
    span = frame.end - frame.start
    rows = extent.first_sample, min(extent.last_sample, series.asset.size[0]) - 1
    x1, x2 = (LEFT_PX + (series.seconds[row] - frame.start) * N_COLUMNS / span for row in rows)
    width = max(float(x2 - x1), MIN_SHADE_PX)
    x_px = min(float(x1), RIGHT_PX - width)
    return Shade(number, round(x_px, 1), round(width, 1), _interval_words(extent))


def _interval_words(extent: IntervalExtent) -> str:
    ends = [end if isinstance(end, str) else f"{end:.10g}" for end in (extent.start, extent.end)]
    return f"{', '.join(extent.channels)}: {ends[0]} to {ends[1]}"


def _probes(series: Series, channel: int, starts: NDArray[np.int64]) -> list[Probe]:
    """Time, least and greatest value of columns that are wide enough to point at."""
    values, probes = series.values(channel), []
    for at in range(0, N_COLUMNS, PROBE_PX):
        first, last = int(starts[at]), int(starts[min(at + PROBE_PX, N_COLUMNS)])
        known = values[first:last][np.isfinite(values[first:last])]
        if known.size:
            least, most = f"{known.min():.5g}", f"{known.max():.5g}"
            told = least if least == most else f"{least} to {most}"
            probes.append(Probe(LEFT_PX + at, f"{series.stamp_words(first)}   {told}"))
    return probes
