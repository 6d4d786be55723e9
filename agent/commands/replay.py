"""`loupe replay`: a run again, with the model's replies from its record. Knows no graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.commands.options import Experts, Home, Json, Strategy, settings_of
from agent.commands.report import Asset, Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.replay.comparison import Difference
    from agent.replay.running import Replayed
    from agent.run_folder import RunFolder
    from agent.settings import Settings

SHOWN = 12
"""Differences of one inspection that are told; --json has all."""
SHOWN_CHARACTERS = 160


def replay(
    ctx: typer.Context,
    run: Run,
    asset: Asset = None,
    max_rounds: Annotated[int | None, typer.Option(help="Turns of the mind.")] = None,
    strategy: Strategy = None,
    expert: Experts = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Any other setting; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Keep this time's records in this folder.")
    ] = None,
    json: Json = False,
    home: Home = None,
) -> None:
    """Inspect again without a model: its replies come from the trace. Exit 1 where it differs."""
    from agent.home import require_home
    from agent.kept_runs import find_run
    from agent.replay.settings import changed_settings, replay_settings, setting_of

    given: dict[str, Any] = dict(setting_of(one) for one in change or [])
    given |= {"max_rounds": max_rounds, "strategy": strategy}
    given |= {"experts": tuple(expert) if expert else None}
    given = {name: value for name, value in given.items() if value is not None}
    now = settings_of(ctx, home=home)
    recorded = find_run(now, run)
    document = recorded.read_run()
    settings = replay_settings(document, _at_home(now, recorded, document), given=given)
    require_home(settings, known=False)
    results = _replayed(recorded, settings, asset=asset, out=out)
    changes = changed_settings(document, settings)
    if json:
        for one in results:
            typer.echo(one.model_dump_json())
    else:
        _tell(results, changes)
    raise typer.Exit(0 if all(one.same for one in results) else 1)


def _at_home(now: Settings, recorded: RunFolder, document: dict[str, Any]) -> Settings:
    """A run that was found by its path is replayed in its own home, unless another is named."""
    if "home" in now.model_fields_set or now.home / "runs" / recorded.root.name == recorded.root:
        return now
    return now.model_copy(update={"home": Path(document["settings"]["home"])})


def _replayed(
    recorded: RunFolder, settings: Settings, *, asset: str | None, out: Path | None
) -> list[Replayed]:
    import asyncio
    from contextlib import nullcontext
    from tempfile import TemporaryDirectory

    from agent.console import progress_on_stderr
    from agent.replay.running import replay_run
    from agent.run_folder import RunFolder

    folder = TemporaryDirectory(prefix="loupe-replay-") if out is None else nullcontext(str(out))
    with folder as root, progress_on_stderr() as progress:
        into = RunFolder.given(Path(root))
        return asyncio.run(
            replay_run(recorded, settings=settings, into=into, asset=asset, progress=progress)
        )


def _tell(results: Sequence[Replayed], changes: Sequence[Difference]) -> None:
    for change in changes:
        typer.echo(f"changed: {_line(change)}")
    for one in results:
        name = Path(one.path).name
        calls = f"{one.calls_answered} calls from the trace, 0 over the network"
        typer.echo(f"{name}: {'same' if one.same else 'differs'} ({one.after}; {calls})")
        for difference in one.differences[:SHOWN]:
            typer.echo(f"  {_line(difference)}")
        if len(one.differences) > SHOWN:
            typer.echo(f"  and {len(one.differences) - SHOWN} more; --json tells all")
        _tell_requests(one)


def _tell_requests(one: Replayed) -> None:
    for request in one.requests[:SHOWN]:
        how = "answered by the call in its place" if request.answered else "nothing was recorded"
        typer.echo(f"  request {request.purpose} {request.number}: not as recorded, {how}")
        for line in [line for line in request.diff if line[0] in "+-"][:SHOWN]:
            typer.echo(f"    {line[:SHOWN_CHARACTERS]}")
    if one.calls_unasked:
        typer.echo(f"  {one.calls_unasked} recorded calls were not asked for")


def _line(difference: Difference) -> str:
    before, after = _short(difference.before), _short(difference.after)
    return f"{difference.what}: {before} -> {after}"


def _short(value: object) -> str:
    from json import dumps

    text = dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."
