"""What was decided: accuracy, escapes, overkill, review, and the papers' variants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from evals.metrics import Interval, average_precision, image_auroc
from evals.results.intervals import N_RESAMPLES, PERCENTILES, mean_rate_interval, rate_interval
from evals.results.records import (
    MACRO,
    POOLED,
    Cell,
    Results,
    forced_label,
    right,
    says_of_the_mind,
)
from evals.runner.rows import Row
from evals.tables.records import Measure

ACCURACY = "accuracy"
RATES = "decisions"
MACRO_F1 = "accuracy, precision, recall and F1, means over products (Anomaly-OV)"
HARD = "hard labels, normal as the positive class (Customizable-VLM)"
Rate = Callable[[Sequence[Row]], list[bool]]


def measure_accuracy(results: Results) -> Iterator[Measure]:
    """Share of right labels, review read by the calibrated score; Wilson, and bootstrap for means.

    A sample that the mind did not answer is wrong; one that the instrument failed at is not
    counted, and is told among what became of the samples.
    """
    yield from _rates(results, right, part=ACCURACY, metric=ACCURACY)
    for condition in results.conditions:
        if results.suite.baseline and condition != results.suite.baseline:
            yield from _difference(results, condition)


def measure_rates(results: Results) -> Iterator[Measure]:
    """Escape, overkill and review rate; unanswered samples are told apart, as none of these."""
    for metric, rate in _RATES.items():
        yield from _rates(results, rate, part=f"{RATES}: {metric}", metric=metric)


def _escaped(rows: Sequence[Row]) -> list[bool]:
    return [row.decision == "normal" for row in rows if row.gt_label and row.answered]


def _overkilled(rows: Sequence[Row]) -> list[bool]:
    return [row.decision == "anomalous" for row in rows if not row.gt_label and row.answered]


def _reviewed(rows: Sequence[Row]) -> list[bool]:
    return [row.decision == "review" for row in rows if row.answered]


_RATES: dict[str, Rate] = {
    "escape rate": _escaped,
    "overkill rate": _overkilled,
    "review rate": _reviewed,
}


def measure_macro_f1(results: Results) -> Iterator[Measure]:
    """Anomaly-OV's table 4: figures of each class, and their unweighted means."""
    for condition in results.conditions:
        cells = results.of_condition(condition)
        for name, figure in _CLASS_FIGURES.items():
            interval = _resampled_mean(cells, figure, seed=results.manifest.seed)
            n = sum(len(right(cell.rows)) for cell in cells)
            yield _measure(
                interval, part=MACRO_F1, subject=name, metric=name, method=condition, n=n
            )


def _counts(rows: Sequence[Row]) -> tuple[int, int, int]:
    """True positives, false positives, false negatives; anomalous is positive.

    What the mind did not answer is no positive, as where its text lacks the word.
    """
    counted = [row for row in rows if says_of_the_mind(row)]
    hits = sum(forced_label(row) == 1 and row.gt_label == 1 for row in counted)
    false = sum(forced_label(row) == 1 and row.gt_label == 0 for row in counted)
    missed = sum(forced_label(row) != 1 and row.gt_label == 1 for row in counted)
    return hits, false, missed


def _precision(rows: Sequence[Row]) -> float:
    hits, false, _ = _counts(rows)
    return hits / (hits + false) if hits + false else 0.0


def _recall(rows: Sequence[Row]) -> float:
    hits, _, missed = _counts(rows)
    return hits / (hits + missed) if hits + missed else 0.0


def _f1(rows: Sequence[Row]) -> float:
    hits, false, missed = _counts(rows)
    return 2 * hits / (2 * hits + false + missed) if hits else 0.0


def _accuracy(rows: Sequence[Row]) -> float:
    found = right(rows)
    return sum(found) / len(found) if found else 0.0


_CLASS_FIGURES: dict[str, Callable[[Sequence[Row]], float]] = {
    "accuracy": _accuracy,
    "precision": _precision,
    "recall": _recall,
    "F1": _f1,
}


