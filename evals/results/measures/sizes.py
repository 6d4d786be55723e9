"""How the share of found anomalies grows with their size: One-shot LVLM, figure 7."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from evals.metrics import Interval
from evals.results.intervals import N_RESAMPLES, PERCENTILES, rate_interval
from evals.results.records import Results, forced_label, says_of_the_mind
from evals.runner.rows import Row
from evals.tables.records import Measure

PART = "anomalies found, by the share of the picture that they cover"
RANK = "rank correlation of size and being found (Spearman)"
MIN_BIN = 10
MAX_BINS = 6
"""The paper's bins hold 50 pictures of thousands; with fewer there are bins of one size each."""


class Bin(NamedTuple):
    """Anomalous samples of like size."""

    low: float
    """Least share of the picture in it."""
    high: float
    mean: float
    found: list[bool]

    @property
    def label(self) -> str:
        """Its range in per cent."""
        return f"{100 * self.low:.2g} to {100 * self.high:.2g} %"


def measure_sizes(results: Results) -> Iterator[Measure]:
    """Share found by bins of as many samples each, and the rank correlation over samples."""
    for condition in results.conditions:
        rows = sized(results, condition)
        for one in bins_of(rows):
            interval = rate_interval(one.found)
            if interval is not None:
                yield Measure.of(
                    interval,
                    part=PART,
                    subject=one.label,
                    metric="share found",
                    method=condition,
                    n=len(one.found),
                    note=f"mean {one.mean:.5f}",
                )
        rank = _rank_interval(rows, seed=results.manifest.seed)
        if rank is not None:
            yield Measure.of(
                rank, part=RANK, subject="all", metric="rho", method=condition, n=len(rows)
            )


def sized(results: Results, condition: str) -> list[Row]:
    """Anomalous samples with a mask that count, by size."""
    rows = [
        row
        for cell in results.of_condition(condition)
        for row in cell.rows
        if row.gt_label and row.gt_share and says_of_the_mind(row)
    ]
    return sorted(rows, key=lambda row: (row.gt_share or 0.0, row.task))


def bins_of(rows: Sequence[Row]) -> list[Bin]:
    """Bins of as many samples each, smallest sizes first; none where there are too few."""
    if len(rows) < MIN_BIN:
        return []
    n_bins = min(MAX_BINS, len(rows) // MIN_BIN)
    return [_bin([rows[i] for i in part]) for part in np.array_split(np.arange(len(rows)), n_bins)]


def _bin(rows: Sequence[Row]) -> Bin:
    shares = [row.gt_share or 0.0 for row in rows]
    found = [forced_label(row) == 1 for row in rows]
    return Bin(shares[0], shares[-1], float(np.mean(shares)), found)


def _rank_interval(rows: Sequence[Row], *, seed: int) -> Interval | None:
    """None where all or none is found: then size cannot tell them apart."""
    shares = np.array([row.gt_share for row in rows], dtype=np.float64)
    found = np.array([forced_label(row) == 1 for row in rows], dtype=np.float64)
    if len(rows) < MIN_BIN or found.min() == found.max():
        return None
    rng = np.random.default_rng(seed)
    drawn: list[float] = []
    while len(drawn) < N_RESAMPLES:
        index = rng.integers(0, len(rows), len(rows))
        if found[index].min() < found[index].max():
            drawn.append(_rho(shares[index], found[index]))
    low, high = np.percentile(drawn, PERCENTILES)
    return Interval(_rho(shares, found), float(low), float(high))


def _rho(first: np.ndarray[tuple[int], np.dtype[np.float64]], second: object) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(first, second).statistic)
