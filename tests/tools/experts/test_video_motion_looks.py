"""How a cell moves beside normal cells, in words; every motion is written down by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tools.experts.video_motion_bank import Channel, Learned, rows_of
from tools.experts.video_motion_cells import FRAMES_AT_ONCE, Plan, Seen, worsened_by_looks
from tools.experts.video_motion_looks import cell_looks, cells_of, motion_words

PLAN = Plan(1, tuple(range(10)), 64, 48, 5)
"""Three rows and four columns of cells."""


def cell(right: float, down: float = 0.0) -> list[float]:
    speed = (right**2 + down**2) ** 0.5
    return [right, down, speed, speed]


BELT = np.array([cell(0.18), cell(0.2), cell(0.22)], np.float32)
WALKWAY = np.array([cell(0.0), cell(0.2), cell(-0.1)], np.float32)
WALL = np.array([cell(0.0), cell(0.001)], np.float32)


@pytest.mark.parametrize(
    ("own", "normal", "words"),
    [
        (cell(0.2), BELT, []),
        (cell(0.5), BELT, ["fast"]),
        (cell(0.1), BELT, ["slow"]),
        (cell(0.0), BELT, ["slow", "stopped"]),
        (cell(-0.2), BELT, ["backwards"]),
        (cell(-0.5), BELT, ["backwards", "fast"]),
        (cell(-0.2), WALKWAY, []),
        (cell(0.0), WALKWAY, []),
        (cell(0.4), WALKWAY, ["fast"]),
        (cell(0.1), WALL, ["moving"]),
        (cell(0.0), WALL, []),
    ],
)
def test_a_motion_is_told_beside_the_normal_ones_at_its_place(
    own: list[float], normal: np.ndarray, words: list[str]
) -> None:
    assert motion_words(np.array(own, np.float32), normal) == words


def grid(motion: list[float]) -> torch.Tensor:
    return torch.tensor(motion).expand(3, 4, 4).clone()


def learned() -> Learned:
    """A belt that runs to the right everywhere, and one look of zeros; units of 0.5."""
    motion = torch.cat([rows_of(grid(cell(speed))) for speed in (0.18, 0.2, 0.22)])
    looks = torch.cat([rows_of(torch.zeros(3, 4, 2)), rows_of(torch.ones(3, 4, 2))])
    owners = [torch.zeros(len(rows), dtype=torch.long) for rows in (motion, looks)]
    return Learned(Channel(motion, owners[0], 1.0), Channel(looks, owners[1], 1.0), 0.5, 0.5)


def seen(where: tuple[int, int], motion: list[float], look: float) -> list[Seen]:
    """Three frames of the belt in which one cell moves or looks otherwise."""
    moving, looking = grid(cell(0.2)), torch.zeros(3, 4, 2)
    moving[where], looking[where] = torch.tensor(motion), look
    return [Seen(0, moving.expand(3, 3, 4, 4), {0: looking})]


def test_what_was_never_seen_and_moves_as_usual_is_unseen_where_it_is() -> None:
    frames = seen((1, 2), cell(0.2), 9.0)

    assert cell_looks(frames, PLAN, learned(), (2, 1, 3, 2)) == ["unseen"]
    assert cell_looks(frames, PLAN, learned(), (0, 0, 1, 1)) == []


def test_a_cell_that_runs_backwards_is_told_and_not_called_unseen() -> None:
    assert cell_looks(seen((0, 0), cell(-0.2), 0.0), PLAN, learned(), (0, 0, 4, 3)) == ["backwards"]


def test_frames_take_the_look_nearest_in_time_and_the_earlier_of_two() -> None:
    scores = np.zeros((12, 1, 1), np.float32)

    worsened_by_looks(scores, np.array([[[0]], [[4]], [[9]]], np.float32), (0, 4, 9))

    assert scores[:, 0, 0].tolist() == [0, 0, 0, 4, 4, 4, 4, 9, 9, 9, 9, 9]


def test_a_look_lessens_no_score_and_the_frames_of_all_blocks_take_theirs() -> None:
    scores = np.full((2 * FRAMES_AT_ONCE + 1, 1, 1), 2, np.float32)
    looked = np.array([[[1]], [[3]]], np.float32)

    worsened_by_looks(scores, looked, (0, 2 * FRAMES_AT_ONCE))

    nearer_to_first = FRAMES_AT_ONCE + 1
    assert scores[:, 0, 0].tolist() == [2] * nearer_to_first + [3] * FRAMES_AT_ONCE


def test_cells_are_those_that_a_box_touches() -> None:
    assert cells_of([16.0, 0.0, 32.0, 16.0], (64, 48), PLAN) == (1, 0, 2, 1)
    assert cells_of([17.0, 10.0, 33.0, 48.0], (64, 48), PLAN) == (1, 0, 3, 3)
    assert cells_of([200.0, 200.0, 201.0, 201.0], (64, 48), PLAN) == (3, 2, 4, 3)
