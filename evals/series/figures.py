"""Figures of scored series: where the top lies, ranking of rows, events. Knows no method."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.metrics import (
    average_precision,
    image_auroc,
    mean_interval,
    paired_bootstrap,
    wilson_interval,
)
from evals.metrics.intervals import Interval
from evals.series.labelled import LabelledSeries
from evals.series.methods import DISCORD, Scored
from evals.tables.records import Measure
from tools.assets.series.runs import joined_runs, runs_of

UCR_TOLERANCE = 100
"""Rows around the labelled interval in which the top may lie."""
ALARMS_PER_DAY = 1.0
"""That the threshold allows in the training part."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """Figures of one method on one series; None where they cannot be."""

    set_name: str
    series: str
    method: str
    top_is_hit: bool | None
    auroc: float | None
    average_precision: float | None
    n_events: int
    n_found: int
    n_false_alarms: int
    """Runs of rows above the threshold that meet no event."""
    days: float | None
    """Of tested rows that are normal."""


def row_of(one: LabelledSeries, method: str, scored: Scored) -> Row:
    """Figures of a series.

    Args:
        one: with its labels.
        method: its name.
        scored: by it.
    """
    labels, events = one.test_labels, one.events
    both = bool(labels.any() and not labels.all())
    alarms = joined_runs(scored.test_n > threshold(scored.train_n, days=one.days(train=True)))
    meets = [[a < last and first < b for a, b in alarms] for first, last in events.tolist()]
    days = one.days(train=False)
    return Row(
        set_name=one.set_name,
        series=one.name,
        method=method,
        top_is_hit=_is_hit(scored.test_n, events) if len(events) else None,
        auroc=image_auroc(labels, scored.test_n) if both else None,
        average_precision=average_precision(labels, scored.test_n) if both else None,
        n_events=len(events),
        n_found=sum(any(met) for met in meets),
        n_false_alarms=sum(not any(met[i] for met in meets) for i in range(len(alarms))),
        days=None if days is None else days * float(1 - labels.mean()),
    )


def threshold(train_n: NDArray[np.float64], *, days: float | None) -> float:
    """The lowest of the training scores above which it has no more alarms than are allowed.

    With a training part shorter than the time of one alarm, that is its highest score.
    """
    allowed = int(ALARMS_PER_DAY * days) if days is not None else 0
    low, levels = 0, np.unique(train_n)
    high = len(levels) - 1
    while low < high:  # runs do not quite fall with the level; halving finds a level that serves
        middle = (low + high) // 2
        if len(runs_of(train_n > levels[middle])) <= allowed:
            high = middle
        else:
            low = middle + 1
    return float(levels[high])


def measures_of(rows: Sequence[Row], *, seed: int) -> list[Measure]:
    """Means over series with 95 % bootstrap intervals over series, and the gain on baselines."""
    measures = []
    for set_name in dict.fromkeys(row.set_name for row in rows):
        of_set = [row for row in rows if row.set_name == set_name]
        by_method = {m: [r for r in of_set if r.method == m] for m in {r.method: 0 for r in of_set}}
        for method, own in by_method.items():
            measures += _of_method(set_name, method, own, seed=seed)
        if set_name != "ucr":
            measures += _gains(set_name, by_method, seed=seed)
    return measures


def _of_method(set_name: str, method: str, rows: Sequence[Row], *, seed: int) -> list[Measure]:
    def measure(metric: str, interval: Interval, n: int) -> Measure:
        return Measure.of(
            interval, part="series", subject=set_name, metric=metric, method=method, n=n
        )

    hits = [row.top_is_hit for row in rows if row.top_is_hit is not None]
    found = [
        measure("top in the labelled interval", wilson_interval(sum(hits), len(hits)), len(hits))
    ]
    for metric, values in (
        ("AUROC of rows", [row.auroc for row in rows if row.auroc is not None]),
        (
            "average precision of rows",
            [r.average_precision for r in rows if r.average_precision is not None],
        ),
    ):
        found.append(measure(metric, mean_interval(values, seed=seed), len(values)))
    if set_name == "ucr":
        return found
    n_events = sum(row.n_events for row in rows)
    n_found = sum(row.n_found for row in rows)
    found.append(measure("event recall", wilson_interval(n_found, n_events), n_events))
    days = np.array([row.days or 0.0 for row in rows])
    if not days.all():  # where no clock tells, there is no rate
        return found
    alarms = np.array([row.n_false_alarms for row in rows], dtype=np.float64)
    rate = paired_bootstrap(
        lambda pairs: float(pairs[:, 0].sum() / pairs[:, 1].sum()),
        np.column_stack([alarms, days]),
        seed=seed,
    )
    return [*found, measure("false alarms a day", rate, len(rows))]


def _gains(set_name: str, by_method: Mapping[str, Sequence[Row]], *, seed: int) -> list[Measure]:
    gains = []
    for method, rows in by_method.items():
        if method == DISCORD or DISCORD not in by_method:
            continue
        pairs = [
            (ours.auroc, theirs.auroc)
            for ours, theirs in zip(by_method[DISCORD], rows, strict=True)
            if ours.auroc is not None and theirs.auroc is not None
        ]
        gain = mean_interval([ours - theirs for ours, theirs in pairs], seed=seed)
        gains.append(
            Measure.of(
                gain,
                part="series",
                subject=set_name,
                metric=f"AUROC minus {method}, paired",
                method=DISCORD,
                n=len(pairs),
            )
        )
    return gains


def _is_hit(scores: NDArray[np.float64], events: NDArray[np.int64]) -> bool:
    """Whether the row of the highest score lies in a labelled interval, widened as UCR does."""
    top = int(np.argmax(scores))
    near = (events[:, 0] - UCR_TOLERANCE <= top) & (top < events[:, 1] + UCR_TOLERANCE)
    return bool(near.any())
