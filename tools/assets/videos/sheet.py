"""A contact sheet of a video: frames with their times, and the way back. Knows no file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from PIL import Image, ImageDraw

from tools.arrays import BoolMask, Float32Map, UInt8Image
from tools.asset_ports import ElementScores
from tools.assets.videos.layout import (
    CAPTION_PX,
    MIN_SLOT_PX,
    full_layout,
    n_that_fit,
    small_layout,
)
from tools.assets.videos.moments import Moment
from tools.assets.videos.names import MAX_TILES, Crop, Shown, clock
from tools.assets.videos.tiles import (
    Tile,
    around,
    intersection,
    paint_tiles,
    showing_tiles,
    touched_tiles,
)
from tools.fonts import load_font
from tools.overlay_text import fitted
from tools.records import Asset, Box, Extent, FrameExtent, whole_pixel_box

LEAST_TILES = 4
"""Frames of a closer picture, also where they fit on a view only when made smaller."""
LEAST_CROP_PX = 16
WHOLE_SHARE = 0.8
"""A window that shows this share of a frame's width and height shows the frame."""
TEXT_PX = 13
GROUND, INK = (24, 24, 24), (255, 255, 255)


class ShownVideo(Protocol):
    """What a sheet asks of its video."""

    @property
    def asset(self) -> Asset: ...

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height of a frame."""
        ...

    def read_frame(self, number: int) -> UInt8Image:
        """(H, W, 3) at full resolution; not to be written to."""
        ...

    def time_of(self, edge: int) -> float:
        """When a frame begins, in seconds; the end of the last one for the number of frames."""
        ...

    def sheet(self, shown: Shown) -> Sheet:
        """Of its own frames."""
        ...


class Sheet:
    """Frames side by side, each standing for the frames around it; a `PicturePort`.

    Frames follow each other row by row. Whole frames are made smaller so that the sheet has no
    more than 1024 pixels on a side; a part of them is shown pixel for pixel.
    """

    def __init__(
        self, video: ShownVideo, shown: Shown, moments: Sequence[Moment], *, own: Crop, of: Crop
    ) -> None:
        """Lay the sheet out; decodes nothing.

        Args:
            video: whose frames are shown.
            shown: what the name says.
            moments: as many as it says, of this video.
            own: the part of this video's frames.
            of: the part that the name speaks of; another where the video takes another's place.
        """
        layout = (small_layout if shown.crop is None else full_layout)(
            len(moments), of.width, of.height
        )
        self._video = video
        self._shown = shown
        self._size = [layout.width_px, layout.height_px]
        self._tiles = [
            Tile(moment, own, slot) for moment, slot in zip(moments, layout.slots, strict=True)
        ]

    @property
    def asset(self) -> Asset:
        """The video."""
        return self._video.asset

    @property
    def name(self) -> str:
        """Frames, number of tiles and crop."""
        return self._shown.name

    @property
    def label(self) -> str:
        """How many frames from when to when, and which part of them."""
        first, last = self._tiles[0].moment.first, self._tiles[-1].moment.last
        n = len(self._tiles)
        begin, end = clock(self._video.time_of(first)), clock(self._video.time_of(last))
        words = f"{n} frame{'s' if n > 1 else ''} from {begin} to {end}"
        crop = self._tiles[0].crop
        if self._shown.crop is None or crop == (0, 0, *self._video.frame_size):
            return words
        return f"{words}, pixels {crop.x1} to {crop.x2} across and {crop.y1} to {crop.y2} down"

    @property
    def size(self) -> list[int]:
        """[width_px, height_px]."""
        return list(self._size)

    @property
    def window_xyxy(self) -> list[float]:
        """The whole sheet."""
        return [0.0, 0.0, float(self._size[0]), float(self._size[1])]

    @property
    def tiles(self) -> Sequence[Tile]:
        """In order of time."""
        return self._tiles

    def read(self, window_xyxy: Sequence[float]) -> UInt8Image:
        """(H, W, 3) RGB of a window; only the frames that it shows are decoded.

        Raises:
            ValueError: where nothing of the window lies in the sheet.
            AssetError: a frame cannot be decoded any more.
        """
        x1, y1, x2, y2 = whole_pixel_box(list(window_xyxy))
        x1, y1, x2, y2 = max(x1, 0), max(y1, 0), min(x2, self._size[0]), min(y2, self._size[1])
        if x1 >= x2 or y1 >= y2:
            raise ValueError(
                f"window_xyxy must overlap the sheet of {self._size[0]} x {self._size[1]} px, "
                f"got {list(window_xyxy)}"
            )
        canvas = Image.new("RGB", (x2 - x1, y2 - y1), GROUND)
        draw = ImageDraw.Draw(canvas)
        for tile in self._tiles:
            x, y, width, _ = tile.slot
            if intersection([x1, y1, x2, y2], tile.box) is not None:
                canvas.paste(self._drawn(tile), (x - x1, y - y1))
            if x1 < x + max(width, MIN_SLOT_PX) and y1 < y and y - CAPTION_PX < y2:
                self._stamp(draw, tile, x - x1, y - y1)
        return np.array(canvas)

    def _drawn(self, tile: Tile) -> Image.Image:
        crop, slot = tile.crop, tile.slot
        frame_hwc = self._video.read_frame(tile.moment.frame)
        part = Image.fromarray(frame_hwc[crop.y1 : crop.y2, crop.x1 : crop.x2])
        if part.size == (slot.width, slot.height):
            return part
        return part.resize((slot.width, slot.height), Image.Resampling.LANCZOS)

    def _stamp(self, draw: ImageDraw.ImageDraw, tile: Tile, x: int, y: int) -> None:
        font = load_font(TEXT_PX)
        text = f"{clock(self._video.time_of(tile.moment.frame))}  #{tile.moment.frame}"
        words = fitted(text, font, width_px=max(tile.slot.width, font.getlength("0:00:00.0")))
        draw.text((x + 2, y - CAPTION_PX // 2), words, font=font, fill=INK, anchor="lm")

    def closer(self, window_xyxy: Sequence[float]) -> Sheet | None:
        """More frames of the time that a window shows, and what it shows of them at full size.

        A window on one frame gives the frames that it stands for. None where every frame stands
        for itself at full size already.

        Raises:
            ValueError: where the window shows no frame.
        """
        touched = touched_tiles(self._tiles, list(window_xyxy), None)
        if not touched:
            raise ValueError(f"{list(window_xyxy)} shows no frame of the video")
        first = min(one.tile.moment.first for one in touched)
        last = max(one.tile.moment.last for one in touched)
        if self._shown.crop is not None and last - first <= len(touched):
            return None
        crop = self._crop_for(around([one.tile.to_frame(one.box_xyxy) for one in touched]))
        fitting = min(max(n_that_fit(crop.width, crop.height), LEAST_TILES), MAX_TILES)
        return self._video.sheet(Shown(first, last, min(fitting, last - first), crop))

    def _crop_for(self, box_xyxy: Box) -> Crop:
        """A box rounded outwards, of a useful size; the whole frame where it shows most of it."""
        width_px, height_px = self._video.frame_size
        x1, y1, x2, y2 = box_xyxy
        if x2 - x1 >= WHOLE_SHARE * width_px and y2 - y1 >= WHOLE_SHARE * height_px:
            return Crop(0, 0, width_px, height_px)
        left, right = _widened(x1, x2, limit=width_px)
        top, bottom = _widened(y1, y2, limit=height_px)
        return Crop(left, top, right, bottom)

    def extent(self, box_xyxy: Box, mask: BoolMask | None = None) -> FrameExtent:
        """The frames that the touched tiles stand for, and the box around what is touched.

        Raises:
            ValueError: where it covers no frame, only time stamps or the ground.
        """
        touched = touched_tiles(self._tiles, list(box_xyxy), mask)
        if not touched:
            raise ValueError(f"{list(box_xyxy)} shows no frame of the video")
        first = min(one.tile.moment.first for one in touched)
        last = max(one.tile.moment.last for one in touched)
        return FrameExtent(
            first_frame=first,
            last_frame=last,
            box_xyxy=around([one.tile.to_frame(one.box_xyxy) for one in touched]),
            start_s=self._video.time_of(first),
            end_s=self._video.time_of(last),
        )

    def box_of(self, extent: Extent) -> Box | None:
        """The box around an extent's box in every tile that shows at least half of its time."""
        if not isinstance(extent, FrameExtent):
            return None
        tiles = showing_tiles(self._tiles, extent.first_frame, extent.last_frame)
        boxes = [tile.from_frame(extent.box_xyxy) for tile in tiles]
        shown = [box for box in boxes if box is not None]
        return around(shown) if shown else None

    def paint(self, scores: ElementScores) -> Float32Map:
        """(n_frames, rows, columns) scores as a map: the worst of the frames that a tile is for.

        Raises:
            ValueError: where they are not of this video.
        """
        n_frames = self.asset.size[2]
        if scores.ndim != 3 or len(scores) != n_frames:
            raise ValueError(f"scores must be of {n_frames} frames of cells, got {scores.shape}")
        return paint_tiles(
            self._tiles, scores, sheet_size=self._size, frame_size=self._video.frame_size
        )


def _widened(low: float, high: float, *, limit: int) -> tuple[int, int]:
    """Whole pixels around an interval, at least `LEAST_CROP_PX` where there are so many."""
    begin, _, end, _ = whole_pixel_box([low, 0.0, high, 1.0])
    begin, end = max(begin, 0), min(end, limit)
    lacking = max(0, min(LEAST_CROP_PX, limit) - (end - begin))
    begin = min(max(begin - lacking // 2, 0), limit - (end - begin) - lacking)
    return begin, begin + max(end - begin, min(LEAST_CROP_PX, limit))
