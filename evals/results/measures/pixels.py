"""Pixel metrics of the maps of a run: AUROC, AP, F1-max and AU-PRO, exact. Knows no picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from evals.metrics.pixels import stream_pixel_scores
from evals.results.pixel_intervals import FIGURES, pixel_intervals
from evals.results.records import MACRO, Cell, Results
from evals.runner.row_making import load_map
from evals.tables.records import Measure
from tools.arrays import BoolMask, Float32Map

Pairs = Iterator[tuple[BoolMask, Float32Map]]


def measure_pixels(results: Results) -> Iterator[Measure]:
    """By product over all pixels of all its pictures, and the mean over products.

    Intervals resample pictures. A sample without a map takes no part; `n` counts those that do.
    """
    for condition in results.conditions:
        found: dict[str, list[Measure]] = {name: [] for name in FIGURES}
        for cell in results.of_condition(condition):
            for one in _of_cell(results, cell):
                found[one.metric].append(one)
                yield one
        for name, measures in found.items():
            if len(measures) > 1:
                yield Measure(
                    part=name,
                    subject=MACRO,
                    metric=name,
                    method=condition,
                    n=sum(one.n for one in measures),
                    value=sum(one.value for one in measures) / len(measures),
                )


def _of_cell(results: Results, cell: Cell) -> Iterator[Measure]:
    files = [row.anomaly_map for row in cell.rows if row.anomaly_map and row.answered]
    masks_say = any(mask.any() for mask, _ in _pairs(results, files))
    if not masks_say:
        return
    scores = stream_pixel_scores(_pairs(results, files))
    values = dict(
        zip(
            FIGURES,
            (scores.auroc, scores.average_precision, scores.f1_max, scores.aupro),
            strict=True,
        )
    )
    intervals = pixel_intervals(partial(_pairs, results, files), seed=results.manifest.seed)
    for name, value in values.items():
        low, high = intervals[name]
        yield Measure(
            part=name,
            subject=cell.material,
            metric=name,
            method=cell.condition,
            n=len(files),
            value=value,
            low=min(low, value),
            high=max(high, value),
            note=f"{scores.n_regions} regions",
        )


def _pairs(results: Results, files: Sequence[str]) -> Pairs:
    for file in files:
        anomaly_map, mask = load_map(results.folder / file)
        yield mask, anomaly_map
