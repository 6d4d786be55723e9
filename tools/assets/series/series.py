"""A time series as an asset: pictures, measurements, intervals. Knows no file format or expert."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tools.asset_ports import Measured, Quantity, ScoredExtent
from tools.assets.series.columns import NamedUnit
from tools.assets.series.drawing import Axis
from tools.assets.series.frame import N_COLUMNS, Frame, lay_out
from tools.assets.series.names import PictureName, parse_name, whole_names
from tools.assets.series.picture import SeriesPicture
from tools.assets.series.quantities import Place, measure_series, quantities_of, rows_beyond
from tools.assets.series.runs import joined_runs
from tools.assets.series.stamps import Stamps
from tools.assets.series.table import SeriesTable
from tools.errors import ToolError
from tools.ports import NotApplicable
from tools.records import Asset, Extent, IntervalExtent

if TYPE_CHECKING:
    from tools.asset_ports import AssetPort, ElementScores

KEPT_PICTURES = 16
"""Drawn ones that are kept; each takes about 2.4 MB."""
MAX_PLACES = 1000
"""Intervals that are given at most."""


class Series:
    """Channels over time, decoded once. Implements `AssetPort`."""

    def __init__(self, asset: Asset, table: SeriesTable, *, like: Series | None = None) -> None:
        """Take what was read.

        Args:
            asset: the file that it comes from.
            table: its samples.
            like: another series whose axes and channel order its pictures take.
        """
        self._asset = asset
        self._table = table
        self._like = like
        self._pictures: OrderedDict[str, SeriesPicture] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def asset(self) -> Asset:
        return self._asset

    @property
    def notes(self) -> tuple[str, ...]:
        return self._table.notes

    @property
    def table(self) -> SeriesTable:
        """The samples as they were read. Not to be written to."""
        return self._table

    @property
    def channels(self) -> tuple[NamedUnit, ...]:
        """Names and units, in the order of the elements' columns."""
        return self._table.channels

    @property
    def stamps(self) -> Stamps:
        """When the samples were taken."""
        return self._table.stamps

    @property
    def values_cn(self) -> NDArray[np.float64]:
        """(n_channels, n_samples), NaN where a sample is missing. Not to be written to."""
        return self._table.values_cn

    def in_time(self, values_n: NDArray[Any]) -> NDArray[Any]:
        """Values of the file's rows, (n_samples,), put in the order of time as the samples are."""
        rows = self._table.file_rows
        return values_n if rows is None else values_n[rows]

    @cached_property
    def seconds(self) -> NDArray[np.float64]:
        """(n_samples,) since the first sample, in the unit of `stamps.time_unit`."""
        return self._table.stamps.seconds()

    def values(self, channel: int) -> NDArray[np.float64]:
        """(n_samples,) of one channel."""
        return np.asarray(self._table.values_cn[channel])

    @property
    def names(self) -> list[str]:
        n_samples, n_channels = self._asset.size
        return whole_names(n_channels=n_channels, n_samples=n_samples, n_columns=N_COLUMNS)

    def picture(self, name: str) -> SeriesPicture:
        """See `AssetPort.picture`.

        Raises:
            KeyError: where no such picture can be.
        """
        n_samples, n_channels = self._asset.size
        parsed = parse_name(name, n_channels=n_channels, n_samples=n_samples)
        with self._lock:
            if name not in self._pictures:
                self._pictures[name] = SeriesPicture(self, parsed, self._frame(parsed))
            self._pictures.move_to_end(name)
            while len(self._pictures) > KEPT_PICTURES:
                self._pictures.popitem(last=False)
            return self._pictures[name]

    def moved_like(self, other: AssetPort) -> Series:
        """This series on the axes of another: its span of time, its ranges of values.

        Times count from each series' own start.

        Raises:
            NotApplicable: where the other is no series, or has other channels.
        """
        if not isinstance(other, Series):
            raise NotApplicable(f"{self._asset.path}: is a series, the other is none")
        mine, theirs = ({one.name for one in series.channels} for series in (self, other))
        if mine != theirs:
            apart = ", ".join(sorted(mine ^ theirs)[:8])
            raise NotApplicable(f"{self._asset.path}: only one of the two series has {apart}")
        return Series(self._asset, self._table, like=other)

    def quantities(self) -> Mapping[str, Quantity]:
        return quantities_of(self._table)

    def measure(self, quantity: str, extent: Extent | None = None) -> Measured:
        """See `AssetPort.measure`; of an extent, the rows count and not its channels."""
        rows = (0, self._asset.size[0])
        if extent is not None:
            if not isinstance(extent, IntervalExtent):
                raise ToolError(f"{quantity!r} is measured over an interval of a series")
            rows = max(0, extent.first_sample), min(rows[1], extent.last_sample)
            if rows[0] >= rows[1]:
                raise ToolError(
                    f"rows {extent.first_sample} to {extent.last_sample} hold no sample"
                )
        found = measure_series(self._table, self.seconds, quantity, rows)
        where = None if found.where is None else self._extent(found.where)
        return Measured(found.value, found.unit, where)

    def beyond(self, quantity: str, *, low: float, high: float) -> list[IntervalExtent]:
        """See `AssetPort.beyond` and `tools.assets.series.quantities.rows_beyond`."""
        places = rows_beyond(self._table, self.seconds, quantity, low=low, high=high)
        return [self._extent(place) for place in places[:MAX_PLACES]]

    def places(self, scores: ElementScores, *, level: float) -> list[ScoredExtent]:
        """Runs of samples in which a channel is above a level, with the channels that are.

        Runs of several channels that meet are one, and so are those with a short gap between.
        """
        with np.errstate(invalid="ignore"):
            above = scores > level
        found = [
            ScoredExtent(
                self.interval(run, np.flatnonzero(above[run[0] : run[1]].any(axis=0)).tolist()),
                float(np.nanmax(scores[run[0] : run[1]])),
            )
            for run in joined_runs(np.asarray(above.any(axis=1)))
        ]
        return sorted(found, key=lambda place: -place.score)[:MAX_PLACES]

    def interval(self, rows: tuple[int, int], channels: Sequence[int]) -> IntervalExtent:
        """Rows [first, last) of some channels as an extent."""
        return IntervalExtent(
            start=self.stamps.told(rows[0]),
            end=self.stamps.told(rows[1] - 1),
            channels=[self.channels[i].name for i in channels],
            first_sample=rows[0],
            last_sample=rows[1],
        )

    def interval_words(self, rows: tuple[int, int]) -> str:
        """`0 to 60 s`, `2020-02-08 13:30:47 to 2020-02-08 13:50:46`, `samples 0 to 99`."""
        start, end = self.stamps.told(rows[0]), self.stamps.told(rows[1] - 1)
        if isinstance(start, str) or isinstance(end, str):
            return f"{start} to {end}"
        if self.stamps.kind == "row":
            return f"samples {start:.0f} to {end:.0f}"
        return f"{start:.10g} to {end:.10g} {self.stamps.unit}".strip()

    def stamp_words(self, row: int) -> str:
        """The stamp of a sample, as a person reads it."""
        told = self.stamps.told(row)
        if isinstance(told, str):
            return told
        return f"sample {told:.0f}" if self.stamps.kind == "row" else f"{told:.10g}"

    def channel_words(self, channel: int) -> str:
        """`temperature [C]`."""
        name, unit = self.channels[channel]
        return f"{name} [{unit}]" if unit else name

    def shown_positions(self, channels: Sequence[int]) -> tuple[int, int]:
        """First and last position of channels in the order in which pictures show them."""
        places = [self._shown_order().index(channel) for channel in channels]
        return min(places), max(places)

    def axis(self, row: int) -> Axis:
        """What stands under the time axis of a picture that begins at a row."""
        clock = self.stamps.clock_s()
        if clock is not None:
            offset = float(clock[row] - self.seconds[row] * self._seconds_per_unit)
            return Axis(self._zone_words(row), True, offset, self._seconds_per_unit)
        first = float(self.stamps.values[0])
        unit = f" [{self.stamps.unit}]" if self.stamps.unit else ""
        return Axis("sample" if self.stamps.kind == "row" else f"time{unit}", False, first)

    @property
    def _seconds_per_unit(self) -> float:
        return 1.0 if self.stamps.kind == "date" else self.stamps.epoch_scale or 1.0

    def _zone_words(self, row: int) -> str:
        told = str(self.stamps.told(row))
        if self.stamps.kind == "number":
            return "time (UTC)"
        if not self.stamps.style.zoned:
            return "time"
        return "time (UTC)" if told.endswith("Z") else f"time (UTC{told[-6:]})"

    def _extent(self, place: Place) -> IntervalExtent:
        return self.interval((place.first, place.last), place.channels)

    def _shown_order(self) -> list[int]:
        """Own positions of channels, in the order in which they are shown."""
        if self._like is None:
            return list(range(len(self.channels)))
        mine = [one.name for one in self.channels]
        return [mine.index(one.name) for one in self._like.channels]

    def _frame(self, name: PictureName) -> Frame:
        rows = name.rows or (0, self._asset.size[0])
        channels = self._shown_order()[name.first : name.last + 1]
        ranges = [_range(self.values(channel)[rows[0] : rows[1]]) for channel in channels]
        frame = lay_out(channels, ranges, self.seconds, rows)
        if self._like is None:
            return frame
        n_theirs = self._like.asset.size[0]
        theirs = None if name.rows is None else (min(rows[0], n_theirs - 1), min(rows[1], n_theirs))
        return frame.shown_like(self._like._frame(name._replace(rows=theirs)))


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
