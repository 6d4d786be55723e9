"""Accuracy by a threshold on raw scores, taken from normal samples: One-shot LVLM, section 4.4."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from evals.results.intervals import mean_share_interval, rate_interval
from evals.results.records import MACRO, Cell, Results, material_of
from evals.runner.rows import Row
from evals.tables.records import Measure

PART = "accuracy by a threshold on the raw score"
BEST = "best of the three, chosen on the tests as the paper does"
THRESHOLDS: dict[str, Callable[[Sequence[float]], float]] = {
    "maximum of normal scores": max,
    "90th percentile": lambda scores: float(np.percentile(scores, 90)),
    "80th percentile": lambda scores: float(np.percentile(scores, 80)),
}
"""Anomalous above it. Percentiles are interpolated linearly."""


def measure_thresholds(results: Results) -> Iterator[Measure]:
    """By product and mean over products; samples without a raw score take no part.

    The best of three is what the paper reports: it looks at the tests, so it is no honest choice.
    """
    for condition in results.conditions:
        cells = results.of_condition(condition)
        hits = {name: [_hits(results, cell, of) for cell in cells] for name, of in _TABLE}
        best = [max(found, key=sum) for found in zip(*hits.values(), strict=True)]
        prefix = f"{condition}: " if len(results.conditions) > 1 else ""
        for name, by_cell in [*hits.items(), (BEST, best)]:
            yield from _measures(results, cells, by_cell, method=f"{prefix}{name}")


_TABLE = tuple(THRESHOLDS.items())


def _hits(
    results: Results, cell: Cell, threshold_of: Callable[[Sequence[float]], float]
) -> list[bool]:
    normal = [
        row.raw_score
        for row in results.rows
        if row.role == "threshold"
        and row.raw_score is not None
        and (row.condition, material_of(row), row.draw)
        == (cell.condition, cell.material, cell.draw)
        and row.repeat == 0
    ]
    if not normal:
        return []
    threshold = threshold_of(normal)
    return [_is_right(row, threshold) for row in cell.rows if row.raw_score is not None]


def _is_right(row: Row, threshold: float) -> bool:
    return int((row.raw_score or 0.0) > threshold) == row.gt_label


def _measures(
    results: Results, cells: Sequence[Cell], hits: Sequence[Sequence[bool]], *, method: str
) -> Iterator[Measure]:
    filled = [(cell, found) for cell, found in zip(cells, hits, strict=True) if found]
    for cell, found in filled:
        interval = rate_interval(found)
        if interval is not None:
            yield Measure.of(
                interval,
                part=PART,
                subject=cell.material,
                metric="accuracy",
                method=method,
                n=len(found),
            )
    mean = mean_share_interval([found for _, found in filled], seed=results.manifest.seed)
    if mean is not None and len(filled) > 1:
        n = sum(len(found) for _, found in filled)
        yield Measure.of(mean, part=PART, subject=MACRO, metric="accuracy", method=method, n=n)
