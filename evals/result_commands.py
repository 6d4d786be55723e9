"""`loupe eval rescore|compare|leaderboard|score`. Imports only typer before one is called."""

from pathlib import Path
from typing import Annotated

import typer

from evals.suite_commands import DataDir

RunFolder = Annotated[Path, typer.Argument(help="Folder of a run.")]
MAX_FLIPS = 40
"""Told on the terminal; the file has all."""


def join(app: typer.Typer) -> None:
    """Add the commands to `loupe eval`."""
    app.command("rescore")(rescore)
    app.command("compare")(compare)
    app.command("leaderboard")(leaderboard)
    app.command("score")(score)


def rescore(
    run: RunFolder,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the new tables. [default: RUN/rescored]")
    ] = None,
) -> None:
    """Read records and answers of a run again and measure anew; no model is called."""
    from evals.results.records import load_results
    from evals.results.report import write_results
    from evals.results.rescoring import rescore as read_again
    from evals.results.tables import as_markdown

    again = read_again(load_results(run))
    measures = write_results(again.results, out=out or run / "rescored")
    typer.echo(as_markdown(measures))
    typer.echo(
        f"{again.n_read} of {len(again.results.rows)} rows were read again with 0 calls, "
        f"{len(again.changed)} came out otherwise",
        err=True,
    )
    for task in again.changed[:MAX_FLIPS]:
        typer.echo(f"otherwise: {task}", err=True)


def compare(
    first: RunFolder,
    second: Annotated[Path, typer.Argument(help="The run that is compared with it.")],
    condition: Annotated[
        str | None, typer.Option(help="Of the first. [default: its baseline or first]")
    ] = None,
    other: Annotated[str | None, typer.Option(help="Of the second; the same.")] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file of the samples that flipped.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the resampling.")] = 0,
) -> None:
    """Compare two runs on the samples that both have: paired differences, and what flipped."""
    from evals.results.comparison import compare as measure_both
    from evals.results.comparison import flips_of, pairs_of, write_flips
    from evals.results.records import load_results
    from evals.results.tables import as_markdown

    pairs = pairs_of(load_results(first), load_results(second), condition=condition, other=other)
    names = (first.name, second.name) if first.name != second.name else (str(first), str(second))
    if names[0] == names[1]:
        names = (condition or "first", other or "second")
    typer.echo(as_markdown(measure_both(pairs, names=names, seed=seed)))
    flips = flips_of(pairs)
    n_mended = sum(flip.mended for flip in flips)
    n = sum(len(pair.ours) for pair in pairs)
    typer.echo(
        f"{len(flips)} of {n} samples have another label in {names[1]}: {n_mended} became right, "
        f"{len(flips) - n_mended} wrong"
    )
    for flip in flips[:MAX_FLIPS]:
        mark = "right now" if flip.mended else "wrong now"
        typer.echo(f"  {flip.material} {flip.sample}: {flip.before} -> {flip.after} ({mark})")
    if out is not None:
        write_flips(flips, out)


def leaderboard(
    folder: Annotated[Path, typer.Argument(help="Folder with one folder for each run.")],
    out: Annotated[Path | None, typer.Option(help="The page. [default: FOLDER/index.html]")] = None,
    title: Annotated[str, typer.Option(help="Of the page.")] = "Loupe: runs of suites",
) -> None:
    """Write one page of all runs in a folder, with the papers' printed numbers beside them."""
    from agent.run_folder import write_atomically
    from evals.results.leaderboard import find_runs, page_of

    runs = find_runs(folder)
    page = out or folder / "index.html"
    write_atomically(page, page_of(runs, title=title).encode())
    typer.echo(f"{len(runs)} runs: {page}")


def score(
    predictions: Annotated[
        Path, typer.Argument(help="CSV: id, score, and maybe label, probability, map.")
    ],
    dataset: Annotated[str, typer.Option(help="Data set, or set/product.")],
    data: DataDir,
    out: Annotated[Path, typer.Option(help="Folder of the tables.")],
    seed: Annotated[int, typer.Option(min=0, help="Of the resampling.")] = 0,
) -> None:
    """Score somebody's predictions by the same measures; `compare` then takes the folder."""
    from evals.results.report import write_results
    from evals.results.scoring import ScoreRequest, score_predictions
    from evals.results.tables import as_markdown

    request = ScoreRequest(predictions, dataset, data, out, seed)
    typer.echo(as_markdown(write_results(score_predictions(request))))
