"""The command `loupe eval clouds`. Imports only typer before it is called."""

from pathlib import Path
from typing import Annotated

import typer


def join(app: typer.Typer) -> None:
    """Add the command."""
    app.command("clouds")(print_clouds)


def print_clouds(
    data: Annotated[
        Path, typer.Option("--data", envvar="LOUPE_SHARED_DATA", help="Folder of the data sets.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for table.json and table.md.")] = (
        Path("loupe-tables") / "clouds"
    ),
    scan: Annotated[
        list[str] | None, typer.Option(help="Name of a scan; may be repeated. All if unset.")
    ] = None,
    normal: Annotated[int, typer.Option(min=2, help="Normal clouds of each scan.")] = 8,
    seed: Annotated[int, typer.Option(help="Of every draw.")] = 0,
    inspect: Annotated[
        bool, typer.Option("--inspect", help="Also through `loupe inspect`, with one reference.")
    ] = False,
    ablate: Annotated[
        bool, typer.Option("--ablate", help="Also with the expert's signs taken apart.")
    ] = False,
    views: Annotated[
        bool, typer.Option("--views", help="Also with the expert on views, alone and beside.")
    ] = False,
) -> None:
    """Plant defects on real scans: cloud AUROC and point IoU by size, beside nearest distance."""
    from evals.clouds.stock import SCANS
    from evals.clouds.table import CloudRun, write_cloud_table
    from evals.tables.markdown import markdown

    run = CloudRun(data, out, tuple(scan or SCANS), normal, seed, inspect, ablate, views)
    typer.echo(markdown(write_cloud_table(run, report=lambda line: typer.echo(line, err=True))))
