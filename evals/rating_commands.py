"""`loupe eval rate`: a judge and sentence vectors on a run's answers. Imports only typer."""

from pathlib import Path
from typing import Annotated

import typer

from agent.commands.options import BaseUrl
from evals.result_commands import RunFolder


def join(app: typer.Typer) -> None:
    """Add the command to `loupe eval`."""
    app.command("rate")(rate)


def rate(
    ctx: typer.Context,
    run: RunFolder,
    judge: Annotated[
        str | None,
        typer.Option(help="Model that rates each answer 1 to 10 by LLaVA's rule; as --model."),
    ] = None,
    sentences: Annotated[
        Path | None, typer.Option(help="Folder of a Sentence-BERT model on this machine.")
    ] = None,
    base_url: BaseUrl = None,
    both_orders: Annotated[
        bool, typer.Option("--both-orders", help="Ask again with the two answers exchanged.")
    ] = False,
    show_picture: Annotated[
        bool, typer.Option("--show-picture", help="Show the judge the picture; LLaVA's sees none.")
    ] = False,
    concurrency: Annotated[int | None, typer.Option(min=1, help="Answers at once.")] = None,
    max_usd: Annotated[
        float, typer.Option(min=0, help="US dollars for all reviews of the run. 0: no limit.")
    ] = 0.0,
    answers: Annotated[
        Path | None, typer.Option(help="File of kept reviews. [default: in the run's folder]")
    ] = None,
) -> None:
    """Rate a run's answers in words against the reference answers, and measure anew."""
    from evals.rating_runs import RateFlags, rate_run
    from evals.results.tables import as_markdown

    if judge is None and sentences is None:
        raise typer.BadParameter("name a rater: --judge MODEL, --sentences FOLDER, or both")
    flags = RateFlags(
        ctx=ctx,
        run=run,
        judge=judge,
        sentences=sentences,
        settings={"base_url": base_url, "concurrency": concurrency},
        both_orders=both_orders,
        shows_picture=show_picture,
        max_usd=max_usd,
        answers=answers,
    )
    ended = rate_run(flags)
    typer.echo(as_markdown(ended.measures))
    for line in ended.told:
        typer.echo(line, err=True)
