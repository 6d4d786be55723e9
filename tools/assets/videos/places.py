"""What stands out in the scores of a video's frames, as frames with boxes. Knows no expert."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import BoolMask
from tools.asset_ports import ElementScores, ScoredExtent
from tools.assets.videos.index import VideoIndex
from tools.records import FrameExtent

LEAST_FRAMES = 2
"""What is above the level in one frame alone is noise, unless the video has no more."""


class _Run(NamedTuple):
    """A stretch of frames in which something stays about one place."""

    first: int
    last: int
    cells: tuple[int, int, int, int]
    """Columns and rows around it: x1, y1, x2, y2."""
    score: float


def places(index: VideoIndex, scores: ElementScores, *, level: float) -> list[ScoredExtent]:
    """Cells that hang together over frames and neighbours, worst first.

    What moves on is told in several extents: each lasts as long as the thing overlaps the place
    where the extent began, so that boxes stay as small as the thing.

    Args:
        index: of the video.
        scores: (n_frames, rows, columns), NaN where nothing is said.
        level: what elements of normal assets do not exceed.

    Raises:
        ValueError: where the scores are not of this video.
    """
    from scipy import ndimage

    if scores.ndim != 3 or len(scores) != index.n_frames:
        raise ValueError(f"scores must be of {index.n_frames} frames of cells, got {scores.shape}")
    labels, _ = ndimage.label(scores > level, structure=np.ones((3, 3, 3)))
    least = min(LEAST_FRAMES, index.n_frames)
    found = []
    for number, where in enumerate(ndimage.find_objects(labels), start=1):
        if where[0].stop - where[0].start >= least:
            within = labels[where] == number
            begin = (where[0].start, where[1].start, where[2].start)
            found += [_extent(index, run, scores) for run in _runs(within, scores[where], begin)]
    return sorted(found, key=lambda one: -one.score)


def _runs(
    within: NDArray[np.bool_], scores: ElementScores, begin: tuple[int, int, int]
) -> Iterator[_Run]:
    """Cut a thing into stretches that stay about one place.

    Args:
        within: (F, r, c) its cells.
        scores: (F, r, c).
        begin: frame, row and column of the first element.
    """
    run: _Run | None = None
    home = (0, 0, 0, 0)
    for offset, (mask, values) in enumerate(zip(within, scores, strict=True)):
        box, score = _cells(mask, begin), float(values[mask].max())
        frame = begin[0] + offset
        if run is not None and _overlap(box, home):
            run = _Run(run.first, frame + 1, _around(run.cells, box), max(run.score, score))
            continue
        if run is not None:
            yield run
        run, home = _Run(frame, frame + 1, box, score), box
    if run is not None:
        yield run


def _cells(mask: BoolMask, begin: tuple[int, int, int]) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        begin[2] + int(columns[0]),
        begin[1] + int(rows[0]),
        begin[2] + int(columns[-1]) + 1,
        begin[1] + int(rows[-1]) + 1,
    )


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _around(
    one: tuple[int, int, int, int], other: tuple[int, int, int, int]
) -> tuple[int, int, int, int]:
    x1, y1 = min(one[0], other[0]), min(one[1], other[1])
    return x1, y1, max(one[2], other[2]), max(one[3], other[3])


def _extent(index: VideoIndex, run: _Run, scores: ElementScores) -> ScoredExtent:
    _, rows, columns = scores.shape
    across, down = index.width_px / columns, index.height_px / rows
    x1, y1, x2, y2 = run.cells
    extent = FrameExtent(
        first_frame=run.first,
        last_frame=run.last,
        box_xyxy=[x1 * across, y1 * down, x2 * across, y2 * down],
        start_s=float(index.times_s[run.first]),
        end_s=float(index.times_s[run.last]),
    )
    return ScoredExtent(extent, run.score)
