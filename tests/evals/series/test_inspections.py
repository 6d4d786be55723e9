"""Inspected series whose figures are worked out by hand, and files that are read as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evals.benchmarks.series import beating
from evals.series.inspections import Outcome, inspect_series, inspection_measures, write_csv
from evals.series.labelled import LabelledSeries
from tools.assets.series import open_series


def outcome(
    decision: str, told: list[tuple[int, int]], events: list[list[int]], *, set_name: str = "nab"
) -> Outcome:
    return Outcome(
        set_name=set_name,
        series="made",
        decision=decision,
        told=told,
        events=np.array(events, dtype=np.int64).reshape(-1, 2),
        train_days=1.5,
        normal_days=2.0,
    )


def test_events_and_alarms_are_counted_by_the_verdict_that_tells_them() -> None:
    """Of three events the anomalous verdict tells one, the review one more; alarms 1 and 1 + 2."""
    outcomes = [
        outcome("anomalous", [(10, 20), (500, 510)], [[15, 30], [900, 950]]),
        outcome("review", [(300, 305), (700, 710), (40, 60)], [[50, 55]]),
        outcome("normal", [], []),
    ]

    found = {(m.metric, m.method): (m.value, m.n) for m in inspection_measures(outcomes, seed=0)}

    assert found == {
        ("series with anomalies decided anomalous", "embedded"): (0.5, 2),
        ("series with anomalies decided review", "embedded"): (0.5, 2),
        ("series without decided normal", "embedded"): (1.0, 1),
        ("series without decided review", "embedded"): (0.0, 1),
        ("worst interval in the labelled one", "embedded"): (0.5, 2),
        ("days of training without an alarm, in all", "embedded"): (4.5, 3),
        ("event recall", "embedded, anomalous"): (pytest.approx(1 / 3), 3),
        ("false alarms a day", "embedded, anomalous"): (pytest.approx(1 / 6), 3),
        ("event recall", "embedded, anomalous or review"): (pytest.approx(2 / 3), 3),
        ("false alarms a day", "embedded, anomalous or review"): (0.5, 3),
    }


def test_the_middle_of_the_worst_interval_may_lie_a_hundred_rows_away() -> None:
    near, far = (
        outcome("anomalous", [(first, first + 10)], [[1000, 1010]], set_name="ucr")
        for first in (895, 894)
    )

    shares = [
        m.value
        for one in (near, far)
        for m in inspection_measures([one], seed=0)
        if m.metric == "worst interval in the labelled one"
    ]

    assert shares == [1.0, 0.0]


def test_a_written_series_is_read_as_it_was(tmp_path: Path) -> None:
    source = tmp_path / "source.csv"
    source.write_text(
        "datetime;load [kW]\n2020-02-08 13:30:47;1.5\n2020-02-08 13:30:48;\n2020-02-08 13:30:50;2\n"
    )
    series = open_series(source)

    again = open_series(write_csv(series, tmp_path / "again.csv"))

    assert again.channels == series.channels
    assert again.stamps.told(2) == series.stamps.told(2) == "2020-02-08 13:30:50"
    np.testing.assert_array_equal(again.values_cn, series.values_cn)


def test_a_beat_that_stops_is_told_where_it_stops() -> None:
    """The training part beats every 200 rows; rows 1400 to 1800 of the tested part stand still.

    One reference alone condemns nothing: a person is asked to look there.
    """
    whole = beating(6000, seed=0)
    values = whole.values_cn.copy()
    values[:, 4400:4800] = 0.0
    labels = np.zeros(6000, dtype=np.bool_)
    labels[4400:4800] = True
    table = type(whole.table)(
        channels=whole.table.channels,
        values_cn=values,
        stamps=whole.table.stamps,
        notes=(),
    )
    made = LabelledSeries(
        set_name="ucr",
        name="stops",
        whole=type(whole)(whole.asset, table),
        train_end=3000,
        is_anomalous=labels,
    )

    (found,) = inspect_series([made], report=lambda line: None)

    assert found.decision == "review"
    first, last = found.told[0]
    assert 1200 <= first < last <= 2000
    assert found.events.tolist() == [[1400, 1800]]
