"""`loupe batch`: many parts in one run, resumable. Knows the command line and no graph."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from agent.batch.data_sets import DATA_VARIABLE
from agent.commands.options import (
    Backbone,
    BaseUrl,
    Device,
    Endpoint,
    Experts,
    Home,
    Json,
    MaxRounds,
    Model,
    Product,
    Protocol,
    Question,
    Seed,
    Strategy,
    settings_of,
)


def run_batch(
    ctx: typer.Context,
    named: Annotated[
        list[str] | None,
        typer.Argument(
            help="Folders, globs, files, manifests (csv or parquet with a column asset, and any "
            "others), or dataset:NAME or dataset:NAME/PRODUCT."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the run; goes on with it where it is one. [default: HOME/runs/<time>]"
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(envvar=DATA_VARIABLE, help="Folder with one folder for each data set."),
    ] = None,
    product: Product = None,
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN=VALUE", help="Only such rows, or COLUMN!=VALUE; repeatable."),
    ] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="Draw so many rows.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many rows.")] = None,
    again: Annotated[
        list[str] | None,
        typer.Option(help="failed or degraded: do such rows of the run once more. Repeatable."),
    ] = None,
    dry_run: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Inspect N drawn rows and tell what all would cost."),
    ] = None,
    budget_usd: Annotated[float, typer.Option(min=0, help="US dollars for the run; 0: any.")] = 0,
    budget_calls: Annotated[int, typer.Option(min=0, help="VLM calls for the run; 0: any.")] = 0,
    budget_tokens: Annotated[int, typer.Option(min=0, help="Tokens for the run; 0: any.")] = 0,
    budget_hours: Annotated[float, typer.Option(min=0, help="Hours for the run; 0: any.")] = 0,
    keep_answers: Annotated[
        bool, typer.Option(help="Ask a VLM nothing that was answered in an earlier run.")
    ] = True,
    deferred: Annotated[
        bool,
        typer.Option(
            "--deferred", help="Ask a VLM by its server's batch API: cheaper, within a day."
        ),
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="With --deferred: look until all answers are in.")
    ] = False,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="With --deferred: cancel what waits, and end.")
    ] = False,
    csv: Annotated[Path | None, typer.Option(help="Also write the results as csv.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Also write the results as JUnit XML.")] = None,
    engine: Annotated[str, typer.Option(help="Where parts are inspected: local or ray.")] = "local",
    address: Annotated[
        str, typer.Option(help="Of a Ray cluster. [default: Ray is started on this machine]")
    ] = "",
    workers: Annotated[
        int,
        typer.Option(min=0, help="Processes that inspect; 0: this one, with Ray one a core."),
    ] = 0,
    worker_gpus: Annotated[
        float, typer.Option(min=0, help="Ray: share of a GPU for each of them.")
    ] = 0.0,
    chroma: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Workers read what is known from this Chroma server. [default: copied]",
        ),
    ] = "",
    concurrency: Annotated[int | None, typer.Option(min=1, help="Inspections at once.")] = None,
    pages: Annotated[
        str | None, typer.Option(help="all, or told: a page only for parts that are not normal.")
    ] = None,
    json: Json = False,
    expert: Experts = None,
    backbone: Backbone = None,
    strategy: Strategy = None,
    model: Model = None,
    base_url: BaseUrl = None,
    endpoint: Endpoint = None,
    protocol: Protocol = None,
    question: Question = None,
    max_rounds: MaxRounds = None,
    device: Device = None,
    seed: Seed = None,
    home: Home = None,
) -> None:
    """Inspect many parts; the same command goes on with a run that was interrupted."""
    from agent.batch.engines.contract import EngineChoice
    from agent.batch.setting_up import run_wanted
    from agent.batch.wanted import Money, Wanted

    flags: dict[str, Any] = {
        "experts": tuple(expert) if expert else None,
        "backbone": backbone,
        "strategy": strategy,
        "model": model,
        "base_url": base_url,
        "endpoints": tuple(endpoint) if endpoint else None,
        "protocol": protocol,
        "question": question,
        "max_rounds": max_rounds,
        "device": device,
        "seed": seed,
        "concurrency": concurrency,
        "pages": pages,
    }
    if not named:
        raise typer.BadParameter("name a folder, a glob, a file, a manifest or a data set.")
    wanted = Wanted(
        named=tuple(named),
        settings=settings_of(ctx, home=home, **flags),
        out=out,
        data=data,
        product=product,
        where=tuple(where or ()),
        sample=sample,
        limit=limit,
        again=frozenset(again or ()),
        dry_run=dry_run,
        money=Money(budget_usd, budget_calls, budget_tokens, 3600 * budget_hours),
        keep_answers=keep_answers,
        csv=csv,
        junit=junit,
        as_json=json,
        engine=EngineChoice(engine, address, workers, worker_gpus, chroma),
    )
    if not deferred:
        if wait or cancel:
            raise typer.BadParameter("--wait and --cancel are for --deferred.")
        raise typer.Exit(run_wanted(wanted))
    from agent.batch.deferred.asking import run_deferred

    raise typer.Exit(run_deferred(wanted, wait=wait, cancel=cancel))
