"""The commands `loupe eval datasets` and `loupe eval guards`: what data there is, and its flaws.

Imports only typer before a command is called; knows nothing of what a data set holds.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

AnyData = Annotated[
    Path | None,
    typer.Option(
        "--data", envvar="LOUPE_SHARED_DATA", help="Folder with one folder for each data set."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
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
