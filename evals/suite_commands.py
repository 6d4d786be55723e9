"""`loupe eval suites|run|...`: the commands of suites. Imports only typer before one is called."""

from pathlib import Path
from typing import Annotated

import typer

from agent.commands.options import Backbone, BaseUrl, Device, Experts, Model, Protocol, Seed

DataDir = Annotated[
    Path,
    typer.Option(
        "--data", envvar="LOUPE_SHARED_DATA", help="Folder with one folder for each data set."
    ),
]


def join(app: typer.Typer) -> None:
    """Add the commands to `loupe eval`."""
    app.command("suites")(print_suites)
    app.command("run")(run)


def print_suites() -> None:
    """List the protocols that ship, with their sources."""
    from evals.suites import list_suites

    for suite in list_suites():
        needs = " (asks in words; the embedded mind answers by its verdicts)" * suite.asks_in_words
        typer.echo(f"{suite.name}, version {suite.version}{needs}: {suite.title}. {suite.source}.")


def run(
    ctx: typer.Context,
    suite: Annotated[str, typer.Argument(help="Name of a suite, or a .yaml file.")],
    data: DataDir,
    out: Annotated[Path, typer.Option(help="Folder of the run; the same one goes on.")],
    dataset: Annotated[
        list[str] | None,
        typer.Option(help="Data set, or set/product; may be repeated. [default: the suite's]"),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=0, help="Samples tested of each product. 0: all.")
    ] = None,
    references: Annotated[
        int | None,
        typer.Option(
            min=0, help="References of each product, where a condition has no number of its own."
        ),
    ] = None,
    model: Model = None,
    base_url: BaseUrl = None,
    protocol: Protocol = None,
    expert: Experts = None,
    backbone: Backbone = None,
    device: Device = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="Samples at once.")] = None,
    max_usd: Annotated[
        float, typer.Option(min=0, help="US dollars for the whole suite. 0: no limit.")
    ] = 0.0,
    answers: Annotated[
        Path | None, typer.Option(help="File of kept answers. [default: in the run's folder]")
    ] = None,
    tool_table: Annotated[
        Path | None, typer.Option(help="tool-benefit.json: switches tools off by product.")
    ] = None,
    calibrate_mind: Annotated[
        bool,
        typer.Option(
            "--calibrate-mind",
            help="Let the model inspect each product's references first; costs its calls.",
        ),
    ] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Do again what the instrument failed at.")
    ] = False,
    seed: Seed = None,
) -> None:
    """Run a protocol, or go on with it; write tables and pictures into --out."""
    from evals.suite_runs import RunFlags, run_to_end

    flags = RunFlags(
        ctx=ctx,
        suite=suite,
        data=data,
        out=out,
        data_sets=tuple(dataset or ()),
        limit=limit,
        references=references,
        model=model,
        settings={
            "base_url": base_url,
            "protocol": protocol,
            "experts": tuple(expert) if expert else None,
            "backbone": backbone,
            "device": device,
            "concurrency": concurrency,
            "seed": seed,
        },
        max_usd=max_usd,
        answers=answers,
        tool_table=tool_table,
        calibrate_mind=calibrate_mind,
        retry=retry,
    )
    if not run_to_end(flags):
        raise typer.Exit(1)
