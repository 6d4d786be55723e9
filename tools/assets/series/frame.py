"""Where a picture of channels has its axes, and which time a pixel is. Knows no drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

WIDTH_PX = 1024
"""As large as a view may be, so that labels are shown as they are drawn."""
LEFT_PX, RIGHT_PX = 76, 1004
"""Edges of every axes."""
N_COLUMNS = RIGHT_PX - LEFT_PX
TOP_PX, BETWEEN_PX, BELOW_PX = 26, 26, 46
BAND_PX = {1: 360, 2: 240, 3: 190, 4: 160, 5: 140, 6: 120, 7: 104, 8: 92}
"""Height of an axes by how many are stacked."""
Y_ROOM = 0.05
"""Of the range, above and below."""
HIT_SHARE = 0.1
"""Of an axes' height that a box must cover to mean it."""


class Band(NamedTuple):
    """The axes of one channel: rows [top_px, bottom_px) of the picture."""

    channel: int
    """Its position in the series."""
    top_px: int
    bottom_px: int
    low: float
    """Value at the bottom edge."""
    high: float


@dataclass(frozen=True)
class Frame:
    """The axes of a picture. Times are those of `Stamps.seconds`."""

    start: float
    """At the left edge of the axes."""
    end: float
    rows: tuple[int, int]
    """[first, last) of the samples that it shows."""
    bands: tuple[Band, ...]

    @property
    def size(self) -> list[int]:
        """[width_px, height_px] of the picture."""
        return [WIDTH_PX, self.bands[-1].bottom_px + BELOW_PX]

    def time_at(self, x_px: float) -> float:
        """The time at a horizontal place, clipped to the axes."""
        share = (min(max(x_px, LEFT_PX), RIGHT_PX) - LEFT_PX) / N_COLUMNS
        return self.start + (self.end - self.start) * share

    def column_of(self, time: float) -> int:
        """The pixel column, of the picture, that shows a time; clipped to the axes."""
        # As `time_at` has it to the last bit, or a sample on an edge is in one column or the other.
        edges = self.start + (self.end - self.start) * (np.arange(N_COLUMNS + 1) / N_COLUMNS)
        column = int(np.searchsorted(edges, time, side="right")) - 1
        return LEFT_PX + min(max(column, 0), N_COLUMNS - 1)

    def hit(self, y1_px: float, y2_px: float) -> list[Band]:
        """The bands that rows of pixels mean: those well covered, else the one covered most."""
        covered = [min(y2_px, b.bottom_px) - max(y1_px, b.top_px) for b in self.bands]
        well = [
            band
            for band, px in zip(self.bands, covered, strict=True)
            if px >= HIT_SHARE * (band.bottom_px - band.top_px)
        ]
        if well or max(covered) <= 0:
            return well
        return [self.bands[int(np.argmax(covered))]]

    def shown_like(self, other: Frame) -> Frame:
        """This frame with the other's span of time and ranges of values, band by band."""
        bands = tuple(
            mine._replace(low=theirs.low, high=theirs.high)
            for mine, theirs in zip(self.bands, other.bands, strict=True)
        )
        return replace(self, end=self.start + (other.end - other.start), bands=bands)


def lay_out(
    channels: Sequence[int],
    ranges: Sequence[tuple[float, float]],
    seconds: NDArray[np.float64],
    rows: tuple[int, int],
) -> Frame:
    """Stack the axes of channels.

    Args:
        channels: positions in the series, from top to bottom.
        ranges: least and greatest value of each.
        seconds: (n,) times of all samples.
        rows: [first, last) that are shown.
    """
    height_px = BAND_PX[len(channels)]
    bands = []
    for place, (channel, (least, greatest)) in enumerate(zip(channels, ranges, strict=True)):
        top_px = TOP_PX + place * (height_px + BETWEEN_PX)
        room = (greatest - least) * Y_ROOM or abs(least) * Y_ROOM or 1.0
        bands.append(Band(channel, top_px, top_px + height_px, least - room, greatest + room))
    times = seconds[rows[0] : rows[1]]
    # Half a step on both sides gives the first and the last sample a place of their own.
    room = usual_step(times) / 2 or 0.5
    return Frame(float(times[0] - room), float(times[-1] + room), rows, tuple(bands))


def usual_step(seconds: NDArray[np.float64]) -> float:
    """Median of the steps between ascending times that differ; 0 where none do."""
    steps = np.diff(seconds)
    steps = steps[steps > 0]
    return float(np.median(steps)) if steps.size else 0.0
