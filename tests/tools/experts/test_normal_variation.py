"""Where normal parts differ from one another, a difference is forgiven; elsewhere it is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tools.arrays import UInt8Image
from tools.experts.normal_variation import build_variation, composed, halved, reduced
from tools.experts.registered_difference import RegisteredDifference
from tools.ports import NotApplicable

IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def _board(*, mark: int | None, seed: int = 1) -> UInt8Image:
    """A board of rectangles; one corner of it shows a square of the given grey, or none."""
    rng = np.random.default_rng(seed)
    board = np.full((256, 256, 3), 90, dtype=np.uint8)
    for _ in range(24):
        x, y, w, h = rng.integers(0, 240, 2).tolist() + rng.integers(8, 60, 2).tolist()
        board[y : y + h, x : x + w] = rng.integers(120, 250, size=3)
    board[40:80, 40:80] = 150
    board[160:220, 150:220] = 200
    if mark is not None:
        board[55:67, 55:67] = mark
    return board


def test_twice_the_highest_variation_of_the_references_that_serve_is_forgiven() -> None:
    maps = [np.zeros((64, 64), dtype=np.float32) for _ in range(2)]
    maps[0][20:40, 20:40] = 10.0
    maps[1][20:40, 20:40] = 30.0

    variation = build_variation(maps, [IDENTITY] * 2, [IDENTITY] * 2)

    every = variation.at(IDENTITY, 0, shape=(64, 64), exclude=None)
    without = variation.at(IDENTITY, 0, shape=(64, 64), exclude=1)
    assert (float(every[30, 30]), float(without[30, 30])) == (60.0, 20.0)
    assert float(every[60, 60]) == 0.0


def test_a_reduced_plane_keeps_the_highest_of_every_four_pixels() -> None:
    plane = np.array([[1, 2, 5], [3, 0, 4], [7, 6, 9]], dtype=np.float32)

    np.testing.assert_array_equal(reduced(plane), [[3, 5], [7, 9]])


def test_a_shift_by_four_pixels_is_one_by_two_at_half_the_resolution() -> None:
    shift = np.array([[1.0, 0.0, 4.0], [0.0, 1.0, -2.0]])

    np.testing.assert_allclose(halved(shift), [[1, 0, 2], [0, 1, -1]])
    np.testing.assert_allclose(composed(shift, shift)[:, 2], [8, -4])


def test_what_varies_among_references_is_forgiven_at_its_place_and_nowhere_else() -> None:
    references = [_board(mark=grey) for grey in (60, 110, 190, 240, 150)]
    memory = RegisteredDifference().learn(references, per_place=False)
    elsewhere = _board(mark=110)
    elsewhere[185:197, 180:192] = 20

    at_its_place, not_there = memory.score([_board(mark=85), elsewhere])

    assert at_its_place.raw_score < not_there.raw_score
    assert float(at_its_place.anomaly_map[50:72, 50:72].max()) == 0.0
    row, column = divmod(int(not_there.anomaly_map.argmax()), 256)
    assert 183 <= row < 199
    assert 178 <= column < 194


def test_the_variation_read_from_the_cache_gives_the_same_scores(tmp_path: Path) -> None:
    references = [_board(mark=grey) for grey in (60, 110, 190, 240)]
    query = _board(mark=85)

    first = RegisteredDifference(cache=tmp_path).learn(references, per_place=False)
    again = RegisteredDifference(cache=tmp_path).learn(references, per_place=False)

    assert len(list(tmp_path.iterdir())) == 1
    np.testing.assert_array_equal(
        first.score([query])[0].anomaly_map, again.score([query])[0].anomaly_map
    )


def test_the_expert_does_not_apply_where_its_references_are_of_different_things() -> None:
    references = [_board(mark=None, seed=seed) for seed in range(4)]
    memory = RegisteredDifference().learn(references, per_place=False)

    with pytest.raises(NotApplicable, match="cannot be laid over each other"):
        memory.score([references[0]])
