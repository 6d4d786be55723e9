"""`loupe models`: weights that Loupe can use. Knows no network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.commands.options import Home, Json, settings_of

app = typer.Typer(help="List, pull and verify the weights of models.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="resnet18, dinov2-small or siglip.")]


@app.command("list")
def list_models(ctx: typer.Context, json: Json = False, home: Home = None) -> None:
    """List the models that Loupe knows and whether their weights are here."""
    from json import dumps

    from agent.weights import KNOWN, state_of

    folder = settings_of(ctx, home=home).weights_folder
    states = {name: state_of(folder, name) for name in KNOWN}
    if json:
        typer.echo(dumps({"folder": str(folder), "models": states}))
        return
    for name, entry in KNOWN.items():
        typer.echo(f"{name:14} {states[name]:10} {entry.about}")
    typer.echo(f"in {folder}; without any of them the embedded descriptor serves")


@app.command("pull")
def pull_model(
    ctx: typer.Context,
    name: Name,
    source: Annotated[
        Path | None, typer.Option("--from", help="A folder to copy from, without a network.")
    ] = None,
    json: Json = False,
    home: Home = None,
) -> None:
    """Bring a model's weights into the home."""
    from json import dumps

    from agent.weights import pull

    place = pull(settings_of(ctx, home=home).weights_folder, name, source=source)
    if json:
        typer.echo(dumps({"model": name, "folder": str(place)}))
        return
    typer.echo(f"{name}: in {place}; `loupe inspect --backbone {name}` uses it")


@app.command("verify")
def verify_model(ctx: typer.Context, name: Name, json: Json = False, home: Home = None) -> None:
    """Check that a model's weights are whole and can be loaded."""
    from json import dumps

    from agent.weights import verify

    n_files = verify(settings_of(ctx, home=home).weights_folder, name)
    if json:
        typer.echo(dumps({"model": name, "verified_files": n_files}))
        return
    typer.echo(f"{name}: {n_files} files as they were pulled, and they load")
