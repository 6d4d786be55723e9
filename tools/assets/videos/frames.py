"""Frames of a video by number, one after another or by seeking. Holds few; knows no picture."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import UInt8Image
from tools.assets.videos.containers import Container
from tools.assets.videos.index import NO_STAMP, VideoIndex, shown_frames, stamp_of
from tools.errors import AssetError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

KEPT_BYTES = 96_000_000
"""Of decoded frames; the last one is kept whatever its size."""
OPEN_OPTIONS = {"protocol_whitelist": "file"}
"""A file cannot make FFmpeg read another one or an address."""


class Opened(NamedTuple):
    """A container with its video."""

    container: InputContainer
    stream: VideoStream


class NoVideo(Exception):
    """A container holds no moving picture; says what it holds."""


def open_container(path: Path, container: Container) -> Opened:
    """Open a file with the one demuxer that it is for.

    Raises:
        NoVideo: it holds none.
        av.FFmpegError: it cannot be opened.
    """
    import av

    opened = av.open(
        f"file:{path}", format=container.demuxer, options=OPEN_OPTIONS, metadata_errors="replace"
    )
    pictures = av.stream.Disposition.attached_pic
    for stream in opened.streams.video:
        if not stream.disposition & pictures and stream.codec_context is not None:
            return Opened(opened, stream)
    kinds = sorted({one.type for one in opened.streams})
    opened.close()
    if "video" in kinds:
        raise NoVideo("holds a video that does not tell how it is coded")
    raise NoVideo(f"holds {' and '.join(kinds) or 'nothing'}, no video")


class Cursor:
    """A place in an open video that moves forward frame by frame, and back by seeking."""

    def __init__(self, path: Path, container: Container, index: VideoIndex) -> None:
        """Stand before the first frame; opens the file when the first frame is asked for."""
        self._path = path
        self._container = container
        self._index = index
        self._opened: Opened | None = None
        self._frames: Iterator[VideoFrame] = iter(())
        self._next = -1
        self._keys = np.flatnonzero(index.keys_n)
        self._key_frames = _by_stamp(index, self._keys)

    def frame(self, number: int) -> VideoFrame:
        """A frame as it is stored.

        Raises:
            AssetError: it cannot be decoded any more; the file was changed or removed.
        """
        import av

        try:
            before = self._keys[: np.searchsorted(self._keys, number, side="right")]
            key = int(before[-1]) if len(before) else 0
            if not key <= self._next <= number:
                self._seek(key, number)
            while True:
                frame = next(self._frames)
                self._next += 1
                if self._next > number:
                    return frame
        except (av.FFmpegError, OSError, StopIteration) as error:
            self.close()
            raise AssetError(
                f"{self._path}: frame {number} cannot be read any more "
                f"({error or 'the file ends before it'}); was the file changed? inspect it again"
            ) from error

    def close(self) -> None:
        """Let the file go; the next frame opens it again."""
        if self._opened is not None:
            self._opened.container.close()
        self._opened, self._frames, self._next = None, iter(()), -1

    def _seek(self, key: int, number: int) -> None:
        """Stand before the last key frame at or before `number`, or before the first frame."""
        if self._opened is None:
            self._opened = open_container(self._path, self._container)
        if key and self._lands_on_a_key(self._opened, int(self._index.stamps_n[key]), number):
            return
        # A gif and an index that is not to be trusted are read again from their beginning.
        self.close()
        self._opened = open_container(self._path, self._container)
        self._frames, self._next = shown_frames(*self._opened), 0

    def _lands_on_a_key(self, opened: Opened, stamp: int, number: int) -> bool:
        """Whether a seek leads to a key frame that the index knows, not beyond the number."""
        if stamp not in self._key_frames:
            return False
        opened.container.seek(stamp, stream=opened.stream, backward=True)
        frames = shown_frames(*opened)
        first = next(frames, None)
        found = None if first is None else self._key_frames.get(stamp_of(first))
        if first is None or found is None or found > number:
            return False
        self._frames, self._next = chain((first,), frames), found
        return True


def _by_stamp(index: VideoIndex, keys: NDArray[np.int64]) -> dict[int, int]:
    """Key frames by their stamp; those that share one cannot be told apart and are left out."""
    stamps, counts = np.unique(index.stamps_n, return_counts=True)
    unique = set(stamps[(counts == 1) & (stamps != NO_STAMP)].tolist())
    by_stamp = {int(index.stamps_n[key]): int(key) for key in keys}
    return {stamp: key for stamp, key in by_stamp.items() if stamp in unique}


class Frames:
    """Reads frames upright and in RGB. Safe for threads."""

    def __init__(self, path: Path, container: Container, index: VideoIndex) -> None:
        """Set up; opens nothing."""
        self._path = path
        self._container = container
        self._index = index
        self._cursor = Cursor(path, container, index)
        self._lock = Lock()
        self._kept: OrderedDict[int, UInt8Image] = OrderedDict()

    def read(self, number: int) -> UInt8Image:
        """(H, W, 3) of a frame at full resolution; not to be written to.

        Raises:
            AssetError: it cannot be decoded any more.
        """
        with self._lock:
            image_hwc = self._kept.pop(number, None)
            if image_hwc is None:
                width_px, height_px = self._index.width_px, self._index.height_px
                frame = self._cursor.frame(number)
                image_hwc = self._upright(frame, width_px=width_px, height_px=height_px)
            self._kept[number] = image_hwc
            self._forget()
            return image_hwc

    def stream(
        self, first: int, last: int, *, step: int = 1, size: tuple[int, int] | None = None
    ) -> Iterator[tuple[int, UInt8Image]]:
        """Frames first, first + step, ... below last, each with its number; none is kept.

        Args:
            first: number of the first one.
            last: number behind the last one.
            step: frames between are decoded and not converted.
            size: (width_px, height_px) that each is resampled to by area; as shown where None.

        Raises:
            AssetError: one cannot be decoded any more.
        """
        width_px, height_px = size or (self._index.width_px, self._index.height_px)
        cursor = Cursor(self._path, self._container, self._index)
        try:
            for number in range(first, last, step):
                frame = cursor.frame(number)
                yield number, self._upright(frame, width_px=width_px, height_px=height_px)
        finally:
            cursor.close()

    def close(self) -> None:
        """Let the file and all frames go; reading takes them up again."""
        with self._lock:
            self._cursor.close()
            self._kept.clear()

    def _upright(self, frame: VideoFrame, *, width_px: int, height_px: int) -> UInt8Image:
        upright = self._index.upright
        width_px, height_px = upright.size(width_px, height_px)
        # A stream may change its frames' size; all are shown at the first one's.
        small = frame.reformat(width_px, height_px, "rgb24", interpolation="AREA")
        return upright.of(np.asarray(small.to_ndarray(), dtype=np.uint8))

    def _forget(self) -> None:
        held = sum(image_hwc.nbytes for image_hwc in self._kept.values())
        while held > KEPT_BYTES and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            held -= oldest.nbytes
