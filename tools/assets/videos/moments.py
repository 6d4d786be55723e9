"""Which frames stand for a stretch of a video, by content and time. Decodes nothing."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.assets.videos.index import VideoIndex

TIME_SHARE = 0.5
"""Of the steps from moment to moment: half by the clock, half by how much the picture changes."""
LIKE_LEVELS = 0.5
"""Frames whose signatures differ from the segment's mean by no more than this beyond the least
count as equally typical; then the middle one is shown."""


class Moment(NamedTuple):
    """A frame that is shown, and the frames [first, last) that it stands for."""

    frame: int
    first: int
    last: int


def moments(index: VideoIndex, first: int, last: int, n: int) -> list[Moment]:
    """Divide frames [first, last) into n segments and show the most typical frame of each.

    Segments are of equal length along a path that advances with time and with the change of the
    picture alike: a still stretch keeps its share of frames, a busy one gets more, and a cut
    falls between two segments.

    Args:
        index: of the video.
        first: number of the first frame.
        last: number behind the last one.
        n: segments; one for each frame where there are fewer frames.

    Returns:
        At most n, in order of time, none empty, without gaps.

    Raises:
        ValueError: where the stretch is empty or not within the video, or n is below 1.
    """
    if not 0 <= first < last <= index.n_frames or n < 1:
        raise ValueError(f"[{first}, {last}) in {n} is no stretch of {index.n_frames} frames")
    edges = _edges(_path(index, first, last), min(n, last - first)) + first
    return [Moment(_typical(index, int(a), int(b)), int(a), int(b)) for a, b in pairwise(edges)]


def _path(index: VideoIndex, first: int, last: int) -> NDArray[np.float64]:
    """(last - first,) how far along each frame begins, rising from 0, below 1."""
    passed = np.diff(index.times_s[first : last + 1])
    # A change belongs to the frame that brings it, time to the frame that is left.
    changed = np.append(index.changes_n[first + 1 : last].astype(np.float64), 0.0)
    by_time, by_change = _shares(passed), _shares(changed)
    share = TIME_SHARE if changed.any() else 1.0
    path = share * np.cumsum(by_time) + (1 - share) * np.cumsum(by_change)
    return np.append(0.0, path[:-1])


def _shares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    total = values.sum()
    return values / total if total > 0 else np.zeros_like(values)


def _edges(path: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """(n + 1,) where segments begin and the last one ends.

    The longest are halved where a jump of the path left fewer than n.
    """
    # A frame that begins at a border up to rounding begins the next segment.
    segment = np.minimum(np.floor(path * n + 1e-9), n - 1).astype(np.int64)
    begins = [0, *(np.flatnonzero(np.diff(segment)) + 1).tolist(), len(path)]
    while len(begins) <= n:
        lengths = np.diff(begins)
        longest = int(lengths.argmax())
        begins.insert(longest + 1, begins[longest] + int(lengths[longest]) // 2)
    return np.array(begins, dtype=np.int64)


def _typical(index: VideoIndex, first: int, last: int) -> int:
    """The frame nearest to the segment's mean, the one in the middle where several are."""
    signatures = index.signatures_n[first:last].astype(np.float32)
    apart = np.abs(signatures - signatures.mean(axis=0)).mean(axis=1)
    from_middle = np.abs(np.arange(first, last) - (first + last - 1) / 2)
    from_middle[apart > apart.min() + LIKE_LEVELS] = np.inf
    return first + int(from_middle.argmin())
