"""Pixel metrics of scores rounded to 16 bits: exact where nothing merges, bounded where it does."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from evals.metrics import pixel_scores
from evals.metrics.pixel_quantised import (
    N_LEVELS,
    QuantisedPixels,
    bounds_of,
    quantised_pixel_scores,
)
from evals.metrics.pixels import tally_maps

Maps = list[npt.NDArray[Any]]


def random_maps(seed: int, *, n_levels: int) -> tuple[Maps, Maps]:
    """Pictures whose scores stand on a grid of levels from 0 to 1."""
    rng = np.random.default_rng(seed)
    masks = [rng.random((9, 7)) < share for share in (0.0, 0.1, 0.5)]
    maps = [rng.integers(0, n_levels, m.shape) / (n_levels - 1) + 0.0 for m in masks]
    maps[0][0, 0], maps[0][0, 1] = 0.0, 1.0
    return list(masks), maps


@pytest.mark.parametrize("seed", range(10))
def test_scores_on_the_levels_lose_nothing(seed: int) -> None:
    masks, maps = random_maps(seed, n_levels=N_LEVELS)
    rounded, _ = quantised_pixel_scores(lambda: zip(masks, maps, strict=True))
    assert rounded == pytest.approx(pixel_scores(masks, maps), rel=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_the_bounds_hold_the_unrounded_figures(seed: int) -> None:
    rng = np.random.default_rng(seed)
    masks, coarse = random_maps(seed, n_levels=5)
    # Within a step of the coarse grid the true order is anything; the grid itself is kept.
    maps = [m + rng.uniform(-0.1, 0.1, m.shape) for m in coarse]
    truth = pixel_scores(masks, maps, fpr_limit=0.3)
    bounds = bounds_of(tally_maps(masks, coarse), fpr_limit=0.3)
    for low, value, high in (
        (bounds.auroc[0], truth.auroc, bounds.auroc[1]),
        (bounds.average_precision[0], truth.average_precision, bounds.average_precision[1]),
        (bounds.f1_max[0], truth.f1_max, bounds.f1_max[1]),
        (bounds.aupro[0], truth.aupro, bounds.aupro[1]),
    ):
        assert low - 1e-12 <= value <= high + 1e-12


def test_the_error_of_sixteen_bits_is_small_on_continuous_maps() -> None:
    rng = np.random.default_rng(0)
    mask = np.zeros((64, 64), dtype=bool)
    mask[20:40, 20:30] = True
    scores = rng.normal(size=mask.shape).astype(np.float32) + mask
    rounded, bounds = quantised_pixel_scores(lambda: iter([(mask, scores)]))
    exact = pixel_scores([mask], [scores])
    assert rounded.aupro == pytest.approx(exact.aupro, abs=1e-4)
    for low, high in bounds:
        assert 0 <= high - low < 2e-3


def test_the_stream_is_read_once_where_the_range_is_known() -> None:
    masks, maps = random_maps(1, n_levels=9)
    n_read = []

    def pairs() -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
        n_read.append(1)
        return zip(masks, maps, strict=True)

    quantised_pixel_scores(pairs, score_range=(0.0, 1.0))
    assert len(n_read) == 1


def test_scores_a_step_apart_keep_their_order() -> None:
    pixels = QuantisedPixels(0.0, 1.0)
    assert pixels.step == 1 / 65535
    pixels.add(np.array([[1, 0]]), np.array([[0.5, 0.5 - pixels.step]]))
    assert pixels.tally().n_above.tolist() == [0]
    assert pixels.tally().n_equal.tolist() == [0]


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.0), (1.0, 0.0), (0.0, np.inf), (np.nan, 1.0)])
def test_a_range_that_is_none_is_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="needs finite low < high"):
        QuantisedPixels(low, high)


def test_scores_outside_the_range_are_refused() -> None:
    pixels = QuantisedPixels(0.0, 1.0)
    with pytest.raises(ValueError, match=r"scores must lie in \[0.0, 1.0\], got 0.0 to 2.0"):
        pixels.add(np.array([[0, 0]]), np.array([[0.0, 2.0]]))


def test_constant_maps_have_no_range() -> None:
    mask = np.array([[1, 0]])
    with pytest.raises(ValueError, match="needs maps with scores that differ"):
        quantised_pixel_scores(lambda: iter([(mask, np.ones((1, 2)))]))
