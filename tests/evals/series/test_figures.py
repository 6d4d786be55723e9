"""Figures of series whose truths are worked out by hand, and the command that prints them."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from evals.benchmarks.series import beating
from evals.command import app
from evals.series.figures import measures_of, row_of, threshold
from evals.series.labelled import LabelledSeries, load_labelled, part_of
from evals.series.methods import METHODS, Scored, by_discord, by_z_score


def labelled(labels: list[int], *, train_end: int, set_name: str = "skab") -> LabelledSeries:
    return LabelledSeries(
        set_name=set_name,
        name="made",
        whole=beating(len(labels), seed=0),
        train_end=train_end,
        is_anomalous=np.array(labels, dtype=np.bool_),
    )


def test_figures_of_a_series_by_hand() -> None:
    """Two events, one found; one alarm meets none; of 2 x 4 pairs of rows 7 are in order."""
    one = labelled([0, 0, 0, 1, 0, 0, 1, 0], train_end=2)
    scored = Scored(np.array([1.0, 0.5]), np.array([0.0, 9.0, 0.0, 5.0, 0.9, 0.0]))

    row = row_of(one, "m", scored)

    assert (row.n_events, row.n_found, row.n_false_alarms) == (2, 1, 1)
    assert row.auroc == pytest.approx(7 / 8)
    assert row.top_is_hit is True
    assert row.days is None


def test_a_training_part_shorter_than_an_alarms_time_gives_its_highest_score() -> None:
    scores = np.array([1.0, 5.0, 1.0, 4.0, 1.0, 3.0])

    assert threshold(scores, days=None) == 5.0
    assert threshold(scores, days=0.5) == 5.0
    assert threshold(scores, days=2.0) == 3.0


def test_parts_keep_channels_and_times() -> None:
    part = part_of(beating(100, seed=0), 40, 60)

    assert part.asset.size == [20, 1]
    assert [part.stamps.told(0), part.stamps.told(19)] == [40.0, 59.0]


def test_methods_learn_from_the_training_part_alone() -> None:
    """What follows the training part changes no score of the training part."""
    short, long = (labelled([0] * n, train_end=400) for n in (500, 900))

    for method in (by_discord, by_z_score):
        np.testing.assert_array_equal(method(short).train_n, method(long).train_n)
        assert len(method(short).test_n) == 100


def test_a_gain_is_paired_by_series() -> None:
    one = labelled([0, 0, 1, 0], train_end=1)
    good, bad = np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 1.0])
    rows = [
        row_of(one, "discord", Scored(np.zeros(1), good)),
        row_of(one, "z-score", Scored(np.zeros(1), bad)),
    ]

    measures = {(m.metric, m.method): m.value for m in measures_of(rows[:1], seed=0)}
    assert measures["AUROC of rows", "discord"] == 1.0
    assert rows[1].auroc == 0.0


def test_the_shared_sets_have_training_parts_without_anomalies(shared_data: Path) -> None:
    found = list(load_labelled(shared_data, ("ucr", "skab")))

    assert len(found) >= 6
    assert not any(one.is_anomalous[: one.train_end].any() for one in found)
    assert all(len(one.events) >= 1 for one in found)


def test_the_command_names_its_sets_and_methods() -> None:
    shown = CliRunner().invoke(app, ["series", "--data", "x", "--only", "none"])

    assert shown.exit_code == 2
    assert set(METHODS) == {"discord", "matrix profile", "z-score"}
