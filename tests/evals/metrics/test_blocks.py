from __future__ import annotations

import numpy as np
import pytest

from evals.metrics.blocks import block_draws, block_interval


def test_a_draw_keeps_the_number_of_frames_of_each_label() -> None:
    labels = [0] * 7 + [1] * 5

    drawn = block_draws(labels, length=3, rng=np.random.default_rng(0))

    assert np.bincount(np.array(labels)[drawn]).tolist() == [7, 5]


def test_blocks_follow_each_other_and_wrap_around_within_their_label() -> None:
    labels = [0, 0, 0, 1, 1, 1, 1, 0, 0, 0]

    drawn = block_draws(labels, length=4, rng=np.random.default_rng(1))

    order = [0, 1, 2, 7, 8, 9]
    places = [order.index(frame) for frame in drawn[:4]]
    assert [(place - places[0]) % 6 for place in places] == [0, 1, 2, 3]


def test_an_interval_holds_the_whole_value_and_widens_with_the_blocks() -> None:
    rng = np.random.default_rng(0)
    # Ten moods of twenty frames each: single frames look independent and are not.
    values = np.repeat(rng.normal(size=10), 20)
    zeros = [np.zeros(200, dtype=np.int64)]

    single = block_interval(lambda d: float(values[d[0]].mean()), zeros, length=1)
    blocks = block_interval(lambda d: float(values[d[0]].mean()), zeros, length=20)

    assert single.value == blocks.value == pytest.approx(values.mean())
    assert single.low <= single.value <= single.high
    assert blocks.high - blocks.low > 2.5 * (single.high - single.low)


def test_no_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="needs frames and length >= 1"):
        block_draws([], length=3, rng=np.random.default_rng(0))
