"""Somebody else's predictions by the same measures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evals.benchmarks.spots import write_spots
from evals.datasets.records import DataSet
from evals.results.measures import measure
from evals.results.predictions import (
    PredictionError,
    read_map,
    read_predictions,
    rows_of,
    suite_of,
)
from evals.results.records import Results
from evals.runner.manifest import Manifest, Planned
from evals.runner.rows import Row
from evals.suites.records import Suite


@pytest.fixture
def spots(tmp_path: Path) -> DataSet:
    """Plates 0 and 1 are normal, 2 and 3 have a spot."""
    return write_spots(tmp_path / "data", n_normal=2, n_spotted=2)


def _rows(text: str, spots: DataSet, folder: Path) -> tuple[list[Row], Suite]:
    path = folder / "theirs.csv"
    path.write_text(text)
    predicted = read_predictions(path)
    suite = suite_of(predicted, "spots")
    return rows_of(predicted, spots.samples, suite, data_set="spots", out=folder), suite


def test_scores_and_labels_become_rows(spots: DataSet, tmp_path: Path) -> None:
    text = (
        "id,score,label\nplate_0000.png,0.1,0\nplate_0001.png,0.9,anomalous\n"
        "data/plate_0002.png,0.5,review\nplate_0003.png,3,1\n"
    )
    rows, suite = _rows(text, spots, tmp_path)
    assert [(row.gt_label, row.raw_score, row.decision) for row in rows] == [
        (0, 0.1, "normal"),
        (0, 0.9, "anomalous"),
        (1, 0.5, "review"),
        (1, 3.0, "anomalous"),
    ]
    assert suite.measures == ["auroc", "accuracy", "rates", "hard_labels"]


def test_a_sample_without_a_prediction_is_counted_and_never_dropped(
    spots: DataSet, tmp_path: Path
) -> None:
    text = "id,score\nplate_0000.png,0.1\nplate_0001.png,nan\nplate_0002.png,high\n"
    rows, _ = _rows(text, spots, tmp_path)
    assert [(row.status, row.reason) for row in rows] == [
        ("decided", None),
        ("failed", "unparsable"),
        ("failed", "unparsable"),
        ("failed", "unparsable"),
    ]
    assert [row.detail for row in rows[1:]] == [
        "the score 'nan' is no number",
        "the score 'high' is no number",
        "the file has no prediction",
    ]


def test_maps_are_scored_against_the_masks(spots: DataSet, tmp_path: Path) -> None:
    for number in range(4):
        anomaly_map = np.zeros((96, 96), dtype=np.float32)
        anomaly_map[70:84, 24:38] = 1.0 if number >= 2 else 0.0
        np.save(tmp_path / f"map{number}.npy", anomaly_map)
    lines = [f"plate_{n:04}.png,{n},map{n}.npy" for n in range(4)]
    rows, suite = _rows("\n".join(["id,score,map", *lines]), spots, tmp_path)
    manifest = Manifest(
        suite=suite,
        data_sets={},
        mind="theirs",
        seed=0,
        planned=[Planned(condition="theirs", material="spots", n=4)],
        command="",
        commit="",
        versions={},
        machine="",
        created="",
    )
    found = measure(Results(tmp_path, manifest, tuple(rows)))
    values = {one.part: one.value for one in found if one.subject == "spots"}
    names = ("AUROC", "pixel AUROC", "pixel AP", "pixel F1-max", "AU-PRO 0.3")
    assert values == {name: pytest.approx(1.0) for name in names}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,value\na,1\n", r"has no column 'score'; it needs id and score"),
        ("id,score\nplate_0000.png,1\nplate_0000.png,2\n", "line 3: 'plate_0000.png' is there"),
        ("id,score\nother.png,1\n", r"id 'other.png' is no sample of the data set; ids look like"),
    ],
)
def test_a_file_that_does_not_fit_is_told(
    spots: DataSet, tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(PredictionError, match=told):
        _rows(text, spots, tmp_path)


def test_a_map_of_another_form_is_told(tmp_path: Path) -> None:
    np.save(tmp_path / "cube.npy", np.zeros((2, 2, 2)))
    with pytest.raises(PredictionError, match=r"must have shape \(H, W\), got \(2, 2, 2\)"):
        read_map(tmp_path / "cube.npy")
    with pytest.raises(PredictionError, match=r"gone.npy: no anomaly map"):
        read_map(tmp_path / "gone.npy")
