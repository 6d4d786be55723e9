"""A file of predictions as a run of its own, in a folder like any other. Calls no model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from agent.result_log import FILE, ResultLog
from evals.datasets.catalogue import load_data_set
from evals.results.predictions import read_predictions, rows_of, suite_of, tested_samples
from evals.results.records import Results, material_of
from evals.runner.manifest import Manifest, Planned, begin
from evals.runner.rows import Row
from evals.tables.provenance import commit_name, machine_name, package_versions, utc_now


class ScoreRequest(NamedTuple):
    """What the command line says."""

    predictions: Path
    data_set: str
    """`set` or `set/product`."""
    data: Path
    out: Path
    seed: int = 0


def score_predictions(request: ScoreRequest) -> Results:
    """Read predictions, write a run of them, and give its results.

    Rows of an earlier scoring into the same folder are replaced.

    Raises:
        PredictionError: the file cannot be scored.
        DataSetError: the data set is absent.
        ManifestError: the folder holds another run.
    """
    from evals.suite_runs import shown_command

    predicted = read_predictions(request.predictions)
    name, _, product = request.data_set.partition("/")
    samples = tested_samples(load_data_set(request.data, name), product or None)
    suite = suite_of(predicted, request.data_set)
    rows = rows_of(predicted, samples, suite, data_set=name, out=request.out)
    materials = dict.fromkeys(material_of(row) for row in rows)
    planned = [
        Planned(
            condition=suite.conditions[0].name,
            material=material,
            n=sum(material_of(row) == material for row in rows),
        )
        for material in materials
    ]
    wanted = Manifest(
        suite=suite,
        data_sets={},
        mind=f"predictions of {request.predictions.name}",
        seed=request.seed,
        planned=planned,
        command=shown_command(sys.argv),
        commit=commit_name(),
        versions=package_versions(),
        machine=machine_name(),
        created=utc_now(),
    )
    request.out.mkdir(parents=True, exist_ok=True)
    manifest = begin(request.out, wanted)
    (request.out / FILE).unlink(missing_ok=True)
    with ResultLog(request.out, Row) as log:
        for row in rows:
            log.append(row)
    return Results(request.out, manifest, tuple(sorted(rows, key=lambda row: row.task)))
