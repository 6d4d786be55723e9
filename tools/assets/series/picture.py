"""One picture of a series: stacked axes over an interval, and the way back from its pixels."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tools.arrays import BoolMask, Float32Map, UInt8Image
from tools.assets.series.drawing import draw
from tools.assets.series.envelope import column_starts, draw_line, worst_of_columns
from tools.assets.series.frame import LEFT_PX, N_COLUMNS, RIGHT_PX, Band, Frame, usual_step
from tools.assets.series.names import PictureName
from tools.records import Asset, Box, Extent, IntervalExtent, whole_pixel_box

if TYPE_CHECKING:
    from tools.asset_ports import ElementScores
    from tools.assets.series.series import Series

MIN_ROWS = 8
"""That a closer picture shows, where there are so many."""
NEAR_STEPS = 0.75
"""A pixel column without a sample shows the nearest one within so many usual steps."""


class SeriesPicture:
    """Channels of a series over an interval, drawn once. Implements `PicturePort`."""

    def __init__(self, series: Series, name: PictureName, frame: Frame) -> None:
        """Take what is shown; nothing is drawn before `read`."""
        self._series = series
        self._name = name
        self._frame = frame
        self._image_hwc: UInt8Image | None = None
        self._lock = threading.Lock()

    @property
    def asset(self) -> Asset:
        return self._series.asset

    @property
    def name(self) -> str:
        return str(self._name)

    @property
    def label(self) -> str:
        """`temperature, pressure, 0 to 60 s`."""
        channels = ", ".join(self._series.channels[band.channel].name for band in self._frame.bands)
        return f"{channels}, {self._series.interval_words(self._frame.rows)}"

    @property
    def frame(self) -> Frame:
        """Where its axes are."""
        return self._frame

    @property
    def size(self) -> list[int]:
        return self._frame.size

    @property
    def window_xyxy(self) -> list[float]:
        width_px, height_px = self.size
        return [0.0, 0.0, float(width_px), float(height_px)]

    def read(self, window_xyxy: Sequence[float]) -> UInt8Image:
        """See `PicturePort.read`."""
        width_px, height_px = self.size
        x1, y1, x2, y2 = whole_pixel_box(list(window_xyxy))
        x1, y1, x2, y2 = max(x1, 0), max(y1, 0), min(x2, width_px), min(y2, height_px)
        if x1 >= x2 or y1 >= y2:
            raise ValueError(
                f"window_xyxy must overlap the picture of {width_px} x {height_px} px, "
                f"got {list(window_xyxy)}"
            )
        return self._drawn()[y1:y2, x1:x2].copy()

    def closer(self, window_xyxy: Sequence[float]) -> SeriesPicture:
        """The interval and the channels of a window, drawn anew over the full axes.

        Raises:
            ValueError: where the window shows no axes.
        """
        x1, y1, x2, y2 = window_xyxy
        bands = self._hit(y1, y2, x1=x1, x2=x2)
        rows = self._at_least(self._rows_between(x1, x2))
        first, last = self._series.shown_positions([band.channel for band in bands])
        return self._series.picture(str(PictureName(first, last, rows)))

    def extent(self, box_xyxy: Box, mask: BoolMask | None = None) -> IntervalExtent:
        """The interval and the channels whose axes a box covers; margins belong to the axes.

        A box that covers less than a tenth of an axes' height does not mean it, unless it covers
        no other better. An interval has at least one sample: the nearest.

        Raises:
            ValueError: where the box shows no axes.
        """
        x1, y1, x2, y2 = box_xyxy
        if mask is not None and mask.any():
            left, top, _, _ = whole_pixel_box(box_xyxy)
            rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            x1, x2 = left + float(columns[0]), left + float(columns[-1]) + 1
            y1, y2 = top + float(rows[0]), top + float(rows[-1]) + 1
        bands = self._hit(y1, y2, x1=x1, x2=x2)
        return self._series.interval(self._rows_between(x1, x2), [b.channel for b in bands])

    def box_of(self, extent: Extent) -> Box | None:
        """See `PicturePort.box_of`: whole pixel columns, whole axes."""
        if not isinstance(extent, IntervalExtent):
            return None
        first = max(extent.first_sample, self._frame.rows[0])
        last = min(extent.last_sample, self._frame.rows[1])
        names = self._series.channels
        bands = [b for b in self._frame.bands if names[b.channel].name in extent.channels]
        if first >= last or not bands:
            return None
        seconds = self._series.seconds
        if seconds[first] > self._frame.end:
            return None
        left = self._frame.column_of(float(seconds[first]))
        right = self._frame.column_of(float(seconds[last - 1])) + 1
        return [float(left), float(bands[0].top_px), float(right), float(bands[-1].bottom_px)]

    def paint(self, scores: ElementScores) -> Float32Map:
        """Scores (n_samples, n_channels): each pixel column of an axes takes its worst sample.

        Raises:
            ValueError: where the scores are of another shape than the series.
        """
        if list(scores.shape) != self.asset.size:
            raise ValueError(f"scores must have shape {self.asset.size}, got {list(scores.shape)}")
        width_px, height_px = self.size
        painted = np.zeros((height_px, width_px), dtype=np.float32)
        starts, nearest = self._columns()
        first, last = self._frame.rows
        for band in self._frame.bands:
            line = worst_of_columns(scores[first:last, band.channel], starts)
            beside = nearest >= 0
            line[beside] = scores[first:last, band.channel][nearest[beside]]
            painted[band.top_px : band.bottom_px, LEFT_PX:RIGHT_PX] = np.nan_to_num(line, nan=0.0)
        return painted

    def _columns(self) -> tuple[np.ndarray, np.ndarray]:
        """First row of each column, and for columns without rows the near one, or -1."""
        first, last = self._frame.rows
        seconds = self._series.seconds[first:last]
        start, end = self._frame.start, self._frame.end
        starts = column_starts(seconds, start=start, end=end, n_columns=N_COLUMNS)
        nearest = np.full(N_COLUMNS, -1, dtype=np.int64)
        empty = np.flatnonzero(starts[1:] == starts[:-1])
        if empty.size:
            centres = start + (end - start) * (empty + 0.5) / N_COLUMNS
            rows = _nearest_rows(seconds, centres)
            near = np.abs(seconds[rows] - centres) <= NEAR_STEPS * usual_step(seconds)
            nearest[empty[near]] = rows[near]
        return starts, nearest

    def _rows_between(self, x1_px: float, x2_px: float) -> tuple[int, int]:
        first, last = self._frame.rows
        seconds = self._series.seconds[first:last]
        low, high = self._frame.time_at(x1_px), self._frame.time_at(x2_px)
        begin = int(np.searchsorted(seconds, low, side="left"))
        # Half a tiny step after a large one is lost in rounding: the last sample is at the edge.
        is_whole = x2_px >= RIGHT_PX
        end = len(seconds) if is_whole else int(np.searchsorted(seconds, high, side="left"))
        if begin >= end:
            begin = int(_nearest_rows(seconds, np.array([(low + high) / 2]))[0])
            end = begin + 1
        return first + begin, first + end

    def _at_least(self, rows: tuple[int, int]) -> tuple[int, int]:
        """Rows around, where they are fewer than a picture is worth."""
        short = MIN_ROWS - (rows[1] - rows[0])
        if short <= 0:
            return rows
        n_samples = self.asset.size[0]
        first = max(0, min(rows[0] - short // 2, n_samples - MIN_ROWS))
        return first, min(n_samples, first + MIN_ROWS)

    def _hit(self, y1_px: float, y2_px: float, *, x1: float, x2: float) -> list[Band]:
        bands = self._frame.hit(y1_px, y2_px) if x1 < RIGHT_PX and x2 > LEFT_PX else []
        if not bands:
            raise ValueError(
                f"[{x1:g}, {y1_px:g}, {x2:g}, {y2_px:g}] shows no axes of {self.name}; "
                f"they are in columns {LEFT_PX} to {RIGHT_PX}, in rows "
                + ", ".join(f"{band.top_px} to {band.bottom_px}" for band in self._frame.bands)
            )
        return bands

    def _drawn(self) -> UInt8Image:
        with self._lock:
            if self._image_hwc is None:
                self._image_hwc = self._draw()
            return self._image_hwc

    def _draw(self) -> UInt8Image:
        first, last = self._frame.rows
        seconds = self._series.seconds[first:last]
        lines = [
            draw_line(
                seconds,
                self._series.values(band.channel)[first:last],
                start=self._frame.start,
                end=self._frame.end,
                n_columns=N_COLUMNS,
            )
            for band in self._frame.bands
        ]
        labels = [self._series.channel_words(band.channel) for band in self._frame.bands]
        return draw(self._frame, lines, labels, self._series.axis(self._frame.rows[0]))


def _nearest_rows(seconds: np.ndarray, times: np.ndarray) -> np.ndarray:
    right = np.clip(np.searchsorted(seconds, times), 1, max(len(seconds) - 1, 1))
    right = np.minimum(right, len(seconds) - 1)
    left = np.maximum(right - 1, 0)
    return np.where(times - seconds[left] <= seconds[right] - times, left, right)
