"""Puts the figures of a run together with what they were made with, and writes the files."""

import json
from collections.abc import Sequence
from pathlib import Path

from evals.tables.markdown import markdown
from evals.tables.provenance import commit_name, machine_name, package_versions, utc_now
from evals.tables.records import Measure, Table


def write_files(
    measures: Sequence[Measure], *, command: str, seed: int, out: Path, notes: Sequence[str] = ()
) -> Table:
    """Make the table and write ``table.json`` and ``table.md`` to a folder that exists."""
    table = Table(
        command=command,
        commit=commit_name(),
        seed=seed,
        versions=package_versions(),
        machine=machine_name(),
        created=utc_now(),
        measures=list(measures),
        notes=list(notes),
    )
    text = json.dumps(table.as_json(), indent=1)
    (out / "table.json").write_text(text + "\n", encoding="utf-8")
    (out / "table.md").write_text(markdown(table), encoding="utf-8")
    return table
