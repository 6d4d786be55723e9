"""Nearest neighbours and the coreset, on points whose distances one can see."""

from __future__ import annotations

import pytest
import torch

from tools.experts.memory_bank import k_center_greedy, nearest, nearest_distances

CORNERS = torch.tensor([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0], [3.0, 4.0]])


def test_the_nearest_of_four_corners_is_found_with_its_distance() -> None:
    found = nearest(torch.tensor([[3.0, 1.0]]), CORNERS, k=2)
    assert found.indices.tolist() == [[1, 3]]
    assert found.distances.tolist() == [[1.0, 3.0]]


def test_a_row_that_must_not_serve_is_passed_over() -> None:
    without_n = torch.tensor([False, True, False, False])
    found = nearest(torch.tensor([[3.0, 0.0]]), CORNERS, without_n=without_n)
    assert found.indices.tolist() == [[0]]
    assert found.distances.tolist() == [[3.0]]


def test_more_queries_than_one_block_come_back_in_their_order() -> None:
    queries_qd = CORNERS.repeat(700, 1)
    found = nearest(queries_qd, CORNERS)
    assert found.indices[:, 0].tolist() == [0, 1, 2, 3] * 700


def test_asking_for_more_neighbours_than_rows_is_refused() -> None:
    with pytest.raises(ValueError, match=r"k must be in \[1, 4\]"):
        nearest(CORNERS, CORNERS, k=5)


def test_distances_alone_are_those_to_the_nearest_rows_over_several_tiles() -> None:
    """Rows lie on a circle of radius 1, save row 2100 at (0.6, 0.8) / 2; queries at the middle,
    the last one on that row."""
    angles = torch.linspace(0, 6.28, 3000)
    bank = torch.stack([angles.cos(), angles.sin()], dim=1)
    bank[2100] = torch.tensor([0.3, 0.4])
    queries = torch.zeros(600, 2)
    queries[599] = bank[2100]

    distances = nearest_distances(queries, bank)

    assert distances.shape == (600,)
    assert distances[:599].tolist() == pytest.approx([0.5] * 599)
    assert float(distances[599]) == pytest.approx(0, abs=1e-3)


def test_distances_to_no_row_are_refused() -> None:
    with pytest.raises(ValueError, match="the bank must have a row"):
        nearest_distances(torch.zeros(2, 3), torch.zeros(0, 3))


def test_the_coreset_keeps_the_first_centre_and_takes_the_farthest_next() -> None:
    line_nd = torch.tensor([[0.0], [1.0], [2.0], [10.0], [13.0]])
    assert k_center_greedy(line_nd, 3, first=1).tolist() == [1, 4, 3]


def test_a_coreset_of_all_points_holds_each_once() -> None:
    points_nd = torch.rand(50, 3, generator=torch.Generator().manual_seed(0))
    assert sorted(k_center_greedy(points_nd, 50).tolist()) == list(range(50))


def test_a_coreset_of_more_points_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match=r"n_centres must be in \[1, 4\], got 5"):
        k_center_greedy(CORNERS, 5)


def test_a_coreset_cannot_start_outside() -> None:
    with pytest.raises(ValueError, match="first must be in"):
        k_center_greedy(CORNERS, 2, first=4)
