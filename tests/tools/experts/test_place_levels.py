"""The level of a place, on distances written by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tools.experts.place_levels import (
    MOST,
    SIDE_CELLS,
    evened,
    foretold_share,
    on_level_grid,
    place_levels,
    probes_of,
)

Distances = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


def left_half_farther(factor: float, *, n: int = 4) -> Distances:
    """Distances between n references that are `factor` times larger on the left half."""
    apart = np.ones((n, n, SIDE_CELLS, SIDE_CELLS), dtype=np.float32)
    apart[..., : SIDE_CELLS // 2] = factor
    return apart


def test_a_place_where_all_references_lie_farther_apart_has_a_higher_level() -> None:
    levels = place_levels(left_half_farther(1.5), left_out=None)
    assert levels[5, 3] > 0.1
    assert levels[5, -3] < -0.1
    # One tenth of the mean distance is added on both sides before the logarithm.
    assert levels[5, 3] - levels[5, -3] == pytest.approx(np.log(1.625 / 1.125), abs=1e-3)


def test_even_references_have_no_level() -> None:
    assert not place_levels(left_half_farther(1.0), left_out=None).any()


def test_what_recurs_at_no_place_gives_no_level() -> None:
    rng = np.random.default_rng(0)
    apart = rng.uniform(1, 3, (8, 8, SIDE_CELLS, SIDE_CELLS)).astype(np.float32)
    assert np.abs(place_levels(apart, left_out=None)).max() < 0.02


def test_no_place_counts_by_more_than_the_stated_factor() -> None:
    levels = place_levels(left_half_farther(1e4), left_out=None)
    assert levels.max() == pytest.approx(np.log(MOST))
    assert levels.min() == pytest.approx(-np.log(MOST))


def test_nothing_of_a_reference_left_out_is_in_the_level() -> None:
    apart = left_half_farther(1.0, n=5)
    apart[2, :, :4], apart[:, 2, :4] = 9.0, 0.1
    assert place_levels(apart, left_out=None).any()
    assert not place_levels(apart, left_out=2).any()


def test_a_reference_is_not_compared_with_itself() -> None:
    apart = left_half_farther(1.5)
    apart[np.arange(4), np.arange(4)] = 0.0
    assert np.allclose(
        place_levels(apart, left_out=None), place_levels(left_half_farther(1.5), left_out=None)
    )


def test_too_few_references_tell_no_level() -> None:
    assert probes_of(3) == []
    none = np.zeros((0, 3, SIDE_CELLS, SIDE_CELLS), dtype=np.float32)
    assert not place_levels(none, left_out=None).any()


def test_probes_are_spread_over_the_references() -> None:
    assert probes_of(4) == [0, 1, 2, 3]
    assert probes_of(15) == [0, 2, 4, 6, 8, 10, 12, 14]


def test_the_share_is_one_where_maps_are_alike_and_none_where_they_oppose() -> None:
    wave = np.sin(np.linspace(0, 2 * np.pi, 16, endpoint=False))
    assert foretold_share(np.stack([wave, wave, wave])) == pytest.approx(1.0)
    assert foretold_share(np.stack([wave, -wave])) == 0.0
    assert foretold_share(np.zeros((3, 16))) == 0.0


def test_distances_are_divided_by_the_level_in_their_own_grid() -> None:
    levels = np.full((SIDE_CELLS, SIDE_CELLS), np.log(2), dtype=np.float32)
    assert torch.allclose(evened(torch.full((5, 9), 3.0), levels), torch.full((5, 9), 1.5))
    assert on_level_grid(torch.ones(5, 9)).shape == (SIDE_CELLS, SIDE_CELLS)
