"""A video on a page: frames of its regions with boxes, times, and links to the time.

Needs no script and nothing from outside. Knows no graph.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import numpy as np

from agent.report.page import render
from agent.report.pictures import LARGE_PX, shot_of
from tools.assets.videos.moments import moments
from tools.assets.videos.names import clock
from tools.records import Box, FrameExtent, Region

if TYPE_CHECKING:
    from tools.asset_ports import AssetPort, ElementScores
    from tools.assets.videos.video import Video

BAR_PX = 600
MAX_REGIONS = 8
N_FRAMES = 3
"""Of each region."""
EMBEDDED_BYTES = 1_500_000
"""Files up to this are in the page itself."""
TYPES = {".mp4": "video/mp4", ".mov": "video/mp4", ".m4v": "video/mp4"}
"""Of files that browsers play; a gif is a picture and an avi nothing that they know."""
CODECS = ("h264", "av1", "libdav1d", "vp9")
"""That browsers decode; what they cannot would be a player of nothing."""


class MarkedFrame(NamedTuple):
    """A frame with a region's box."""

    uri: str
    width_px: int
    height_px: int
    number: int
    clock: str
    href: str
    x: float
    y: float
    w: float
    h: float


class ToldRegion(NamedTuple):
    """A region and its frames."""

    number: int
    words: str
    label: str
    x_px: float
    width_px: float
    frames: list[MarkedFrame]


def video_panel(
    asset: AssetPort,
    regions: Sequence[Region],
    scores: ElementScores | None = None,
    *,
    folder: Path | None = None,
) -> str:
    """Draw a video's regions.

    Args:
        asset: an opened video.
        regions: of the verdict; those that are not frames are left out.
        scores: (n_frames, rows, columns), higher is worse; shown as a line, and the worst frame
            of a region is one of those that are shown.
        folder: of the page, from which the file is linked; no links where None.

    Returns:
        HTML that needs nothing from outside; every text in it is escaped.

    Raises:
        ValueError: where the asset is no video.
    """
    from tools.assets.videos.video import Video

    if not isinstance(asset, Video):
        raise ValueError(f"{asset.asset.path} is {asset.asset.modality}, no video")
    path = Path(asset.asset.path)
    link = _link(path, folder)
    index = asset.index
    usable = [one for one in regions if isinstance(one.source, FrameExtent)]
    usable = [one for one in usable if 0 <= _frames(one).first_frame < index.n_frames]
    told = [_told(asset, one, scores, link) for one in usable[:MAX_REGIONS]]
    return render(
        "video.html.jinja",
        name=path.name,
        n_frames=index.n_frames,
        width_px=index.width_px,
        height_px=index.height_px,
        length=f"{clock(index.duration_s)} long",
        href=link,
        embedded=_embedded(path) if index.codec in CODECS else "",
        curve=_curve(asset, scores) if scores is not None else "",
        told=told,
        left_out=len(usable) - len(told),
    )


def _frames(region: Region) -> FrameExtent:
    if not isinstance(region.source, FrameExtent):
        raise ValueError(f"region {region.id} is no stretch of frames")
    return region.source


def _told(video: Video, region: Region, scores: ElementScores | None, link: str) -> ToldRegion:
    extent, index = _frames(region), video.index
    first = max(extent.first_frame, 0)
    last = min(max(extent.last_frame, first + 1), index.n_frames)
    begin_s = float(index.times_s[first])
    end_s = float(index.times_s[last])
    scale = BAR_PX / max(index.duration_s, 1e-9)
    x_px = (begin_s - float(index.times_s[0])) * scale
    return ToldRegion(
        region.id,
        f"{clock(begin_s)} to {clock(end_s)}",
        region.label,
        x_px,
        max((end_s - begin_s) * scale, 2.0),
        [
            _marked(video, number, extent.box_xyxy, link)
            for number in _numbers(video, first, last, extent, scores)
        ],
    )


