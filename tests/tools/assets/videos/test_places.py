from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tools.assets.videos.video import Video

Opened = Callable[..., Video]


def told(video: Video, scores: np.ndarray) -> list[tuple[int, int, list[float], float]]:
    found = video.places(scores.astype(np.float32), level=1.0)
    return [
        (one.extent.first_frame, one.extent.last_frame, one.extent.box_xyxy, one.score)  # type: ignore[union-attr]
        for one in found
    ]


def test_cells_that_hang_together_over_time_are_one_place(opened: Opened) -> None:
    scores = np.zeros((24, 8, 12))
    scores[5:9, 2, 3] = 2.0
    scores[6:8, 3, 4] = 3.0
    scores[20, 0, 0] = 9.0
    scores[12:14, 7, 11] = np.nan

    # Cells are 8 x 8 px; what is above in one frame alone is left out.
    assert told(opened(), scores) == [(5, 9, [24, 16, 40, 32], 3.0)]


def test_what_moves_on_is_told_in_stretches_about_one_place(opened: Opened) -> None:
    scores = np.zeros((24, 8, 12))
    for frame in range(12):
        scores[frame, 4, frame // 2 : frame // 2 + 2] = 1.5 + frame / 100

    found = told(opened(), scores)

    assert [one[:2] for one in sorted(found)] == [(0, 4), (4, 8), (8, 12)]
    assert sorted(found)[0][2] == [0, 32, 24, 40]
    assert [one[3] for one in found] == pytest.approx([1.61, 1.57, 1.53])


def test_a_single_frame_is_judged_by_itself(opened: Opened) -> None:
    scores = np.zeros((1, 8, 12))
    scores[0, 0, 0] = 4.0

    assert told(opened(n=1), scores) == [(0, 1, [0, 0, 8, 8], 4.0)]


def test_scores_of_another_video_are_refused(opened: Opened) -> None:
    with pytest.raises(ValueError, match="scores must be of 24 frames of cells"):
        opened().places(np.zeros((3, 2, 2), np.float32), level=1.0)
