"""Scores of frames: the motion expert, and differences of neighbouring frames. Knows no label."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tools.assets.videos.video import Video
from tools.experts.video_motion import VideoMotion

CELL_PX = 24
SMOOTH_S = 0.2
"""As the expert smooths: a baseline without would lose to noise of single frames."""


class FrameScores(NamedTuple):
    """Of every frame."""

    scores: npt.NDArray[np.float64]
    """(N,) higher is worse."""
    worst_xy: npt.NDArray[np.float64] | None
    """(N, 2) centre of the worst cell in pixels; None where a method has no places."""


def motion_scores(references: Sequence[Video], tested: Video) -> FrameScores:
    """The worst cell of each frame, of the expert with its defaults."""
    found = VideoMotion().learn_assets(references).score_asset(tested)
    cells = found.element_scores
    n, rows, columns = cells.shape
    row, column = np.unravel_index(cells.reshape(n, -1).argmax(axis=1), (rows, columns))
    width_px, height_px = tested.frame_size
    worst = np.stack([(column + 0.5) * width_px / columns, (row + 0.5) * height_px / rows], axis=1)
    return FrameScores(cells.max(axis=(1, 2)).astype(np.float64), worst)


def difference_scores(tested: Video) -> dict[str, FrameScores]:
    """Mean absolute difference from the frame before: of the frame, and of its worst cell."""
    from scipy.ndimage import gaussian_filter1d

    whole, worst, before = [0.0], [0.0], None
    for _, frame_hwc in tested.stream():
        grey = frame_hwc.mean(axis=2)
        if before is not None:
            changed = np.abs(grey - before)
            whole.append(float(changed.mean()))
            worst.append(float(_cell_means(changed).max()))
        before = grey
    whole[0], worst[0] = whole[min(1, len(whole) - 1)], worst[min(1, len(worst) - 1)]
    sigma = SMOOTH_S * tested.index.n_frames / tested.index.duration_s
    return {
        name: FrameScores(gaussian_filter1d(np.array(values), sigma), None)
        for name, values in (("difference", whole), ("difference, worst cell", worst))
    }


def _cell_means(changed: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    rows, columns = changed.shape[0] // CELL_PX, changed.shape[1] // CELL_PX
    whole = changed[: rows * CELL_PX, : columns * CELL_PX]
    return np.asarray(whole.reshape(rows, CELL_PX, columns, CELL_PX).mean(axis=(1, 3)))
