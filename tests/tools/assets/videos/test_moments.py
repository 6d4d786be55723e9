from __future__ import annotations

import numpy as np
import pytest

from tools.assets.videos.index import VideoIndex, changes
from tools.assets.videos.moments import Moment, moments
from tools.assets.videos.upright import Upright


def index_of(levels: list[int], times: list[float] | None = None) -> VideoIndex:
    """A video whose frames are each of one grey level."""
    n = len(levels)
    signatures = np.repeat(np.array(levels, np.uint8)[:, None], 64, axis=1)
    return VideoIndex(
        width_px=32,
        height_px=16,
        upright=Upright(),
        stamps_n=np.arange(n),
        keys_n=np.ones(n, np.bool_),
        times_s=np.array(times if times is not None else np.arange(n + 1), np.float64),
        signatures_n=signatures,
        changes_n=changes(signatures),
    )


def test_a_still_video_is_divided_by_time_and_shows_the_middles() -> None:
    assert moments(index_of([9] * 9), 0, 9, 3) == [
        Moment(1, 0, 3),
        Moment(4, 3, 6),
        Moment(7, 6, 9),
    ]


def test_times_count_and_not_frames() -> None:
    times = [0.0, 1, 2, 3, 6, 9, 12]

    # Half of the 12 s have passed when the fifth frame begins.
    assert moments(index_of([9] * 6, times), 0, 6, 2) == [Moment(1, 0, 4), Moment(4, 4, 6)]


def test_a_cut_falls_between_two_segments() -> None:
    found = moments(index_of([0] * 7 + [200] * 3), 0, 10, 2)

    assert [(one.first, one.last) for one in found] == [(0, 7), (7, 10)]


def test_a_busy_stretch_gets_more_frames_than_a_still_one() -> None:
    levels = [0] * 20 + [k * 10 for k in range(20)]

    found = moments(index_of(levels), 0, 40, 8)

    assert sum(one.first >= 20 for one in found) >= 5
    assert found[0].last > 8


def test_segments_hang_together_and_show_frames_of_their_own() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        n = int(rng.integers(1, 60))
        index = index_of(rng.integers(0, 256, n).tolist())
        found = moments(index, 0, n, 12)

        assert len(found) == min(n, 12)
        assert [one.first for one in found] == [0, *[one.last for one in found[:-1]]]
        assert found[-1].last == n
        assert all(one.first <= one.frame < one.last for one in found)


def test_a_stretch_outside_the_video_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[2, 9\) in 3 is no stretch of 8 frames"):
        moments(index_of([1] * 8), 2, 9, 3)
