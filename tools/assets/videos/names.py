"""The names of a video's pictures: which frames, how many are shown, and what of them.

`frames 0-180 in 12` shows whole frames, small enough for a sheet; `frames 30-45 in 6 at
120,40,260,160` shows that part of them, pixel for pixel. Knows no video.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_TILES = 12
_NAME = re.compile(
    r"frames (\d{1,9})-(\d{1,9}) in (\d{1,2})(?: at (\d{1,6}),(\d{1,6}),(\d{1,6}),(\d{1,6}))?",
    re.ASCII,
)


class Crop(NamedTuple):
    """A part of a frame in whole pixels, far corner exclusive."""

    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def width(self) -> int:
        """In pixels."""
        return self.x2 - self.x1

    @property
    def height(self) -> int:
        """In pixels."""
        return self.y2 - self.y1


class Shown(NamedTuple):
    """What a picture shows."""

    first: int
    last: int
    """Number behind the last frame."""
    n_tiles: int
    crop: Crop | None
    """Shown pixel for pixel; None for whole frames made small."""

    @property
    def name(self) -> str:
        """As `read_name` reads it."""
        name = f"frames {self.first}-{self.last} in {self.n_tiles}"
        return name if self.crop is None else f"{name} at {','.join(map(str, self.crop))}"


def read_name(name: str, *, n_frames: int, width_px: int, height_px: int) -> Shown:
    """What a name says.

    Args:
        name: of a picture.
        n_frames: of the video.
        width_px: of a frame.
        height_px: of a frame.

    Raises:
        KeyError: it is no name, or the video has no such frames or pixels.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise KeyError(name)
    first, last, n_tiles, *edges = (int(one) for one in found.groups() if one is not None)
    crop = Crop(*edges) if edges else None
    within = first < last <= n_frames and 1 <= n_tiles <= min(MAX_TILES, last - first)
    if crop is not None:
        within &= crop.x1 < crop.x2 <= width_px and crop.y1 < crop.y2 <= height_px
    if not within:
        raise KeyError(name)
    return Shown(first, last, n_tiles, crop)


def clock(time_s: float) -> str:
    """A time as a player shows it, to the tenth of a second: `0:07.5`, `1:02:03.0`."""
    tenths = round(time_s * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{tenths // 10:02d}.{tenths % 10}"
    return f"{hours}:{minutes:02d}:{seconds}" if hours else f"{minutes}:{seconds}"
