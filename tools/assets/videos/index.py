"""One pass over a video: the time, place in the file and a small signature of every frame.

Memory grows by some 100 bytes a frame. Knows no picture and no expert.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tools.assets.videos.upright import Upright, upright_of

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

SIGNATURE_SIDE = 8
NO_STAMP = -(1 << 62)
FRAMES_AT_ONCE = 8192
MICROSECONDS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class VideoIndex:
    """What is known of every frame, in the order of showing."""

    width_px: int
    """As shown, upright."""
    height_px: int
    upright: Upright
    stamps_n: NDArray[np.int64]
    """(N,) as the decoder gives them, in the stream's time base; `NO_STAMP` where it gives none."""
    keys_n: NDArray[np.bool_]
    """(N,) frames at which decoding may begin; where it is not the first, an edit list hides it."""
    times_s: NDArray[np.float64]
    """(N + 1,) when a player shows each frame, never falling, and the end of the last one."""
    signatures_n: NDArray[np.uint8]
    """(N, 64) mean luma of the cells of an 8 x 8 grid over the stored frame."""
    changes_n: NDArray[np.float32]
    """(N,) mean difference of a frame's signature from the one before it, in grey levels; 0 for
    the first."""
    codec: str = ""
    """FFmpeg's name of the decoder."""
    notes: Sequence[str] = field(default=())

    @property
    def n_frames(self) -> int:
        """How many there are."""
        return len(self.stamps_n)

    @property
    def duration_s(self) -> float:
        """From the first frame to the end of the last one."""
        return float(self.times_s[-1] - self.times_s[0])

    def frame_at(self, time_s: float) -> int:
        """The frame that is shown at a time; the first or last one outside."""
        found = int(np.searchsorted(self.times_s[:-1], time_s + 1e-9, side="right")) - 1
        return min(max(found, 0), self.n_frames - 1)


class Unreadable(Exception):
    """A video has no frame that can be shown, or a damaged one; says which."""


def shown_frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Decode from where the container stands, from the first key frame on.

    What comes before it is predicted from frames that are not there. An edit list may hide the
    key frame itself, which is decoded and not shown.
    """
    started = False
    for packet in container.demux(stream):
        started = started or packet.is_keyframe
        if started:
            yield from packet.decode()


def build_index(container: InputContainer, stream: VideoStream) -> VideoIndex:
    """Decode every frame once; none is kept.

    Raises:
        Unreadable: there is no frame, no key frame, or a damaged one.
        av.FFmpegError: a frame cannot be decoded.
    """
    stamps: list[int] = []
    keys, signatures = bytearray(), bytearray()
    first: VideoFrame | None = None
    last_length = 0
    for frame in shown_frames(container, stream):
        if frame.is_corrupt:
            raise Unreadable(f"frame {len(stamps)} is damaged")
        first = first or frame
        stamps.append(stamp_of(frame))
        keys.append(bool(frame.key_frame))
        signatures += signature(frame)
        last_length = frame.duration or 0
    if first is None:
        raise Unreadable(_why_empty(stream))
    times, notes = presentation_times(
        stamps, unit_s=float(stream.time_base or 0) or 1.0, length=last_length, rate=_rate(stream)
    )
    if not notes:
        times += _behind_others(container, stamps[0] * float(stream.time_base or 0))
    upright, turned = _upright(first)
    width_px, height_px = upright.size(first.width, first.height)
    signatures_n = np.frombuffer(bytes(signatures), np.uint8).reshape(len(stamps), -1)
    return VideoIndex(
        width_px=width_px,
        height_px=height_px,
        upright=upright,
        stamps_n=np.array(stamps, dtype=np.int64),
        keys_n=np.frombuffer(bytes(keys), dtype=np.uint8).astype(np.bool_),
        times_s=times,
        signatures_n=signatures_n,
        changes_n=changes(signatures_n),
        codec=stream.codec_context.name,
        notes=[*turned, *notes, *_left_out(stream, len(stamps))],
    )


def signature(frame: VideoFrame) -> bytes:
    """64 bytes: the mean luma of the cells of an 8 x 8 grid."""
    small = frame.reformat(SIGNATURE_SIDE, SIGNATURE_SIDE, "gray", interpolation="AREA")
    return small.to_ndarray().tobytes()


def changes(signatures_n: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N, 64) signatures to (N,) mean absolute differences from the frame before; first 0."""
    changed = np.zeros(len(signatures_n), dtype=np.float32)
    for start in range(1, len(signatures_n), FRAMES_AT_ONCE):
        part = signatures_n[start - 1 : start + FRAMES_AT_ONCE].astype(np.int16)
        changed[start : start + FRAMES_AT_ONCE] = np.abs(np.diff(part, axis=0)).mean(axis=1)
    return changed


def presentation_times(
    stamps: Sequence[int], *, unit_s: float, length: int, rate: float
) -> tuple[NDArray[np.float64], list[str]]:
    """Times of the frames in the order of showing, from 0, and the end of the last one.

    Decoders give frames in the order of showing; where their stamps do not rise with it (an avi
    has none of its own for frames that are stored out of order), the same stamps are dealt out in
    rising order.

    Args:
        stamps: of each frame, in units; `NO_STAMP` where there is none.
        unit_s: length of a unit.
        length: of the last frame, in units; 0 where it is not known.
        rate: frames a second that the file claims, which serves where stamps are missing.
    """
    n = len(stamps)
    raw = np.array(stamps, dtype=np.int64)
    if (raw == NO_STAMP).any():
        notes = [f"frames carry no times; shown at {rate:g} a second"]
        return np.arange(n + 1) / rate, notes
    ordered = np.sort(raw)
    times = (ordered - ordered[0]) * unit_s
    usual_s = float(np.median(np.diff(times))) if n > 1 else 0.0
    last_s = length * unit_s or usual_s or 1.0 / rate
    notes = [] if (ordered == raw).all() else ["frames were stamped out of order; times sorted"]
    same = int((np.diff(times) == 0).sum())
    if same:
        notes.append(f"{same} frames have the time of the frame before them")
    return np.append(times, times[-1] + last_s), notes


def stamp_of(frame: VideoFrame) -> int:
    """A frame's presentation stamp, else its place in decoding, else `NO_STAMP`."""
    if frame.pts is not None:
        return int(frame.pts)
    return NO_STAMP if frame.dts is None else int(frame.dts)


def _behind_others(container: InputContainer, first_s: float) -> float:
    """How long after the file's beginning (of its sound, of what is not shown) its video is."""
    begin_s = (container.start_time or 0) / MICROSECONDS
    return max(0.0, first_s - begin_s)


def _rate(stream: VideoStream) -> float:
    return float(stream.average_rate or stream.guessed_rate or 25)


def _upright(frame: VideoFrame) -> tuple[Upright, list[str]]:
    data: Any = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return Upright(), []
    upright = upright_of(bytes(data))
    if upright is None:
        return Upright(), ["its display matrix is no quarter turn; shown as stored"]
    return upright, ["turned upright as its metadata says"] if upright != Upright() else []


def _why_empty(stream: VideoStream) -> str:
    if stream.frames:
        return f"of its {stream.frames} frames none can be shown, there is no key frame"
    return "it has no frame"


def _left_out(stream: VideoStream, n_frames: int) -> list[str]:
    """Frames before the first key frame, those outside an edit list, and stills of a slow avi."""
    missing = stream.frames - n_frames
    return [f"{missing} of its {stream.frames} frames are not shown"] if missing > 0 else []
