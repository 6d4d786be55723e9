"""Whether scores mean what they say, and whether the unsure samples are the wrong ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from evals.metrics import (
    Interval,
    area_under_risk_coverage,
    excess_area_under_risk_coverage,
    expected_calibration_error,
)
from evals.results.intervals import N_RESAMPLES, PERCENTILES
from evals.results.records import POOLED, Results, forced_label
from evals.runner.rows import Row
from evals.tables.records import Measure

PART = "calibration of the score, and how well it tells right from wrong"
FIGURES: dict[str, Callable[[Sequence[Row]], float]] = {
    "expected calibration error": lambda rows: expected_calibration_error(*_pair(rows)),
    "area under risk-coverage": lambda rows: area_under_risk_coverage(*_decided(rows)),
    "the same, above the best order": lambda rows: excess_area_under_risk_coverage(*_decided(rows)),
}


def measure_calibration(results: Results) -> Iterator[Measure]:
    """Over all samples with a calibrated score; surest is what lies farthest from one half."""
    for condition in results.conditions:
        rows = [
            row
            for cell in results.of_condition(condition)
            for row in cell.rows
            if row.score is not None and row.answered
        ]
        if not rows:
            continue
        for name, figure in FIGURES.items():
            yield Measure.of(
                _resampled(rows, figure, seed=results.manifest.seed),
                part=f"{PART}, {POOLED}",
                subject=name,
                metric=name,
                method=condition,
                n=len(rows),
            )


def _pair(rows: Sequence[Row]) -> tuple[list[int], list[float]]:
    return [row.gt_label for row in rows], [row.score or 0.0 for row in rows]


def _decided(rows: Sequence[Row]) -> tuple[list[int], list[int], list[float]]:
    labels, scores = _pair(rows)
    said = [forced_label(row) or 0 for row in rows]
    return labels, said, [abs(score - 0.5) for score in scores]


def _resampled(
    rows: Sequence[Row], figure: Callable[[Sequence[Row]], float], *, seed: int
) -> Interval:
    """With a bootstrap interval over samples."""
    rng = np.random.default_rng(seed)
    drawn = [
        figure([rows[i] for i in rng.integers(0, len(rows), len(rows)).tolist()])
        for _ in range(N_RESAMPLES // 4)
    ]
    low, high = np.percentile(drawn, PERCENTILES)
    return Interval(figure(rows), float(low), float(high))
