"""`loupe inspect`: parts in, verdicts out. Knows the command line and no graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.commands.options import (
    Backbone,
    Device,
    Experts,
    Home,
    Json,
    Product,
    Seed,
    Strategy,
    settings_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    seed: Seed = None,
    home: Home = None,
) -> None:
    """Inspect parts: normal, anomalous or review, and where, which rule, why, what to do."""
    from agent.run_folder import RunFolder

    flags: dict[str, Any] = {
        "experts": tuple(expert) if expert else None,
        "backbone": backbone,
        "strategy": strategy,
        "device": device,
        "human_review": human_review,
        "seed": seed,
    }
    settings = settings_of(ctx, home=home, **flags)
    if resume is not None:
        run = RunFolder.existing(settings.home / "runs", resume)
        settings, paths, product = _as_before(run, settings, flags, paths=paths, product=product)
    else:
        run = RunFolder.new(settings.home / "runs") if out is None else RunFolder.given(out)
    if not paths:
        raise typer.BadParameter("name a picture, a folder or a glob.")
    code = _inspect_all(settings, run, paths, product=product, as_json=json, fail_on=fail_on)
    raise typer.Exit(code)


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
    again = load_settings(**{**recorded, **given, "home": settings.home})
    return again, paths or asked["paths"], product or asked["product"]


def _inspect_all(
    settings: Settings,
    run: RunFolder,
    paths: Sequence[str],
    *,
    product: str | None,
    as_json: bool,
    fail_on: str | None,
) -> int:
    import asyncio

    from agent.commands.review import ask_on_terminal
    from agent.console import progress_on_stderr
    from agent.input_files import picture_files
    from agent.inspector import Inspector
    from agent.rows import Rows

    files = picture_files(paths)
    with progress_on_stderr() as progress:
        inspector = Inspector(
            settings,
            run=run,
            reviewer=ask_on_terminal if settings.human_review else None,
            progress=progress,
            asked={"paths": [str(path) for path in files], "product": product},
        )
        rows = Rows(as_json=as_json)

        async def inspect() -> None:
            progress("inspecting", 0, len(files))
            async for inspection in inspector.inspect_many(files, product):
                rows.add(inspection)
                progress("inspecting", rows.count, len(files))

        with inspector:
            asyncio.run(inspect())
    rows.finish(run)
    return rows.exit_code(fail_on)