def _numbers(
    video: Video, first: int, last: int, extent: FrameExtent, scores: ElementScores | None
) -> list[int]:
    """Frames in order of time, the one with the worst score among them."""
    chosen = [one.frame for one in moments(video.index, first, last, N_FRAMES)]
    if scores is None or len(scores) != video.index.n_frames:
        return chosen
    cells = _box_cells(video, extent.box_xyxy, scores)
    worst = first + int(np.nan_to_num(cells[first:last], nan=0.0).max(axis=(1, 2)).argmax())
    nearest = min(range(len(chosen)), key=lambda k: abs(chosen[k] - worst))
    return sorted({*chosen[:nearest], worst, *chosen[nearest + 1 :]})


def _box_cells(video: Video, box_xyxy: Box, scores: ElementScores) -> ElementScores:
    """The cells that a box touches, of every frame."""
    _, rows, columns = scores.shape
    across, down = columns / video.index.width_px, rows / video.index.height_px
    x1, y1, x2, y2 = box_xyxy
    left, top = min(int(x1 * across), columns - 1), min(int(y1 * down), rows - 1)
    right, bottom = max(int(np.ceil(x2 * across)), left + 1), max(int(np.ceil(y2 * down)), top + 1)
    return scores[:, max(top, 0) : bottom, max(left, 0) : right]


def _marked(video: Video, number: int, box_xyxy: Box, link: str) -> MarkedFrame:
    """A frame pixel for pixel; around the box where it is larger than a page shows."""
    frame_hwc = video.read_frame(number)
    height_px, width_px = frame_hwc.shape[:2]
    left, right = _around(box_xyxy[0], box_xyxy[2], width_px)
    top, bottom = _around(box_xyxy[1], box_xyxy[3], height_px)
    shot = shot_of(frame_hwc[top:bottom, left:right], max_side_px=LARGE_PX)
    factor = shot.width_px / (right - left)
    x1, y1, x2, y2 = box_xyxy
    seconds = video.time_of(number)
    return MarkedFrame(
        shot.uri,
        shot.width_px,
        shot.height_px,
        number,
        clock(seconds),
        f"{link}#t={seconds:.2f}" if link else "",
        max(x1 - left, 0.0) * factor,
        max(y1 - top, 0.0) * factor,
        (min(x2, right) - max(x1, left)) * factor,
        (min(y2, bottom) - max(y1, top)) * factor,
    )


def _around(low: float, high: float, limit_px: int) -> tuple[int, int]:
    """The whole side where a page can show it, else as much as that around the box."""
    if limit_px <= LARGE_PX:
        return 0, limit_px
    length = min(max(LARGE_PX, int(np.ceil(high - low)) + 2), limit_px)
    begin = min(max(int((low + high - length) / 2), 0), limit_px - length)
    return begin, begin + length


def _curve(video: Video, scores: ElementScores) -> str:
    """The worst cell over time as path data, 600 x 22."""
    if scores.ndim != 3 or len(scores) != video.index.n_frames:
        return ""
    worst = np.nan_to_num(scores, nan=0.0).max(axis=(1, 2))
    columns = np.array_split(worst, min(BAR_PX, len(worst)))
    heights = np.array([part.max() for part in columns])
    top = float(heights.max()) or 1.0
    step = BAR_PX / max(len(heights) - 1, 1)
    points = [f"{k * step:.1f},{22 - 20 * height / top:.1f}" for k, height in enumerate(heights)]
    return f"M{' L'.join(points)}"


def _link(path: Path, folder: Path | None) -> str:
    """The file's address relative to the page; empty where it is not there."""
    if folder is None or not path.is_file():
        return ""
    try:
        return quote(Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix())
    except ValueError:  # another drive
        return ""


def _embedded(path: Path) -> str:
    """The file as a data URI where it is small and browsers play it."""
    kind = TYPES.get(path.suffix.lower())
    if kind is None or not path.is_file() or path.stat().st_size > EMBEDDED_BYTES:
        return ""
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
