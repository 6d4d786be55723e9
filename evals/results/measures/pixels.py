"""Pixel metrics of the maps of a run: AUROC, AP, F1-max and AU-PRO, exact. Knows no picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple
from zlib import crc32

import numpy as np

from evals.metrics.pixels import stream_pixel_scores
from evals.results.pixel_intervals import FIGURES, Vector, interval_of, pixel_draws
from evals.results.records import MACRO, Cell, Results
from evals.runner.row_making import load_map
from evals.tables.records import Measure
from tools.arrays import BoolMask, Float32Map

Pairs = Iterator[tuple[BoolMask, Float32Map]]


class Figure(NamedTuple):
    """One figure of one product, and what resamples of its pictures make of it."""

    measure: Measure
    draws: Vector


def measure_pixels(results: Results) -> Iterator[Measure]:
    """By product over all pixels of all its pictures, and the mean over products.

    Intervals resample pictures within each product; that of the mean speaks of other pictures of
    the same products. A sample without a map takes no part; `n` counts those that do.
    """
    for condition in results.conditions:
        found: dict[str, list[Figure]] = {name: [] for name in FIGURES}
        for cell in results.of_condition(condition):
            for one in _of_cell(results, cell):
                found[one.measure.metric].append(one)
                yield one.measure
        for name, figures in found.items():
            if len(figures) > 1:
                yield _mean(name, condition, figures)


def _mean(name: str, condition: str, figures: Sequence[Figure]) -> Measure:
    """The mean over products; no map is read again."""
    value = sum(one.measure.value for one in figures) / len(figures)
    draws = np.mean([one.draws for one in figures], axis=0)
    return Measure.of(
        interval_of(draws, value=value),
        part=name,
        subject=MACRO,
        metric=name,
        method=condition,
        n=sum(one.measure.n for one in figures),
    )


def _of_cell(results: Results, cell: Cell) -> Iterator[Figure]:
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
    # Apart for each product, or the same places in their lists would be drawn together.
    seed = [results.manifest.seed, cell.draw, crc32(cell.material.encode())]
    draws = pixel_draws(partial(_pairs, results, files), seed=seed)
    for name, value in values.items():
        measure = Measure.of(
            interval_of(draws[name], value=value),
            part=name,
            subject=cell.material,
            metric=name,
            method=cell.condition,
            n=len(files),
            note=f"{scores.n_regions} regions",
        )
        yield Figure(measure, draws[name])


def _pairs(results: Results, files: Sequence[str]) -> Pairs:
    for file in files:
        anomaly_map, mask = load_map(results.folder / file)
        yield mask, anomaly_map
