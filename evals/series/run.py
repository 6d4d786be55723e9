"""Runs every method on every series and writes the table. Knows no command line."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from evals.series.figures import ALARMS_PER_DAY, Row, measures_of, row_of
from evals.series.inspections import NOTES as INSPECTED_NOTES
from evals.series.inspections import Outcome, inspect_series, inspection_measures
from evals.series.labelled import SETS, TRAINING, load_labelled
from evals.series.methods import METHODS
from evals.tables.output import write_files
from evals.tables.records import Table


def write_series_table(
    data_dir: Path,
    *,
    out: Path,
    names: tuple[str, ...] = SETS,
    methods: Sequence[str] = tuple(METHODS),
    seed: int = 0,
    inspect: bool = False,
    report: Callable[[str], None],
) -> Table:
    """Score, and write ``table.json``, ``table.md`` and ``rows.jsonl`` (a line for each series).

    What is inspected gives ``inspections.jsonl`` in the same way.

    Args:
        data_dir: folder with one folder for each data set.
        out: made where it does not exist.
        names: of `SETS`.
        methods: of `METHODS`.
        seed: of the resamples.
        inspect: whether the series are also inspected with the embedded mind.
        report: told one line before each series.

    Raises:
        DataSetError: a set is absent.
    """
    rows: list[Row] = []
    for one in load_labelled(data_dir, names):
        for method in methods:
            report(f"{one.set_name} {one.name}: {method}")
            rows.append(row_of(one, method, METHODS[method](one)))
    out.mkdir(parents=True, exist_ok=True)
    _write_lines(out / "rows.jsonl", rows)
    measures, notes = measures_of(rows, seed=seed), _notes(names)
    if inspect:
        outcomes = inspect_series(load_labelled(data_dir, names), report=report)
        _write_lines(out / "inspections.jsonl", outcomes)
        measures += inspection_measures(outcomes, seed=seed)
        notes += INSPECTED_NOTES
    command = " ".join(
        ["loupe eval series", *(f"--only {name}" for name in names if names != SETS)]
        + [f"--method '{method}'" for method in methods if tuple(methods) != tuple(METHODS)]
        + ["--inspect"] * inspect
    )
    return write_files(measures, command=command, seed=seed, out=out, notes=notes)


def _write_lines(path: Path, records: Sequence[Row] | Sequence[Outcome]) -> None:
    lines = [json.dumps(asdict(one), default=lambda array: array.tolist()) for one in records]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _notes(names: Sequence[str]) -> list[str]:
    return [
        *(f"{name} learns from {TRAINING[name]}; everything after it is tested" for name in names),
        "no point adjustment; intervals over series (rates: Wilson's score interval)",
        f"event recall: the threshold allows {ALARMS_PER_DAY:g} alarm a day in the training part, "
        "its highest score where that part is shorter; false alarms a day are those of the test",
        "the top of a series is the row of its highest score, within 100 rows of a labelled "
        "interval (UCR's protocol)",
    ]
