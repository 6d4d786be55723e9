from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tools.assets.videos.index import NO_STAMP, changes, presentation_times
from tools.assets.videos.video import Video


def test_times_start_at_zero_and_end_with_the_last_frame() -> None:
    times, notes = presentation_times([512, 1024, 2048], unit_s=1 / 512, length=256, rate=25)

    assert times.tolist() == [0, 1, 3, 3.5]
    assert notes == []


def test_stamps_out_of_order_are_dealt_out_in_rising_order() -> None:
    times, notes = presentation_times([1, 4, 3, 6], unit_s=1, length=1, rate=25)

    assert times.tolist() == [0, 2, 3, 5, 6]
    assert notes == ["frames were stamped out of order; times sorted"]


def test_missing_stamps_give_times_by_the_claimed_rate() -> None:
    times, notes = presentation_times([0, NO_STAMP, 2], unit_s=1, length=1, rate=20)

    np.testing.assert_allclose(times, [0, 0.05, 0.1, 0.15])
    assert notes == ["frames carry no times; shown at 20 a second"]


def test_a_last_frame_of_unknown_length_lasts_as_long_as_is_usual() -> None:
    times, _ = presentation_times([0, 2, 4, 10], unit_s=0.5, length=0, rate=25)

    assert times.tolist() == [0, 1, 2, 5, 6]


def test_frames_of_one_time_are_told() -> None:
    _, notes = presentation_times([0, 1, 1, 2], unit_s=1, length=1, rate=25)

    assert notes == ["1 frames have the time of the frame before them"]


def test_change_is_the_mean_difference_of_signatures() -> None:
    signatures = np.zeros((3, 64), np.uint8)
    signatures[1, :16] = 40
    signatures[2] = 255

    assert changes(signatures).tolist() == [0, 10, pytest.approx((16 * 215 + 48 * 255) / 64)]


def test_a_time_finds_the_frame_that_is_shown_then(opened: Callable[..., Video]) -> None:
    index = opened(n=4, times_ms=[0, 40, 400, 440]).index

    assert [index.frame_at(t) for t in (-1, 0, 0.05, 0.39, 0.4, 0.41, 9)] == [0, 0, 1, 1, 2, 2, 3]
    assert index.n_frames == 4
