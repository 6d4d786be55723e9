"""Means over products, and pixel metrics over resampled pictures."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evals.metrics import bootstrap_interval, image_auroc, stream_pixel_scores
from evals.metrics.variants import customizable_vlm
from evals.results.intervals import (
    auroc_interval,
    hard_label_intervals,
    mean_rate_interval,
    mean_share_interval,
    nested_mean_interval,
)
from evals.results.measures.pixels import measure_pixels
from evals.results.pixel_intervals import FIGURES, interval_of, level_counts, pixel_draws, tally_of
from evals.results.records import Results
from evals.runner.row_making import save_map
from evals.runner.rows import Row

MakeRow = Callable[..., Row]
MakeResults = Callable[..., Results]


def _rows(row: MakeRow, labels: list[int], scores: list[float]) -> list[Row]:
    return [
        row(f"s{n}", gt_label=label, raw_score=score)
        for n, (label, score) in enumerate(zip(labels, scores, strict=True))
    ]


def test_the_auroc_and_its_interval_are_those_of_the_metric(row: MakeRow) -> None:
    rng = np.random.default_rng(3)
    labels = [0] * 30 + [1] * 20
    scores = np.round(rng.normal(size=50) + np.array(labels), 1).tolist()
    found = auroc_interval([_rows(row, labels, scores)], seed=0)
    assert found is not None
    assert found.value == pytest.approx(image_auroc(labels, scores))
    # Other resamples of the same kind: the same interval to within their own noise.
    assert found[1:] == pytest.approx(
        bootstrap_interval(image_auroc, labels, scores, n=4000), abs=0.03
    )


def test_equal_runs_differ_by_nothing_in_every_resample(row: MakeRow) -> None:
    rows = _rows(row, [0, 0, 1, 1], [1.0, 3.0, 2.0, 4.0])
    assert auroc_interval([rows], seed=0, baseline=[rows]) == (0.0, 0.0, 0.0)


def test_one_class_has_no_auroc(row: MakeRow) -> None:
    assert auroc_interval([_rows(row, [1, 1], [1.0, 2.0])], seed=0) is None
    assert auroc_interval([], seed=0) is None


def test_a_mean_of_shares_without_a_hit_still_has_an_upper_bound() -> None:
    found = mean_share_interval([[False] * 10, [False] * 10], seed=0)
    assert found is not None
    assert (found.value, found.low) == (0.0, 0.0)
    # Each alone is below 0.22 (Jeffreys); their mean is surer.
    assert 0.05 < found.high < 0.2
    every = mean_share_interval([[True] * 10], seed=0)
    assert every is not None
    assert (every.value, every.high) == (1.0, 1.0)


def test_hard_labels_have_intervals_around_the_papers_three_columns() -> None:
    # 900 of 1,000 normal samples called normal, 2,400 of 3,000 anomalous ones anomalous.
    labels = [0] * 1000 + [1] * 3000
    said = [0] * 900 + [1] * 100 + [1] * 2400 + [0] * 600
    found = hard_label_intervals(1000, 900, 3000, 2400, seed=0)
    for value, (low, high) in zip(customizable_vlm(labels, said), found, strict=True):
        assert low < value < high
        assert (low + high) / 2 == pytest.approx(value, abs=2e-3)
        assert high - low < 0.06
    # Nobody wrong: not surely never wrong.
    for low, high in hard_label_intervals(10, 10, 10, 10, seed=0):
        assert 0.7 < low < high < 1


def test_means_weigh_cells_and_groups_the_same() -> None:
    cells = mean_rate_interval([[0.0, 1.0], [1.0] * 10], seed=0)
    groups = nested_mean_interval([[[0.0], [1.0]], [[1.0]]], seed=0)
    assert cells is not None
    assert groups is not None
    assert (cells.value, groups.value) == (0.75, 0.75)
    paired = mean_rate_interval([[1.0, 1.0]], seed=0, baseline=[[1.0, 0.0]])
    assert paired is not None
    assert paired.value == 0.5
    assert mean_rate_interval([[]], seed=0) is None


def _maps(n_levels: int) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(1)
    pairs = []
    for number in range(6):
        mask = np.zeros((24, 24), dtype=np.bool_)
        if number % 2:
            mask[4:9, 4:12] = True
            mask[15:20, 15:18] = True
        noise = rng.normal(size=(24, 24)) + 1.5 * mask
        levels = np.round(noise * n_levels) / n_levels
        pairs.append((mask, levels.astype(np.float32)))
    return pairs


@pytest.mark.parametrize("n_levels", [3, 10_000])
def test_counts_by_level_give_the_exact_metrics_but_for_rounding(n_levels: int) -> None:
    pairs = _maps(n_levels)
    exact = stream_pixel_scores(iter(pairs))
    tally = tally_of(level_counts(lambda: pairs), np.ones(6))
    found = [figure(tally) for figure in FIGURES.values()]
    wanted = [exact.auroc, exact.average_precision, exact.f1_max, exact.aupro]
    assert found == pytest.approx(wanted, abs=1e-12 if n_levels == 3 else 0.02)


def test_the_interval_of_a_pixel_metric_holds_its_value() -> None:
    pairs = _maps(3)
    exact = stream_pixel_scores(iter(pairs))
    draws = pixel_draws(lambda: pairs, seed=0)
    again = pixel_draws(lambda: pairs, seed=0)
    assert set(draws) == set(FIGURES)
    assert {len(one) for one in draws.values()} == {500}
    value, low, high = interval_of(draws["pixel AUROC"], value=exact.auroc)
    assert low < value == exact.auroc < high
    assert all(np.array_equal(again[name], one) for name, one in draws.items())


def test_the_mean_over_products_has_the_interval_of_pictures_drawn_within_each(
    row: MakeRow, results: MakeResults, tmp_path: Path
) -> None:
    rows = []
    for product, n_levels in (("casting", 3), ("leather", 10_000)):
        for number, (mask, scores) in enumerate(_maps(n_levels)):
            place = f"{product}-{number}.npz"
            save_map(tmp_path / place, scores, mask)
            label = int(mask.any())
            more = {"gt_label": label, "data_set": product, "anomaly_map": place}
            rows.append(row(f"s{number}", raw_score=float(label), **more))
    found = [
        one
        for one in measure_pixels(results(rows, measures=["pixel"], data=["casting", "leather"]))
        if one.metric == "AU-PRO 0.3"
    ]
    ours, leather, mean = found
    assert (ours.subject, leather.subject, mean.subject) == ("casting", "leather", "macro mean")
    assert mean.value == pytest.approx((ours.value + leather.value) / 2)
    widths = [(one.high or 0) - (one.low or 0) for one in found]
    assert (mean.low or 0) < mean.value < (mean.high or 0)
    # Of two means drawn apart the mean's spread is that of a sum of independent halves.
    assert widths[2] == pytest.approx(math.hypot(*widths[:2]) / 2, rel=0.25)
    assert mean.n == 12
