"""Multiple choice: share of right letters by kind of question, and the mean over kinds (MMAD)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from evals.results.intervals import nested_mean_interval, rate_interval
from evals.results.records import Results, says_of_the_mind
from evals.runner.rows import Row
from evals.tables.records import Measure

PART = "multiple choice: share of right answers by kind of question"
MEAN = "mean over kinds"
DETECTION = "Anomaly Detection"
MERGED = {"Object Structure": "Object Analysis", "Object Details": "Object Analysis"}
"""MMAD counts these kinds as one."""


def measure_choices(results: Results) -> Iterator[Measure]:
    """A question that is not answered is answered wrong.

    As MMAD does, detection is the mean of the shares of normal and of anomalous samples.
    """
    for condition in results.conditions:
        by_kind: dict[str, list[Row]] = defaultdict(list)
        for cell in results.of_condition(condition):
            for row in cell.rows:
                if row.expected and says_of_the_mind(row):
                    kind = str(row.values.get("question_kind", ""))
                    by_kind[MERGED.get(kind, kind)].append(row)
        groups = {kind: _groups(kind, rows) for kind, rows in by_kind.items()}
        for kind, parts in groups.items():
            interval = (
                rate_interval([bool(one) for one in parts[0]])
                if len(parts) == 1
                else nested_mean_interval([parts], seed=results.manifest.seed)
            )
            if interval is not None:
                yield Measure.of(
                    interval,
                    part=PART,
                    subject=kind or "all",
                    metric="share right",
                    method=condition,
                    n=len(by_kind[kind]),
                )
        mean = nested_mean_interval(list(groups.values()), seed=results.manifest.seed)
        if mean is not None and len(by_kind) > 1:
            n = sum(len(rows) for rows in by_kind.values())
            yield Measure.of(
                mean, part=PART, subject=MEAN, metric="share right", method=condition, n=n
            )


def _groups(kind: str, rows: list[Row]) -> list[list[float]]:
    """Right or not for each row; of detection, normal and anomalous samples apart."""
    if kind != DETECTION:
        return [_right(rows)]
    halves = [_right([row for row in rows if row.gt_label == label]) for label in (0, 1)]
    return [half for half in halves if half]


def _right(rows: list[Row]) -> list[float]:
    return [float(row.answered and row.answer == row.expected) for row in rows]
