"""Series inspected as a person would: the training part is the reference, the embedded mind judges.

Knows no expert, no graph and no threshold of its own.
"""

import csv
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.metrics import paired_bootstrap, wilson_interval
from evals.metrics.intervals import Interval
from evals.series.figures import UCR_TOLERANCE
from evals.series.labelled import LabelledSeries
from evals.tables.records import Measure
from tools.arrays import Int64Array
from tools.assets.series.series import Series

PART = "inspected"
PRODUCT = "log"
METHOD = "embedded"
NOTES = (
    "inspected: `Inspector.inspect` with the embedded mind; the product's only reference is the "
    "training part, everything after it is the part. Levels and thresholds are those of the "
    "product's calibration: the highest score of held-out parts of the reference, so that it has "
    "no alarm itself. Of one reference alone, experts leave to a person whatever differs: review.",
    "told: intervals of the findings of a verdict that is anomalous, or of one that is anomalous "
    "or review; of a normal verdict none. At most 20 intervals are told.",
    "worst interval: that of the first finding, whatever the decision but normal; its middle lies "
    f"within {UCR_TOLERANCE} rows of the labelled interval.",
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One series that was inspected."""

    set_name: str
    series: str
    decision: str | None
    told: Sequence[tuple[int, int]]
    """Rows [first, last) of the tested part by finding, worst first; none of a normal verdict."""
    events: Int64Array
    """(E, 2) labelled rows [first, last) of the tested part."""
    train_days: float | None
    normal_days: float | None
    """Of the tested rows that are normal; None where no clock tells."""


def inspect_series(
    labelled: Iterable[LabelledSeries], *, report: Callable[[str], None]
) -> list[Outcome]:
    """Inspect the tested part of each series with its training part as the reference.

    Raises:
        LoupeError: where a product cannot be learned or a file cannot be read.
    """
    outcomes = []
    for one in labelled:
        report(f"inspected: {one.set_name} {one.name}")
        with tempfile.TemporaryDirectory() as folder:
            outcomes.append(_outcome(one, Path(folder)))
    return outcomes


def inspection_measures(outcomes: Sequence[Outcome], *, seed: int) -> list[Measure]:
    """Decisions, where the worst interval lies, events told and false alarms, by set."""
    measures: list[Measure] = []
    for set_name in dict.fromkeys(one.set_name for one in outcomes):
        of_set = [one for one in outcomes if one.set_name == set_name]
        measures += _decisions(set_name, of_set)
        measures += _places(set_name, of_set)
        if set_name != "ucr":
            measures += _training(set_name, of_set)
            for told, decisions in TOLD_IN.items():
                measures += _events(set_name, of_set, told, decisions, seed=seed)
    return measures


TOLD_IN = {"anomalous": ("anomalous",), "anomalous or review": ("anomalous", "review")}
"""By name: verdicts whose intervals count."""


def write_csv(series: Series, path: Path) -> Path:
    """Write a series as a file that is read as it was: stamps, names with units, gaps empty."""
    has_time = series.stamps.kind != "row"
    names = [f"{name} [{unit}]" if unit else name for name, unit in series.channels]
    unit = f" [{series.stamps.unit}]" if series.stamps.unit else ""
    columns: list[Sequence[Any]] = [_cells(column) for column in series.values_cn]
    if has_time:
        columns.insert(0, [series.stamps.told(row) for row in range(series.asset.size[0])])
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow([*([f"time{unit}"] if has_time else []), *names])
        writer.writerows(zip(*columns, strict=True))
    return path


def _cells(values_n: NDArray[np.float64]) -> list[float | str]:
    return ["" if np.isnan(value) else float(value) for value in values_n]


def _outcome(one: LabelledSeries, folder: Path) -> Outcome:
    from agent.inspector import Inspector
    from agent.settings import load_settings

    part = write_csv(one.test, folder / f"{one.set_name}.csv")
    with Inspector(load_settings(home=folder / "home")) as inspector:
        inspector.add_product(_product(one, folder / PRODUCT))
        verdict = inspector.inspect(part, PRODUCT).verdict
    regions = {region.id: region.source for region in verdict.regions}
    sources = [regions[found.region] for found in verdict.findings if found.region in regions]
    days = one.days(train=False)
    return Outcome(
        set_name=one.set_name,
        series=one.name,
        decision=verdict.decision,
        told=[
            (source.first_sample, source.last_sample)
            for source in sources
            if source.modality == "time_series"
        ],
        events=one.events,
        train_days=one.days(train=True),
        normal_days=None if days is None else days * float(1 - one.test_labels.mean()),
    )


def _product(one: LabelledSeries, folder: Path) -> Path:
    (folder / "references").mkdir(parents=True)
    write_csv(one.train, folder / "references" / "normal.csv")
    described = f"name: {PRODUCT}\ndescriptor: A log of sensors.\nreference: any\n"
    (folder / "product.yaml").write_text(described, encoding="utf-8")
    return folder


def _decisions(set_name: str, outcomes: Sequence[Outcome]) -> list[Measure]:
    found = []
    for subject, with_events, right in (
        ("series with anomalies", True, "anomalous"),
        ("series without", False, "normal"),
    ):
        own = [one for one in outcomes if bool(len(one.events)) == with_events]
        for decision in dict.fromkeys((right, "review")):
            if own:
                n_hits = sum(one.decision == decision for one in own)
                found.append(
                    _share(set_name, f"{subject} decided {decision}", METHOD, n_hits, len(own))
                )
    return found


def _places(set_name: str, outcomes: Sequence[Outcome]) -> list[Measure]:
    labelled = [one for one in outcomes if len(one.events)]
    if not labelled:
        return []
    hits = sum(_is_hit(one) for one in labelled)
    return [_share(set_name, "worst interval in the labelled one", METHOD, hits, len(labelled))]


def _is_hit(one: Outcome) -> bool:
    if not one.told:
        return False
    middle = sum(one.told[0]) / 2
    first, last = one.events[:, 0] - UCR_TOLERANCE, one.events[:, 1] + UCR_TOLERANCE
    return bool(((first <= middle) & (middle < last)).any())


def _training(set_name: str, outcomes: Sequence[Outcome]) -> list[Measure]:
    """How long the parts are in which the calibration's level lets no alarm pass."""
    days = [one.train_days for one in outcomes if one.train_days is not None]
    metric = "days of training without an alarm, in all"
    return [
        Measure(
            part=PART,
            subject=set_name,
            metric=metric,
            method=METHOD,
            n=len(days),
            value=sum(days),
        )
    ]


def _events(
    set_name: str, outcomes: Sequence[Outcome], told: str, decisions: Sequence[str], *, seed: int
) -> list[Measure]:
    """Events that an interval meets, and intervals that meet none, for each normal day."""
    method = f"{METHOD}, {told}"
    n_events = n_found = 0
    alarms, days = [], []
    for one in outcomes:
        intervals = one.told if one.decision in decisions else []
        meets = [[a < last and first < b for a, b in intervals] for first, last in one.events]
        n_events += len(one.events)
        n_found += sum(any(met) for met in meets)
        alarms.append(sum(not any(met[i] for met in meets) for i in range(len(intervals))))
        days.append(one.normal_days or 0.0)
    found = [_share(set_name, "event recall", method, n_found, n_events)] if n_events else []
    if not all(days):  # where no clock tells, there is no rate
        return found
    rate = paired_bootstrap(
        lambda pairs: float(pairs[:, 0].sum() / pairs[:, 1].sum()),
        np.column_stack([alarms, days]),
        seed=seed,
    )
    return [*found, _measure(set_name, "false alarms a day", method, rate, n=len(outcomes))]


def _share(set_name: str, metric: str, method: str, n_hits: int, n: int) -> Measure:
    return _measure(set_name, metric, method, wilson_interval(n_hits, n), n=n)


def _measure(set_name: str, metric: str, method: str, interval: Interval, *, n: int) -> Measure:
    return Measure.of(interval, part=PART, subject=set_name, metric=metric, method=method, n=n)
