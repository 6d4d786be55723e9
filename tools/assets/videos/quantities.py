"""What can be measured on a video: its length, rate and gaps. Knows no picture."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tools.asset_ports import Measured, Quantity
from tools.assets.videos.index import VideoIndex
from tools.errors import ToolError
from tools.records import FrameExtent

QUANTITIES: Mapping[str, Quantity] = {
    "duration": Quantity("s", "time from the first frame to the end of the last one"),
    "n_frames": Quantity("", "number of frames"),
    "frame_rate": Quantity("1/s", "frames a second, on average"),
    "width_px": Quantity("px", "width of a frame, or of the region"),
    "height_px": Quantity("px", "height of a frame, or of the region"),
    "largest_gap": Quantity("s", "longest time from a frame to the next one"),
}


def measure(index: VideoIndex, quantity: str, extent: FrameExtent | None) -> Measured:
    """The value of a quantity, of the whole or of the frames and box of an extent.

    Raises:
        ToolError: where there is no such quantity, or the extent has no frame of the video.
    """
    _check(quantity)
    part = extent or frames_of(index, 0, index.n_frames)
    first, last = max(part.first_frame, 0), min(part.last_frame, index.n_frames)
    if first >= last:
        raise ToolError(
            f"frames {part.first_frame} to {part.last_frame} are none of the video's "
            f"{index.n_frames} frames"
        )
    if quantity == "largest_gap":
        return _largest_gap(index, first, last)
    x1, y1, x2, y2 = part.box_xyxy
    duration_s = float(index.times_s[last] - index.times_s[first])
    values = {
        "duration": duration_s,
        "n_frames": float(last - first),
        "frame_rate": (last - first) / duration_s if duration_s > 0 else 0.0,
        "width_px": x2 - x1,
        "height_px": y2 - y1,
    }
    return Measured(values[quantity], QUANTITIES[quantity].unit)


def beyond(index: VideoIndex, quantity: str, *, low: float, high: float) -> list[FrameExtent]:
    """The pairs of frames whose gap leaves [low, high], longest gap first.

    The other quantities have no places.

    Raises:
        ToolError: where there is no such quantity.
    """
    _check(quantity)
    if quantity != "largest_gap":
        return []
    gaps = _gaps(index, 0, index.n_frames)
    outside = np.flatnonzero((gaps < low) | (gaps > high))
    longest_first = outside[np.argsort(-gaps[outside], kind="stable")]
    return [frames_of(index, int(frame), int(frame) + 2) for frame in longest_first]


def frames_of(index: VideoIndex, first: int, last: int) -> FrameExtent:
    """Whole frames [first, last) as an extent."""
    return FrameExtent(
        first_frame=first,
        last_frame=last,
        box_xyxy=[0.0, 0.0, float(index.width_px), float(index.height_px)],
        start_s=float(index.times_s[first]),
        end_s=float(index.times_s[last]),
    )


def _largest_gap(index: VideoIndex, first: int, last: int) -> Measured:
    gaps = _gaps(index, first, last)
    if not len(gaps):
        return Measured(0.0, "s")
    longest = int(gaps.argmax())
    return Measured(
        float(gaps[longest]), "s", frames_of(index, first + longest, first + longest + 2)
    )


def _gaps(index: VideoIndex, first: int, last: int) -> NDArray[np.float64]:
    """(last - first - 1,) seconds between frames that follow each other."""
    return np.diff(index.times_s[first:last])


def _check(quantity: str) -> None:
    if quantity not in QUANTITIES:
        raise ToolError(f"a video has no quantity {quantity!r}; it has {', '.join(QUANTITIES)}")
