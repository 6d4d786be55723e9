"""An opened video: an index in memory, its frames on disk. Knows nothing of opening files."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tools.arrays import UInt8Image
from tools.asset_ports import ElementScores, Measured, Quantity, ScoredExtent
from tools.assets.videos.frames import Frames
from tools.assets.videos.index import VideoIndex
from tools.assets.videos.moments import Moment, moments
from tools.assets.videos.names import MAX_TILES, Crop, Shown, read_name
from tools.assets.videos.places import places
from tools.assets.videos.quantities import QUANTITIES, beyond, measure
from tools.assets.videos.sheet import Sheet
from tools.errors import ToolError
from tools.ports import NotApplicable
from tools.records import Asset, Extent, FrameExtent

if TYPE_CHECKING:
    from tools.asset_ports import AssetPort

MAX_SHEETS = 3
SHEET_S = 60.0
"""A video up to this long is shown on one sheet, a longer one on up to `MAX_SHEETS`."""
MAX_STRETCH = 1.1
"""Frames of another video take their place only where their shapes differ by no more."""


class Video:
    """A video asset; an `AssetPort`. Frames are decoded when they are shown."""

    def __init__(
        self, asset: Asset, index: VideoIndex, frames: Frames, *, notes: Sequence[str] = ()
    ) -> None:
        """Take what the index pass found."""
        self._asset = asset
        self._index = index
        self._frames = frames
        self._notes = tuple(notes)

    @property
    def asset(self) -> Asset:
        """The file."""
        return self._asset

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to show its frames, one sentence each."""
        return self._notes

    @property
    def index(self) -> VideoIndex:
        """Times, places in the file and signatures of its frames."""
        return self._index

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height of a frame as it is shown."""
        return self._index.width_px, self._index.height_px

    @property
    def names(self) -> Sequence[str]:
        """Of one to three contact sheets that together stand for every frame."""
        n_sheets = min(max(1, math.ceil(self._index.duration_s / SHEET_S)), MAX_SHEETS)
        parts = moments(self._index, 0, self._index.n_frames, n_sheets)
        sheets = [
            Shown(part.first, part.last, min(MAX_TILES, part.last - part.first), None)
            for part in parts
        ]
        return [one.name for one in sheets]

    def picture(self, name: str) -> Sheet:
        """The sheet of a name.

        Raises:
            KeyError: where no such sheet can be.
        """
        return self.sheet(self.read_name(name))

    def read_name(self, name: str) -> Shown:
        """What a name says of this video.

        Raises:
            KeyError: where no such sheet can be.
        """
        width_px, height_px = self.frame_size
        n_frames = self._index.n_frames
        return read_name(name, n_frames=n_frames, width_px=width_px, height_px=height_px)

    def sheet(self, shown: Shown) -> Sheet:
        """A sheet of its own frames."""
        crop = shown.crop or Crop(0, 0, *self.frame_size)
        return Sheet(self, shown, self.moments(shown), own=crop, of=crop)

    def moments(self, shown: Shown) -> list[Moment]:
        """The frames on a sheet, and what they stand for."""
        return moments(self._index, shown.first, shown.last, shown.n_tiles)

    def read_frame(self, number: int) -> UInt8Image:
        """(H, W, 3) RGB of a frame at full resolution; not to be written to.

        Raises:
            AssetError: it cannot be decoded any more.
        """
        return self._frames.read(number)

    def stream(
        self,
        first: int = 0,
        last: int | None = None,
        *,
        step: int = 1,
        size: tuple[int, int] | None = None,
    ) -> Iterator[tuple[int, UInt8Image]]:
        """Frames one after another, each with its number; see `Frames.stream`."""
        end = self._index.n_frames if last is None else last
        return self._frames.stream(first, end, step=step, size=size)

    def time_of(self, edge: int) -> float:
        """When a frame begins, in seconds; the end of the last one for the number of frames."""
        return float(self._index.times_s[edge])

    def moved_like(self, other: AssetPort) -> Video:
        """This video shown at the shares of its duration at which the other is shown.

        Raises:
            NotApplicable: the other is no video, or its frames have another shape.
        """
        if not isinstance(other, Video):
            raise NotApplicable(f"a video cannot be laid over a {other.asset.modality}")
        (width_px, height_px), (other_width_px, other_height_px) = self.frame_size, other.frame_size
        stretch = (width_px * other_height_px) / (height_px * other_width_px)
        if max(stretch, 1 / stretch) > MAX_STRETCH:
            raise NotApplicable(
                f"frames of {width_px} x {height_px} px cannot take the place of frames of "
                f"{other_width_px} x {other_height_px} px"
            )
        return VideoShownLike(self, other)

    def quantities(self) -> Mapping[str, Quantity]:
        """Length, rate, gaps and size."""
        return QUANTITIES

    def measure(self, quantity: str, extent: Extent | None = None) -> Measured:
        """The value of a quantity, of the whole or of an extent.

        Raises:
            ToolError: where there is no such quantity, or the extent is of no frames of it.
        """
        if extent is not None and not isinstance(extent, FrameExtent):
            raise ToolError(f"a {extent.modality} extent is not of a video; give frames")
        return measure(self._index, quantity, extent)

    def beyond(self, quantity: str, *, low: float, high: float) -> Sequence[Extent]:
        """Pairs of frames whose gap leaves [low, high], longest first.

        Raises:
            ToolError: where there is no such quantity.
        """
        return beyond(self._index, quantity, low=low, high=high)

    def places(self, scores: ElementScores, *, level: float) -> Sequence[ScoredExtent]:
        """Frames and boxes of what stands out; see `tools.assets.videos.places`.

        Raises:
            ValueError: where the scores are not of this video.
        """
        return places(self._index, scores, level=level)


class VideoShownLike(Video):
    """A video whose sheets have the names and pixel frames of another one's.

    Where the other shows a frame at a share of its duration, this one shows its own at the same
    share. Frames and extents are numbered as its own.
    """

    def __init__(self, video: Video, other: Video) -> None:
        """Take the place of the other."""
        super().__init__(video.asset, video.index, video._frames, notes=video.notes)
        self._video = video
        self._other = other

    @property
    def names(self) -> Sequence[str]:
        """The other's."""
        return self._other.names

    def picture(self, name: str) -> Sheet:
        """The sheet that lies over the other's of that name.

        Raises:
            KeyError: where the other has no such sheet.
        """
        shown = self._other.read_name(name)
        of = shown.crop or Crop(0, 0, *self._other.frame_size)
        own = [self._at(moment) for moment in self._other.moments(shown)]
        return Sheet(self._video, shown, own, own=self._crop(of), of=of)

    def _at(self, moment: Moment) -> Moment:
        own, other = self._index, self._other.index

        def same_share(edge: int) -> int:
            share = (other.times_s[edge] - other.times_s[0]) / other.duration_s
            return own.frame_at(own.times_s[0] + share * own.duration_s)

        frame, first = same_share(moment.frame), same_share(moment.first)
        last = own.n_frames if moment.last == other.n_frames else same_share(moment.last)
        return Moment(frame, first, max(last, first + 1))

    def _crop(self, of: Crop) -> Crop:
        (width_px, height_px), (of_width_px, of_height_px) = self.frame_size, self._other.frame_size
        x1, x2 = (round(x * width_px / of_width_px) for x in (of.x1, of.x2))
        y1, y2 = (round(y * height_px / of_height_px) for y in (of.y1, of.y2))
        x1, y1 = min(x1, width_px - 1), min(y1, height_px - 1)
        return Crop(x1, y1, max(x2, x1 + 1), max(y2, y1 + 1))
