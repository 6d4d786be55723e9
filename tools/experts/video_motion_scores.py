"""Scores of cells over time to scores of a video. Knows no feature and no reference."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tools.asset_ports import NormalScore
from tools.assets.videos.video import Video
from tools.experts.video_motion_cells import FRAMES_PER_S, Plan

SMOOTH_S = 0.2
"""Standard deviation of the Gaussian over time that scores of cells are smoothed by."""
WORST_S = 0.5
"""The raw score is the worst cell's mean over so long a stretch, the worst one."""


def smoothed(video: Video, plan: Plan, worst: NDArray[np.float32]) -> NDArray[np.float32]:
    """(K, rows, columns) scores over time without what flickers; in place."""
    from scipy.ndimage import gaussian_filter1d

    sigma = SMOOTH_S * _rate(video, plan)
    gaussian_filter1d(worst, sigma, axis=0, output=worst)
    return worst


def raw_score(video: Video, plan: Plan, cells: NDArray[np.float32]) -> float:
    """The worst cell's mean over the worst stretch of `WORST_S`."""
    from scipy.ndimage import uniform_filter1d

    length = min(max(1, round(WORST_S * _rate(video, plan))), len(cells))
    return float(uniform_filter1d(cells.max(axis=(1, 2)), length).max())


def normal_score(video: Video, plan: Plan, cells: NDArray[np.float32]) -> NormalScore:
    """Of a normal video."""
    return NormalScore(raw_score(video, plan, cells), float(cells.max()))


def every_frame(plan: Plan, cells: NDArray[np.float32], video: Video) -> NDArray[np.float32]:
    """(n_frames, rows, columns): frames between take those that were looked at before them."""
    if plan.step == 1:
        return cells
    return np.repeat(cells, plan.step, axis=0)[: video.index.n_frames]


def _rate(video: Video, plan: Plan) -> float:
    """Frames a second that are looked at."""
    duration_s = video.index.duration_s
    return len(plan.numbers) / duration_s if duration_s > 0 else FRAMES_PER_S
