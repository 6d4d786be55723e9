"""Somebody else's predictions in a CSV, as rows of a run. Runs nothing.

Columns: `id` (of the sample, or the end of its path), `score`, and where there are `label` (0, 1,
normal, anomalous or review), `probability` and `map` (a path to a .npy, .npz, .png or .tiff).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from evals.datasets.records import DataSet, Sample
from evals.runner.plan import Group, Material, Task
from evals.runner.reasons import Ending
from evals.runner.row_making import make_row, map_place, save_map
from evals.runner.rows import Row
from evals.suites.records import Condition, Suite
from graphs.records import Decision
from tools.arrays import Float32Map
from tools.errors import LoupeError

REQUIRED = ("id", "score")
DECISIONS: dict[str, Decision] = {
    "0": "normal",
    "1": "anomalous",
    "normal": "normal",
    "good": "normal",
    "anomalous": "anomalous",
    "defect": "anomalous",
    "review": "review",
}


class PredictionError(LoupeError):
    """A file of predictions cannot be scored."""


class Predicted(NamedTuple):
    """A file of predictions."""

    path: Path
    by_id: dict[str, dict[str, str]]
    has_labels: bool
    has_probabilities: bool
    has_maps: bool


def read_predictions(path: Path) -> Predicted:
    """Read the file.

    Raises:
        PredictionError: it is absent, lacks a column, or names a sample twice.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            names = list(reader.fieldnames or ())
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PredictionError(f"{path} cannot be read ({error})") from error
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise PredictionError(
            f"{path} has no column {missing[0]!r}; it needs id and score, and may have label, "
            f"probability and map; it has {', '.join(names) or 'none'}"
        )
    by_id: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, start=2):
        if row["id"] in by_id:
            raise PredictionError(f"{path} line {number}: {row['id']!r} is there twice")
        by_id[row["id"]] = row
    return Predicted(path, by_id, "label" in names, "probability" in names, "map" in names)


def tested_samples(data_set: DataSet, product: str | None) -> list[Sample]:
    """The test part of a set where it states one, else all of it; of one product where named."""
    chosen = data_set if product is None else data_set.only(product=product)
    testing = [one for one in chosen.samples if one.split == "test"]
    return testing or list(chosen.samples)


def suite_of(predicted: Predicted, data: str) -> Suite:
    """A suite that says what the file allows to be measured."""
    measures = ["auroc"]
    measures += ["accuracy", "rates", "hard_labels"] if predicted.has_labels else []
    measures += ["calibration"] if predicted.has_probabilities else []
    measures += ["pixel"] if predicted.has_maps else []
    return Suite(
        name="predictions",
        version=1,
        title=f"Predictions of {predicted.path.name}",
        source="a file of somebody's predictions",
        data=[data],
        conditions=[Condition(name=predicted.path.stem)],
        measures=measures,
        figures=["roc", "pr", "bars"],
    )


def rows_of(
    predicted: Predicted, samples: Sequence[Sample], suite: Suite, *, data_set: str, out: Path
) -> list[Row]:
    """A row for each sample; one that the file lacks is told as not answered.

    Raises:
        PredictionError: the file names a sample that the set does not have.
    """
    known = _known(predicted, samples)
    rows = []
    for product in dict.fromkeys(sample.product for sample in samples):
        material = Material(data_set, product, 0, (), (), ())
        group = Group(suite.conditions[0], material, 0, ())
        for sample in samples:
            if sample.product == product:
                said = known.get(sample.id)
                rows.append(_row(group, sample, said, predicted, out))
    return rows


def _known(predicted: Predicted, samples: Sequence[Sample]) -> dict[str, Mapping[str, str]]:
    """Predictions by sample; an id is the sample's, or the end of its path where that is clear."""
    ids = {sample.id: sample.id for sample in samples}
    ends: dict[str, list[str]] = {}
    for sample in samples:
        parts = sample.path.as_posix().split("/")
        for n in range(1, len(parts) + 1):
            ends.setdefault("/".join(parts[-n:]), []).append(sample.id)
    found: dict[str, Mapping[str, str]] = {}
    for given, row in predicted.by_id.items():
        fitting = [ids[given]] if given in ids else ends.get(given, [])
        if len(fitting) != 1:
            what = "no sample" if not fitting else f"{len(fitting)} samples"
            raise PredictionError(
                f"{predicted.path}: id {given!r} is {what} of the data set; ids look like "
                f"{next(iter(ids))!r}"
            )
        found[fitting[0]] = row
    return found


def _row(
    group: Group, sample: Sample, said: Mapping[str, str] | None, predicted: Predicted, out: Path
) -> Row:
    task = Task(f"{group.condition.name}|{group.material.name}|{sample.id}|0|0", sample, "test")
    if said is None:
        return make_row(group, task, Ending("failed", "unparsable", "the file has no prediction"))
    score = _number(said["score"])
    if score is None:
        told = f"the score {said['score']!r} is no number"
        return make_row(group, task, Ending("failed", "unparsable", told))
    more: dict[str, Any] = {"raw_score": score, "shown": str(sample.path)}
    if predicted.has_labels:
        more["decision"] = DECISIONS.get(said["label"].strip().lower())
    if predicted.has_probabilities:
        more["score"] = _number(said["probability"])
    if predicted.has_maps and said["map"]:
        more["anomaly_map"] = _kept_map(group, task, said["map"], predicted, out)
    return make_row(group, task, Ending("decided"), **more)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _kept_map(group: Group, task: Task, named: str, predicted: Predicted, out: Path) -> str:
    """Keep a map beside the truth; empty where no truth is known."""
    truth = task.sample.load_gt_mask()
    if truth is None:
        return ""
    place = map_place(group, task, out)
    save_map(out / place, read_map(predicted.path.parent / named), truth)
    return place


def read_map(path: Path) -> Float32Map:
    """An anomaly map, (H, W), from a .npy or .npz array or a grey picture.

    Raises:
        PredictionError: it cannot be read, or is not two-dimensional.
    """
    try:
        if path.suffix in (".npy", ".npz"):
            loaded = np.load(path, allow_pickle=False)
            found = loaded if path.suffix == ".npy" else loaded[loaded.files[0]]
        else:
            from PIL import Image

            with Image.open(path) as picture:
                found = np.asarray(picture)
    except (OSError, ValueError, IndexError) as error:
        raise PredictionError(f"{path}: no anomaly map ({error})") from error
    if found.ndim != 2:
        raise PredictionError(f"{path}: an anomaly map must have shape (H, W), got {found.shape}")
    return np.asarray(found, dtype=np.float32)
