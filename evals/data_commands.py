"""The commands `loupe eval datasets` and `loupe eval guards`: what data there is, and its flaws.

Imports only typer before a command is called; knows nothing of what a data set holds.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from evals.guards import Flag

AnyData = Annotated[
    Path | None,
    typer.Option(
        "--data", envvar="LOUPE_SHARED_DATA", help="Folder with one folder for each data set."
    ),
]
SomeData = Annotated[
    Path,
    typer.Option(
        "--data", envvar="LOUPE_SHARED_DATA", help="Folder with one folder for each data set."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
MAX_SAMPLES = 3
"""Of a finding, named in the table; --json names all."""
REAL_DATA = {
    "whole": "all files",
    "part": "a part",
    "index": "the index, no pictures",
    "never": "nothing: made from its publication",
}
"""What an adapter has read so far, in words."""


def join(app: typer.Typer) -> None:
    """Join both commands to `loupe eval`."""
    app.command("datasets")(list_data_sets)
    app.command("guards")(print_guards)


def list_data_sets(data: AnyData = None, as_json: AsJson = False) -> None:
    """List the data sets that can be read: modality, licence, where to get them, whether found."""
    from evals.datasets import DATA_SETS, find_data_set

    rows = []
    for name, adapter in DATA_SETS.items():
        card = adapter.card
        root = None if data is None else find_data_set(data, name)
        rows.append(
            {
                "name": name,
                "title": card.title,
                "modality": card.modality,
                "licence": card.licence,
                "source": card.source,
                "real_data": REAL_DATA[card.met_real_data],
                "found": None if root is None else str(root),
                "notes": card.metric_notes,
            }
        )
    if as_json:
        _print_json(rows)
        return
    from agent.console import terminal

    terminal().print(_table_of(rows))


def print_guards(
    data: SomeData,
    only: Annotated[
        list[str] | None, typer.Option(help="A data set; may be repeated. All that are found.")
    ] = None,
    near_bits: Annotated[
        int,
        typer.Option(min=0, max=64, help="Pictures alike: hashes differ in so many of 256 bits."),
    ] = 6,
    as_json: AsJson = False,
) -> None:
    """Look for leaks between sets and splits, duplicates, tested references and known flaws.

    Everything is reported and nothing is changed.
    """
    from evals.datasets import DATA_SETS, DataSetError, find_data_set, load_data_set
    from evals.guards import check

    found = [name for name in DATA_SETS if find_data_set(data, name) is not None]
    names = list(dict.fromkeys(only or found))
    if not names:
        raise DataSetError(f"{data}: none of {len(DATA_SETS)} data sets is there; give --data")
    data_sets = [load_data_set(data, name) for name in names]
    flags = check(data_sets, near_bits=near_bits, report=lambda line: typer.echo(line, err=True))
    if as_json:
        _print_json([asdict(flag) for flag in flags])
        return
    from agent.console import terminal

    n_samples = sum(len(one.samples) for one in data_sets)
    terminal().print(_flags_table(flags))
    typer.echo(f"{len(flags)} findings in {n_samples} samples of {len(names)} data sets")


def _flags_table(flags: "Sequence[Flag]") -> "Table":
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from evals.guards import MEANINGS

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("finding", no_wrap=True)
    table.add_column("samples", overflow="fold", ratio=3)
    table.add_column("what it means, and where it is known from", overflow="fold", ratio=2)
    alike: dict[tuple[str, ...], list[Flag]] = {}
    for flag in flags:
        sets = sorted({sample.split(":")[0] for sample in flag.samples})
        alike.setdefault((flag.kind, flag.detail, flag.source, *sets), []).append(flag)
    for (kind, detail, source, *sets), group in alike.items():
        told = "; ".join(part for part in (detail or MEANINGS[group[0].kind], source) if part)
        table.add_row(kind, escape(_samples_of(sets, group)), escape(told))
    return table


def _samples_of(sets: list[str], group: "list[Flag]") -> str:
    """How many findings and samples, and the first of them by name."""
    n_samples = sum(len(flag.samples) for flag in group)
    first = group[0].samples
    more = ["..."] if n_samples > len(first[:MAX_SAMPLES]) else []
    found = f"{len(group)} times, " if len(group) > 1 else ""
    noun = "sample" if n_samples == 1 else "samples"
    return "\n".join([f"{', '.join(sets)}: {found}{n_samples} {noun}", *first[:MAX_SAMPLES], *more])


def _table_of(rows: list[dict[str, str | None]]) -> "Table":
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("name", "modality"):
        table.add_column(name, no_wrap=True)
    for name in ("licence", "where to get it", "has read", "found"):
        table.add_column(name, overflow="fold")
    for row in rows:
        shown = ("name", "modality", "licence", "source", "real_data")
        found = Path(row["found"]).name if row["found"] else "-"
        table.add_row(*(escape(str(row[key])) for key in shown), escape(found))
    return table


def _print_json(value: object) -> None:
    import json

    typer.echo(json.dumps(value, indent=1, ensure_ascii=False))
