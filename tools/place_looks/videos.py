"""Where a place of a video lies, how large it is and how long it lasts. Knows no references."""

from __future__ import annotations

from tools.asset_ports import AssetPort
from tools.records import FrameExtent

SMALL_SHARE, LARGE_SHARE = 0.01, 0.1
"""Of the frame's area."""
BRIEF_S, LASTING_S = 1.0, 5.0
LASTING_SHARE = 1 / 3
"""Of the video's duration; shorter videos have things that last too."""


def video_looks(asset: AssetPort, extent: FrameExtent) -> list[str]:
    """Size, length and thirds of the frame in which the middle of a place lies.

    What moves on is told in several extents, each as long as it stays about one place: `brief`
    and `lasting` are of that stay.

    Args:
        asset: a video; of another kind nothing is told.
        extent: frames and a box.
    """
    from tools.assets.videos.video import Video

    if not isinstance(asset, Video):
        return []
    width_px, height_px = asset.frame_size
    x1, y1, x2, y2 = extent.box_xyxy
    share = (x2 - x1) * (y2 - y1) / (width_px * height_px)
    seconds = extent.end_s - extent.start_s
    lasting = min(LASTING_S, LASTING_SHARE * asset.index.duration_s)
    looks = ["small"] if share <= SMALL_SHARE else ["large"] if share >= LARGE_SHARE else []
    looks += ["lasting"] if seconds >= lasting else ["brief"] if seconds <= BRIEF_S else []
    sides = [
        *_third((x1 + x2) / 2 / width_px, "left", "right"),
        *_third((y1 + y2) / 2 / height_px, "top", "bottom"),
    ]
    return looks + (sides or ["middle"])


def _third(share: float, low: str, high: str) -> list[str]:
    return [low] if share < 1 / 3 else [high] if share > 2 / 3 else []