def _resampled_mean(
    cells: Sequence[Cell], figure: Callable[[Sequence[Row]], float], *, seed: int
) -> Interval:
    rng = np.random.default_rng(seed)
    value = float(np.mean([figure(cell.rows) for cell in cells]))
    drawn = [
        np.mean([figure([cell.rows[i] for i in _draw(rng, len(cell.rows))]) for cell in cells])
        for _ in range(N_RESAMPLES)
    ]
    low, high = np.percentile(drawn, PERCENTILES)
    return Interval(value, float(low), float(high))


def _draw(rng: np.random.Generator, n: int) -> list[int]:
    drawn: list[int] = rng.integers(0, n, n).tolist()
    return drawn


def measure_hard_labels(results: Results) -> Iterator[Measure]:
    """Customizable-VLM's `evaluation_metric.py`: on answered samples, normal positive, pooled.

    Its AUROC of hard labels is the balanced accuracy, its AUPR P * R + prior * (1 - R).
    """
    for condition in results.conditions:
        by_subject = {cell.material: cell.rows for cell in results.of_condition(condition)}
        if len(by_subject) > 1:
            by_subject[POOLED] = tuple(row for rows in by_subject.values() for row in rows)
        for subject, rows in by_subject.items():
            labels = [1 - row.gt_label for row in rows if forced_label(row) is not None]
            said = [1 - label for row in rows if (label := forced_label(row)) is not None]
            if len(set(labels)) < 2:
                continue
            figures = {
                "ACC": float(np.mean(np.equal(labels, said))),
                "AUROC": image_auroc(labels, said),
                "AUPR": average_precision(labels, said),
            }
            for metric, value in figures.items():
                yield Measure(
                    part=f"{HARD}: {metric}",
                    subject=subject,
                    metric=metric,
                    method=condition,
                    n=len(labels),
                    value=value,
                )


def _rates(results: Results, rate: Rate, *, part: str, metric: str) -> Iterator[Measure]:
    for condition in results.conditions:
        by_material: dict[str, list[bool]] = {}
        for cell in results.of_condition(condition):
            by_material.setdefault(cell.material, []).extend(rate(cell.rows))
        for material, hits in by_material.items():
            interval = rate_interval(hits)
            if interval is not None:
                yield _measure(
                    interval,
                    part=part,
                    subject=material,
                    metric=metric,
                    method=condition,
                    n=len(hits),
                )
        filled = [hits for hits in by_material.values() if hits]
        mean = mean_rate_interval(filled, seed=results.manifest.seed)
        if mean is not None and len(filled) > 1:
            n = sum(len(hits) for hits in filled)
            yield _measure(mean, part=part, subject=MACRO, metric=metric, method=condition, n=n)


def _difference(results: Results, condition: str) -> Iterator[Measure]:
    """Accuracy against the baseline, on samples that count under both."""
    ours, theirs = [], []
    for cell in results.of_condition(condition):
        other = results.cell(results.suite.baseline, cell.material, cell.draw)
        if other is None:
            continue
        rows = {row.sample: row for row in other.rows if says_of_the_mind(row)}
        kept = [row for row in cell.rows if row.sample in rows and says_of_the_mind(row)]
        ours.append([float(one) for one in right(kept)])
        theirs.append([float(one) for one in right([rows[row.sample] for row in kept])])
    interval = mean_rate_interval(ours, seed=results.manifest.seed, baseline=theirs)
    if interval is not None:
        subject = f"minus {results.suite.baseline}, paired"
        n = sum(len(one) for one in ours)
        yield _measure(
            interval, part=ACCURACY, subject=subject, metric=ACCURACY, method=condition, n=n
        )


def _measure(
    interval: Interval, *, part: str, subject: str, metric: str, method: str, n: int
) -> Measure:
    return Measure.of(interval, part=part, subject=subject, metric=metric, method=method, n=n)
