"""Time stamps of samples: dates with or without a zone, numbers, or none. Knows nothing of files.

Dates are kept as whole nanoseconds of UTC, or of the file's own clock where it tells no zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

NS_PER_S = 1_000_000_000
NS_PER_MIN = 60 * NS_PER_S
EPOCH_S = (0.3e9, 4e9)
"""Numbers of this size that count seconds are dates from 1979 to 2096."""
NUMBER_UNITS_S = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9,
                  "min": 60.0, "h": 3600.0, "d": 86400.0}  # fmt: skip
"""Units of numeric stamps, in seconds."""


@dataclass(frozen=True, kw_only=True)
class StampStyle:
    """How the file writes its dates."""

    between: str = " "
    """Between date and time of day."""
    digits: int = 0
    """Of fractions of a second."""
    zoned: bool = False
    zulu: bool = False
    """Whether UTC is written as Z."""
    offsets_min: NDArray[np.int16] | None = None
    """(n_samples,) of each stamp, east of UTC; None where all are UTC or none is known."""


@dataclass(frozen=True, kw_only=True)
class Stamps:
    """When samples were taken, in rows of ascending time."""

    kind: Literal["date", "number", "row"]
    values: NDArray[np.int64] | NDArray[np.float64]
    """(n_samples,): nanoseconds since 1970, numbers of the file, or rows."""
    style: StampStyle = StampStyle()
    unit: str = ""
    """Of numbers, where the name of their column tells it."""

    def __len__(self) -> int:
        return len(self.values)

    def told(self, row: int) -> float | str:
        """The stamp of a sample as the file has it."""
        if self.kind != "date":
            return float(self.values[row])
        return self._iso(int(self.values[row]), self._offset_min(row))

    def seconds(self) -> NDArray[np.float64]:
        """(n_samples,) since the first sample: seconds of dates, else the file's own unit."""
        return np.asarray(self.values - self.values[0], dtype=np.float64) / self.per_unit

    @property
    def per_unit(self) -> float:
        """How many of `values` make one of `time_unit`."""
        return float(NS_PER_S) if self.kind == "date" else 1.0

    @property
    def time_unit(self) -> str:
        """Of durations: s for dates; samples where nothing tells the time."""
        if self.kind == "row":
            return "samples"
        return "s" if self.kind == "date" else self.unit

    def clock_s(self) -> NDArray[np.float64] | None:
        """(n_samples,) seconds since 1970 on the local clock; None where no date is known."""
        if self.kind == "date":
            offsets = self.style.offsets_min
            local_s = self.values / NS_PER_S
            return local_s if offsets is None else local_s + offsets * 60.0
        scale = self.epoch_scale
        return None if scale is None else np.asarray(self.values, dtype=np.float64) * scale

    def taken(self, rows: NDArray[np.int64] | slice) -> Stamps:
        """The stamps of some rows."""
        offsets = self.style.offsets_min
        style = self.style
        if offsets is not None:
            style = StampStyle(
                between=style.between,
                digits=style.digits,
                zoned=style.zoned,
                zulu=style.zulu,
                offsets_min=offsets[rows],
            )
        return Stamps(kind=self.kind, values=self.values[rows], style=style, unit=self.unit)

    @property
    def epoch_scale(self) -> float | None:
        """Seconds for each of the numbers, where these count from 1970."""
        if self.kind != "number" or not len(self.values):
            return None
        least, greatest = float(self.values[0]), float(self.values[-1])
        scales = (1.0, 1e-3, 1e-6, 1e-9)
        return next(
            (s for s in scales if EPOCH_S[0] <= least * s and greatest * s <= EPOCH_S[1]), None
        )

    def _offset_min(self, row: int) -> int:
        offsets = self.style.offsets_min
        return 0 if offsets is None else int(offsets[row])

    def _iso(self, ns: int, offset_min: int) -> str:
        local = np.datetime64(ns + offset_min * NS_PER_MIN, "ns")
        date, _, rest = str(local).partition("T")
        clock, _, fraction = rest.partition(".")
        shown = f".{fraction[: self.style.digits]}" if self.style.digits else ""
        return f"{date}{self.style.between}{clock}{shown}{self._zone(offset_min)}"

    def _zone(self, offset_min: int) -> str:
        if not self.style.zoned:
            return ""
        if self.style.zulu and offset_min == 0:
            return "Z"
        sign = "-" if offset_min < 0 else "+"
        return f"{sign}{abs(offset_min) // 60:02d}:{abs(offset_min) % 60:02d}"


def row_stamps(n_samples: int) -> Stamps:
    """The row of each sample, for files that tell no time."""
    return Stamps(kind="row", values=np.arange(n_samples, dtype=np.int64))
