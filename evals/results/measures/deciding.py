"""What was decided: accuracy, escapes, overkill, review, and the papers' variants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from evals.metrics import Interval
from evals.metrics.variants import MacroScores, anomaly_ov, customizable_vlm
from evals.results.intervals import (
    N_RESAMPLES,
    PERCENTILES,
    hard_label_intervals,
    mean_rate_interval,
    mean_share_interval,
    rate_interval,
)
from evals.results.records import (
    MACRO,
    POOLED,
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
    """Anomaly-OV's table 4: figures of each class, and their unweighted means.

    What the mind did not answer is no positive, as where its text lacks the word.
    """
    for condition in results.conditions:
        pairs = {cell.material: _said(cell.rows) for cell in results.of_condition(condition)}
        pairs = {name: pair for name, pair in pairs.items() if pair[0]}
        if not pairs:
            continue
        drawn = np.array(list(_resampled(pairs, seed=results.manifest.seed)))
        lows, highs = np.percentile(drawn, PERCENTILES, axis=0)
        for index, (name, value) in enumerate(anomaly_ov(pairs)._asdict().items()):
            yield _measure(
                Interval(value, float(lows[index]), float(highs[index])),
                part=MACRO_F1,
                subject=name,
                metric=name,
                method=condition,
                n=sum(len(labels) for labels, _ in pairs.values()),
            )


def _said(rows: Sequence[Row]) -> tuple[list[int], list[int]]:
    counted = [row for row in rows if says_of_the_mind(row)]
    return [row.gt_label for row in counted], [forced_label(row) or 0 for row in counted]


def _resampled(
    pairs: Mapping[str, tuple[list[int], list[int]]], *, seed: int
) -> Iterator[MacroScores]:
    """The figures of resampled products, 1000 times."""
    rng = np.random.default_rng(seed)
    for _ in range(N_RESAMPLES):
        drawn = {}
        for name, (labels, said) in pairs.items():
            index = rng.integers(0, len(labels), len(labels)).tolist()
            drawn[name] = [labels[i] for i in index], [said[i] for i in index]
        yield anomaly_ov(drawn)


def measure_hard_labels(results: Results) -> Iterator[Measure]:
    """Customizable-VLM's `evaluation_metric.py`: on answered samples, normal positive, pooled.

    Intervals draw each class's share of right answers; the paper prints none.
    """
    for condition in results.conditions:
        by_subject = {cell.material: cell.rows for cell in results.of_condition(condition)}
        if len(by_subject) > 1:
            by_subject[POOLED] = tuple(row for rows in by_subject.values() for row in rows)
        for subject, rows in by_subject.items():
            answered = [
                (row.gt_label, label) for row in rows if (label := forced_label(row)) is not None
            ]
            if len({label for label, _ in answered}) < 2:
                continue
            yield from _hard_scores(results, condition, subject, answered)


def _hard_scores(
    results: Results, condition: str, subject: str, answered: Sequence[tuple[int, int]]
) -> Iterator[Measure]:
    """The three columns of one product, or of all pooled."""
    found = customizable_vlm(*zip(*answered, strict=True))
    sides = [[said == label for label, said in answered if label == side] for side in (0, 1)]
    counts = [count for side in sides for count in (len(side), sum(side))]
    intervals = hard_label_intervals(*counts, seed=results.manifest.seed)
    names = ("ACC", "AUROC", "AUPR")
    for metric, value, (low, high) in zip(names, found, intervals, strict=True):
        yield _measure(
            Interval(value, min(low, value), max(high, value)),
            part=f"{HARD}: {metric}",
            subject=subject,
            metric=metric,
            method=condition,
            n=len(answered),
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
        mean = mean_share_interval(filled, seed=results.manifest.seed)
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
