"""The place of a picture is recalled from its layout, whatever its gain and a small shift."""

from __future__ import annotations

import numpy as np
import pytest

from evals.perturb import perturb
from tools.arrays import UInt8Image
from tools.place import nearest_place, place_descriptor


def _board(*, seed: int) -> UInt8Image:
    rng = np.random.default_rng(seed)
    board = np.full((240, 320, 3), 90, dtype=np.uint8)
    for _ in range(24):
        x, y, w, h = rng.integers(0, 230, 2).tolist() + rng.integers(8, 60, 2).tolist()
        board[y : y + h, x : x + w] = rng.integers(120, 250)
    return board


def test_a_descriptor_has_unit_norm_and_ignores_gain() -> None:
    board = _board(seed=1)
    described = place_descriptor(board)
    assert described.shape == (576,)
    assert described.dtype == np.float32
    assert float(np.linalg.norm(described)) == pytest.approx(1, abs=1e-5)
    assert float(described @ place_descriptor(board // 2)) > 0.999


def test_a_picture_of_one_colour_has_a_zero_descriptor() -> None:
    assert not place_descriptor(np.full((64, 64, 3), 7, dtype=np.uint8)).any()


def test_every_perturbed_board_finds_its_own() -> None:
    boards = [_board(seed=seed) for seed in range(8)]
    descriptors = [place_descriptor(board) for board in boards]
    for position, board in enumerate(boards):
        place = nearest_place(perturb(board, seed=position).image_hwc, descriptors, boards)
        assert place is not None
        assert place.position == position


def test_an_excluded_reference_is_not_chosen_and_strangers_are_no_place() -> None:
    boards = [_board(seed=seed) for seed in range(3)]
    descriptors = [place_descriptor(board) for board in boards]
    assert nearest_place(boards[0], descriptors, boards, exclude=0) is None
