"""The command `loupe eval`, joined through the entry-point group `loupe.commands`.

Imports only typer before a command is called; knows nothing of what the tables measure.
"""

from pathlib import Path
from typing import Annotated

import typer

from evals import (
    cloud_commands,
    data_commands,
    rating_commands,
    result_commands,
    series_commands,
    suite_commands,
    talk_commands,
    video_commands,
)

app = typer.Typer(
    add_completion=False,
    help="Measure Loupe: tables with intervals and baselines.",
)

DataDir = Annotated[
    Path,
    typer.Option(
        "--data", envvar="LOUPE_SHARED_DATA", help="Folder with one folder for each data set."
    ),
]
Out = Annotated[
    Path, typer.Option(help="Folder for table.json, table.md and what is kept between runs.")
]
Seed = Annotated[int, typer.Option(help="Decides draws, perturbations and resamples.")]


@app.callback()
def _eval() -> None:
    """Keep `table` a command of its own while there are few."""


data_commands.join(app)
suite_commands.join(app)
result_commands.join(app)
rating_commands.join(app)
series_commands.join(app)
cloud_commands.join(app)
video_commands.join(app)
talk_commands.join(app)


@app.command("table")
def print_table(
    data: DataDir,
    out: Out = Path("loupe-tables") / "embedded",
    draws: Annotated[int, typer.Option(min=1, help="Draws of references for each set.")] = 20,
    quick: Annotated[
        bool, typer.Option("--quick", help="A small part of the pictures, sets and draws.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(help="deeppcb, sets, decisions or causes; may be repeated."),
    ] = None,
    seed: Seed = 0,
) -> None:
    """Print the README's table: the embedded mind and baselines on the shared data."""
    from evals.tables.embedded import TableRun, write_table
    from evals.tables.markdown import markdown

    run = TableRun(
        data_dir=data, out=out, n_draws=draws, quick=quick, only=tuple(only or ()), seed=seed
    )
    table = write_table(run, report=_report)
    typer.echo(markdown(table))


@app.command("recall")
def print_recall(
    data: DataDir,
    out: Out = Path("loupe-tables") / "recall",
    seed: Seed = 0,
) -> None:
    """Print recall at 1, 3 and 5 of each kind of retrieval."""
    from evals.tables.markdown import markdown
    from evals.tables.recall import write_recall_table

    typer.echo(markdown(write_recall_table(data, out=out, seed=seed, report=_report)))


@app.command("zero-shot")
def print_zero_shot(
    data: DataDir,
    out: Out = Path("loupe-tables") / "zero-shot",
    draws: Annotated[int, typer.Option(min=1, help="Draws of the patch memory's references.")] = 5,
    epochs: Annotated[int, typer.Option(min=1, help="Of each training.")] = 6,
    seed: Seed = 0,
) -> None:
    """Train Anomaly-OV's expert behind a ResNet-18 and test it on sets that it never saw."""
    from evals.tables.markdown import markdown
    from evals.tables.zero_shot_part import ZeroShotRun, write_zero_shot_table

    run = ZeroShotRun(data_dir=data, work_dir=out / "work", n_draws=draws, epochs=epochs, seed=seed)
    typer.echo(markdown(write_zero_shot_table(run, out=out, report=_report)))


def _report(line: str) -> None:
    typer.echo(line, err=True)
