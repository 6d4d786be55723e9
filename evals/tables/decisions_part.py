"""Figures of the three-way decision and of its confidence. Knows no method and no data set."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from evals.metrics import Interval, accuracy_at_coverage, decision_rates
from evals.metrics.decisions import Decision
from evals.tables.records import Measure

PART = "decisions"
POOLED = "six sets, pooled"

COVERAGES = (0.5, 0.8)


class Decided(NamedTuple):
    """What a method decided of one picture, and how sure it was."""

    gt_label: int
    decision: Decision
    pred_label: int  # what it would say were review no choice
    confidence: float  # higher is surer


def decided_from_score(gt_label: int, decision: Decision, *, score: float) -> Decided:
    """From a calibrated probability: anomalous from one half on, surer the farther from it."""
    return Decided(gt_label, decision, int(score >= 0.5), abs(score - 0.5))


def decided_from_threshold(gt_label: int, *, raw_score: float, threshold: float) -> Decided:
    """From one threshold: anomalous above it, surer the larger the ratio to it; never review."""
    ratio = max(raw_score, 1e-9) / max(threshold, 1e-9)
    anomalous = ratio > 1
    return Decided(
        gt_label, "anomalous" if anomalous else "normal", int(anomalous), abs(float(np.log(ratio)))
    )


def measure_decisions(
    subject: str, decided: Sequence[Decided], *, method: str
) -> Iterator[Measure]:
    """Escape, overkill and review rate, and accuracy at 50 % and 80 % coverage."""
    labels = [one.gt_label for one in decided]
    rates = decision_rates(labels, [one.decision for one in decided])
    n_anomalous = sum(labels)
    n_all = len(labels)
    yield _measure(subject, rates.escape, "escape rate", n=n_anomalous, method=method)
    yield _measure(subject, rates.overkill, "overkill rate", n=n_all - n_anomalous, method=method)
    yield _measure(subject, rates.review, "review rate", n=n_all, method=method)
    for coverage in COVERAGES:
        covered = accuracy_at_coverage(
            labels,
            [one.pred_label for one in decided],
            [one.confidence for one in decided],
            coverage=coverage,
        )
        metric = f"accuracy at {coverage:.0%} coverage"
        yield _measure(subject, covered, metric, n=int(np.ceil(coverage * n_all)), method=method)


def _measure(subject: str, interval: Interval, metric: str, *, n: int, method: str) -> Measure:
    return Measure.of(interval, part=PART, subject=subject, metric=metric, method=method, n=n)
