"""Names of a series' pictures: they tell channels and rows, so that no store is needed."""

from __future__ import annotations

import re
from typing import NamedTuple

FORM = re.compile(r"channels_(\d{1,15})-(\d{1,15})(?:_rows_(\d{1,15})-(\d{1,15}))?")
PER_PICTURE, PER_CROWDED_PICTURE = 4, 8
CROWD = 16
"""More channels than this share their pictures more tightly."""
SAMPLES_PER_COLUMN = 32
"""An overview with more gets windows beside it: one column would blur too much."""
MAX_WINDOWS = 4
MAX_PICTURES = 8
"""Overviews and windows together; overviews alone may be more."""


class PictureName(NamedTuple):
    """What a picture shows."""

    first: int
    last: int
    """Positions of channels, the last inclusive."""
    rows: tuple[int, int] | None = None
    """[first, last) in the order of time; None for all."""

    def __str__(self) -> str:
        rows = f"_rows_{self.rows[0]}-{self.rows[1]}" if self.rows else ""
        return f"channels_{self.first}-{self.last}{rows}"


def parse_name(text: str, *, n_channels: int, n_samples: int) -> PictureName:
    """Read a name.

    Raises:
        KeyError: where it names no picture of a series of this size.
    """
    found = FORM.fullmatch(text)
    if found is None:
        raise KeyError(text)
    first, last = int(found[1]), int(found[2])
    rows = (int(found[3]), int(found[4])) if found[3] else None
    low, high = rows or (0, n_samples)
    if not (first <= last < n_channels and low < high <= n_samples):
        raise KeyError(text)
    return PictureName(first, last, rows)


def whole_names(*, n_channels: int, n_samples: int, n_columns: int) -> list[str]:
    """Names of the pictures that show a whole series: overviews, then windows where it is long.

    Args:
        n_channels: of the series.
        n_samples: of the series.
        n_columns: pixel columns of a picture's axes.
    """
    groups = channel_groups(n_channels)
    windows = _windows(n_samples, n_columns=n_columns, n_groups=len(groups))
    overviews = [str(PictureName(*group)) for group in groups]
    return overviews + [str(PictureName(*group, rows)) for rows in windows for group in groups]


def channel_groups(n_channels: int) -> list[tuple[int, int]]:
    """First and last channel of each picture, as equal as can be."""
    most = PER_PICTURE if n_channels <= CROWD else PER_CROWDED_PICTURE
    n_groups = -(-n_channels // most)
    edges = [n_channels * i // n_groups for i in range(n_groups + 1)]
    return [(edges[i], edges[i + 1] - 1) for i in range(n_groups)]


def _windows(n_samples: int, *, n_columns: int, n_groups: int) -> list[tuple[int, int]]:
    wanted = -(-n_samples // (SAMPLES_PER_COLUMN * n_columns))
    n_windows = min(wanted, MAX_WINDOWS, MAX_PICTURES // n_groups - 1)
    if n_windows < 2:
        return []
    edges = [n_samples * i // n_windows for i in range(n_windows + 1)]
    return [(edges[i], edges[i + 1]) for i in range(n_windows)]
