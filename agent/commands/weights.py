"""`loupe models`: weights that Loupe can use. Fetches nothing that was not asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.commands.options import Home, Json, settings_of

if TYPE_CHECKING:
    from agent.checkpoints import Checkpoint

app = typer.Typer(
    help="List, pull, verify and convert the weights of models.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(help="A name of `loupe models list`.")]


@app.command("list")
def list_models(ctx: typer.Context, json: Json = False, home: Home = None) -> None:
    """List the models that Loupe knows: where from, sha256, licence, size, and whether here."""
    from json import dumps

    from agent.checkpoints import CHECKPOINTS
    from agent.weights import state_of

    folder = settings_of(ctx, home=home).weights_folder
    states = {name: state_of(folder, name) for name in CHECKPOINTS}
    if json:
        table = [_row(name, entry, states[name]) for name, entry in CHECKPOINTS.items()]
        typer.echo(dumps({"folder": str(folder), "models": states, "table": table}))
        return
    for name, entry in CHECKPOINTS.items():
        typer.echo(f"{name:14} {states[name]:10} {entry.about}")
        size = f"{entry.size_bytes / 1e6:,.0f} MB" if entry.size_bytes else "size not known"
        typer.echo(f"{'':25} {entry.licence}, {size}, from {entry.where or 'a folder only'}")
        for file in entry.files:
            typer.echo(f"{'':25} {file.name} sha256 {file.sha256 or 'not known'}")
    typer.echo(f"in {folder}; without any of them the embedded descriptor serves")


def _row(name: str, entry: Checkpoint, state: str) -> dict[str, Any]:
    return {
        "name": name,
        "state": state,
        "where": entry.where,
        "licence": entry.licence,
        "files": [file._asdict() for file in entry.files],
        "about": entry.about,
    }


@app.command("pull")
def pull_model(
    ctx: typer.Context,
    name: Name,
    source: Annotated[
        Path | None, typer.Option("--from", help="A folder to copy from, without a network.")
    ] = None,
    mirror: Annotated[
        str, typer.Option(help="Address under which the model's files lie; else the table's.")
    ] = "",
    trust: Annotated[
        bool, typer.Option("--trust", help="Fetch files though no sha256 of them is known.")
    ] = False,
    json: Json = False,
    home: Home = None,
) -> None:
    """Bring a model's weights into the home."""
    from json import dumps

    from agent.checkpoints import checkpoint
    from agent.console import progress_on_stderr
    from agent.weight_files import digests
    from agent.weights import pull

    if source is not None and mirror:
        raise typer.BadParameter("--from and --mirror were both given; give one of them.")
    folder = settings_of(ctx, home=home).weights_folder
    with progress_on_stderr() as progress:
        place = pull(folder, name, source=source, mirror=mirror, trust=trust, progress=progress)
    if json:
        typer.echo(dumps({"model": name, "folder": str(place), "sha256": digests(place)}))
        return
    uses = {
        "backbone": f"`loupe inspect --backbone {name}` uses it",
        "sam": f"LOUPE_SAM={name} uses it",
        "expert": "`loupe inspect --expert anomaly_ov` uses it",
        "tower": f"LOUPE_TOWER={name} uses it for anomaly_ov",
    }
    typer.echo(f"{name}: in {place}; {uses[checkpoint(name).loads]}")


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


@app.command("convert")
def convert_weights(
    ctx: typer.Context,
    source: Annotated[
        str, typer.Argument(help="A model that was pulled, or a released .pth file.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="New file, where a .pth is converted; beside it if unset.")
    ] = None,
    json: Json = False,
    home: Home = None,
) -> None:
    """Convert a released .pth to safetensors; a pulled model's .pth is replaced by it."""
    from json import dumps

    from agent.checkpoints import CHECKPOINTS
    from agent.conversion import convert_file, convert_model

    if source in CHECKPOINTS:
        if out is not None:
            raise typer.BadParameter(f"--out is for files; {source} is converted in its folder.")
        made = convert_model(settings_of(ctx, home=home).weights_folder, source)
    else:
        made = out or Path(source).with_suffix(".safetensors")
        convert_file(Path(source), made)
    typer.echo(dumps({"file": str(made)}) if json else f"{source}: converted to {made}")
