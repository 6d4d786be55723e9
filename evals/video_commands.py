"""The command `loupe eval videos`. Imports only typer before it is called."""

from pathlib import Path
from typing import Annotated

import typer


def join(app: typer.Typer) -> None:
    """Add the command."""
    app.command("videos")(print_videos)


def print_videos(
    data: Annotated[
        Path, typer.Option("--data", envvar="LOUPE_SHARED_DATA", help="Folder of the data sets.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for table.json and table.md.")] = (
        Path("loupe-tables") / "videos"
    ),
    inspect: Annotated[
        bool, typer.Option("--inspect", help="Inspect the clips too, with the embedded mind.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the draws of the intervals.")] = 0,
) -> None:
    """Frame-level AUROC of the motion expert on UCSD Ped2, beside frame differences."""
    from evals.tables.markdown import markdown
    from evals.videos.run import write_video_table

    table = write_video_table(
        data,
        out=out,
        seed=seed,
        inspect=inspect,
        report=lambda line: typer.echo(line, err=True),
    )
    typer.echo(markdown(table))
