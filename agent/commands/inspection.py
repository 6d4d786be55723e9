"""`loupe inspect`: parts in, verdicts out. Knows the command line and no graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.commands.options import (
    Backbone,
    BaseUrl,
    Device,
    Endpoint,
    Experts,
    Home,
    Json,
    MaxRounds,
    MaxUsd,
    Model,
    Product,
    Protocol,
    Question,
    Seed,
    Stability,
    Strategy,
    settings_of,
)
from agent.orders import read_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.console import Progress
    from agent.inspector import Inspector
    from agent.rows import Rows
    from agent.run_folder import RunFolder
    from agent.settings import Settings

FAIL_ON = ("anomalous", "review")


def _checked_fail_on(value: str | None) -> str | None:
    if value is not None and value not in FAIL_ON:
        raise typer.BadParameter(f"must be {' or '.join(FAIL_ON)}, got {value!r}.")
    return value


def inspect_parts(
    ctx: typer.Context,
    paths: Annotated[
        list[str] | None, typer.Argument(help="Pictures, folders of pictures, or globs.")
    ] = None,
    product: Product = None,
    json: Json = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder of this run. [default: HOME/runs/<time>]")
    ] = None,
    expert: Experts = None,
    backbone: Backbone = None,
    strategy: Strategy = None,
    model: Model = None,
    base_url: BaseUrl = None,
    endpoint: Endpoint = None,
    protocol: Protocol = None,
    question: Question = None,
    stability: Stability = None,
    max_rounds: MaxRounds = None,
    max_usd: MaxUsd = None,
    device: Device = None,
    fail_on: Annotated[
        str | None,
        typer.Option(
            callback=_checked_fail_on,
            help="Exit with 3 where a part is anomalous; with `review`, also where one is unclear.",
        ),
    ] = None,
    resume: Annotated[
        str | None, typer.Option(metavar="RUN", help="Go on with an unfinished run.")
    ] = None,
    human_review: Annotated[
        bool | None,
        typer.Option("--human-review/--no-human-review", help="Ask here where it is unclear."),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="What is known of the parts, as station=S3 or time=2026-11-24; may be repeated.",
        ),
    ] = None,
    seed: Seed = None,
    home: Home = None,
) -> None:
    """Inspect parts: normal, anomalous or review, and where, which rule, why, what to do."""
    flags: dict[str, Any] = {
        "experts": tuple(expert) if expert else None,
        "backbone": backbone,
        "strategy": strategy,
        "model": model,
        "base_url": base_url,
        "endpoints": tuple(endpoint) if endpoint else None,
        "protocol": protocol,
        "question": question,
        "stability": stability,
        "max_rounds": max_rounds,
        "max_usd": max_usd,
        "device": device,
        "human_review": human_review,
        "seed": seed,
    }
    settings = settings_of(ctx, home=home, **flags)
    run = _run_folder(settings, out=out, resume=resume)
    if run.resumed:
        settings, paths, product = _as_before(run, settings, flags, paths=paths, product=product)
    if not paths:
        raise typer.BadParameter("name a picture, a folder or a glob.")
    asked: dict[str, Any] = {
        "product": product,
        "flags": [n for n, value in flags.items() if value is not None],
    }
    before = run.read_run().get("labels", {}) if run.resumed else {}
    asked["labels"] = {**before, **read_labels(label)}
    code = _inspect_all(settings, run, paths, asked=asked, as_json=json, fail_on=fail_on)
    raise typer.Exit(code)


def _run_folder(settings: Settings, *, out: Path | None, resume: str | None) -> RunFolder:
    from agent.run_folder import RunFolder

    runs = settings.home / "runs"
    if resume is None:
        return RunFolder.new(runs) if out is None else RunFolder.given(out)
    if out is not None:
        raise typer.BadParameter("--out names a new run and --resume an old one; give one of them.")
    return RunFolder.existing(runs, resume)


def _as_before(
    run: RunFolder,
    settings: Settings,
    flags: dict[str, Any],
    *,
    paths: list[str] | None,
    product: str | None,
) -> tuple[Settings, list[str], str | None]:
    """What a run was asked before; what is given now counts more."""
    from agent.settings import load_settings

    asked = run.read_run()
    given = {name: value for name, value in flags.items() if value is not None}
    recorded = {name: value for name, value in asked["settings"].items() if value is not None}
    # A run that was found by its path goes on in its own home, unless another one is named.
    if "home" in settings.model_fields_set or settings.home in run.root.parents:
        given["home"] = settings.home
    again = load_settings(**{**recorded, **given})
    return again, paths or asked["paths"], product or asked["product"]


def _inspect_all(
    settings: Settings,
    run: RunFolder,
    paths: Sequence[str],
    *,
    asked: dict[str, Any],
    as_json: bool,
    fail_on: str | None,
) -> int:
    import asyncio

    from agent.commands.review import ask_on_terminal
    from agent.console import print_note, progress_on_stderr
    from agent.home import require_home
    from agent.input_files import picture_files
    from agent.inspector import Inspector
    from agent.rows import Rows

    require_home(settings, known=False)
    files = picture_files(paths)
    with progress_on_stderr() as progress:
        inspector = Inspector(
            settings,
            run=run,
            reviewer=ask_on_terminal if settings.human_review else None,
            progress=progress,
            tell=print_note,
            asked={**asked, "paths": [str(path.resolve()) for path in files]},
            labels=asked["labels"],
        )
        rows = Rows(as_json=as_json)
        try:
            with inspector:
                asyncio.run(_each(inspector, files, asked["product"], rows=rows, progress=progress))
        except KeyboardInterrupt:
            return tell_interrupted(run)
    rows.finish(run)
    return rows.exit_code(fail_on)


async def _each(
    inspector: Inspector,
    files: Sequence[Path],
    product: str | None,
    *,
    rows: Rows,
    progress: Progress,
) -> None:
    progress("inspecting", 0, len(files))
    async for inspection in inspector.inspect_many(files, product):
        rows.add(inspection)
        progress("inspecting", rows.count, len(files))


def tell_interrupted(run: RunFolder) -> int:
    """Tell on stderr how an interrupted run goes on; gives the exit code."""
    from agent.console import print_error

    can_go_on = (run.root / "run.json").is_file()
    print_error(
        f"interrupted; `loupe inspect --resume {run.root}` goes on with this run"
        if can_go_on
        else "interrupted before the first part"
    )
    return 130
