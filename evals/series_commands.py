"""`loupe eval series`. Imports only typer before the command is called."""

from pathlib import Path
from typing import Annotated

import typer


def join(app: typer.Typer) -> None:
    """Add the command to `loupe eval`."""
    app.command("series")(print_series)


def print_series(
    data: Annotated[
        Path,
        typer.Option(
            "--data", envvar="LOUPE_SHARED_DATA", help="Folder with one folder for each data set."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for table.json, table.md, rows.jsonl.")] = Path(
        "loupe-tables"
    )
    / "series",
    only: Annotated[
        list[str] | None, typer.Option(help="ucr, nab or skab; may be repeated.")
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(help="discord, matrix profile or z-score; may be repeated."),
    ] = None,
    inspect: Annotated[
        bool, typer.Option("--inspect", help="Inspect the series too, with the embedded mind.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Decides resamples.")] = 0,
) -> None:
    """Print the discord expert on UCR, NAB and SKAB beside a matrix profile and a z-score."""
    from evals.series.labelled import SETS
    from evals.series.methods import METHODS
    from evals.series.run import write_series_table
    from evals.tables.markdown import markdown

    names = _chosen(only, SETS, "--only")
    methods = _chosen(method, tuple(METHODS), "--method")
    table = write_series_table(
        data,
        out=out,
        names=names,
        methods=methods,
        seed=seed,
        inspect=inspect,
        report=lambda line: typer.echo(line, err=True),
    )
    typer.echo(markdown(table))


def _chosen(given: list[str] | None, known: tuple[str, ...], option: str) -> tuple[str, ...]:
    unknown = [name for name in given or () if name not in known]
    if unknown:
        raise typer.BadParameter(f"{option} {unknown[0]!r}: known are {', '.join(known)}")
    return tuple(name for name in known if name in (given or known))
