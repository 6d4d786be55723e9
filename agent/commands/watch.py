"""`loupe watch`: a folder that fills, inspected as it does. Knows the command line and no graph."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.commands.options import (
    Backbone,
    BaseUrl,
    Device,
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

if TYPE_CHECKING:
    from agent.settings import Settings


def watch_folder(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Waited for where it is not there yet.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the run. [default: HOME/runs/watch-FOLDER-DIGEST]"),
    ] = None,
    product: Product = None,
    pattern: Annotated[
        list[str] | None,
        typer.Option(help="Only files of such names, or paths below the folder. Repeatable."),
    ] = None,
    recursive: Annotated[bool, typer.Option("--recursive", help="Folders within, too.")] = False,
    existing: Annotated[
        bool, typer.Option("--existing", help="Also what lay there before the first start.")
    ] = False,
    quiet: Annotated[
        float,
        typer.Option(min=0, help="Seconds without a change, after which a file is whole."),
    ] = 2.0,
    poll: Annotated[
        float,
        typer.Option(min=0, help="Look every so many seconds, as network shares need; 0: no."),
    ] = 0.0,
    until_idle: Annotated[
        float, typer.Option(min=0, help="End after so many seconds without a file; 0: never.")
    ] = 0.0,
    sink: Annotated[
        list[str] | None,
        typer.Option(help="jsonl:PATH, http(s)://..., mqtt(s)://HOST/TOPIC. Repeatable."),
    ] = None,
    move_to: Annotated[
        Path | None, typer.Option(help="Move what is done to folders in it, by decision.")
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Of every part. Repeatable.")
    ] = None,
    budget_usd: Annotated[float, typer.Option(min=0, help="US dollars for the run; 0: any.")] = 0,
    budget_calls: Annotated[int, typer.Option(min=0, help="VLM calls for the run; 0: any.")] = 0,
    budget_tokens: Annotated[int, typer.Option(min=0, help="Tokens for the run; 0: any.")] = 0,
    csv: Annotated[Path | None, typer.Option(help="At the end, the results as csv.")] = None,
    junit: Annotated[Path | None, typer.Option(help="At the end, as JUnit XML.")] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="Inspections at once.")] = None,
    json: Json = False,
    expert: Experts = None,
    backbone: Backbone = None,
    strategy: Strategy = None,
    model: Model = None,
    base_url: BaseUrl = None,
    protocol: Protocol = None,
    question: Question = None,
    max_rounds: MaxRounds = None,
    device: Device = None,
    seed: Seed = None,
    home: Home = None,
) -> None:
    """Inspect what lands in a folder, in its order; the same command goes on where it ended."""
    from agent.batch.setting_up import row_teller
    from agent.batch.wanted import Money, Wanted
    from agent.orders import read_labels
    from agent.watching.setting_up import watch_wanted
    from agent.watching.wanted import WantedWatch

    flags: dict[str, Any] = {
        "experts": tuple(expert) if expert else None,
        "backbone": backbone,
        "strategy": strategy,
        "model": model,
        "base_url": base_url,
        "protocol": protocol,
        "question": question,
        "max_rounds": max_rounds,
        "device": device,
        "seed": seed,
        "concurrency": concurrency,
    }
    settings = settings_of(ctx, home=home, **flags)
    batch = Wanted(
        named=(str(folder),),
        settings=settings,
        out=out or _own_run(folder, settings),
        product=product,
        money=Money(budget_usd, budget_calls, budget_tokens),
        csv=csv,
        junit=junit,
        as_json=json,
    )
    wanted = WantedWatch(
        batch=batch,
        folder=folder,
        patterns=tuple(pattern or ()),
        recursive=recursive,
        existing=existing,
        quiet_s=quiet,
        poll_s=poll,
        until_idle_s=until_idle,
        labels=tuple(read_labels(label).items()),
        sinks=tuple(sink or ()),
        move_to=move_to,
    )
    raise typer.Exit(watch_wanted(wanted, tell_row=row_teller(batch)))


def _own_run(folder: Path, settings: Settings) -> Path:
    """Of a folder always the same, so that the same command goes on with it."""
    whole = folder.resolve()
    digest = hashlib.sha256(str(whole).encode(errors="surrogateescape")).hexdigest()[:8]
    return settings.home / "runs" / f"watch-{whole.name}-{digest}"
