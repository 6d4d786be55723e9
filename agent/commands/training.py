"""`loupe train`: experts from labelled pictures. Knows the command line and no loss."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.options import Device, Home, Seed, settings_of

if TYPE_CHECKING:
    from agent.settings import Settings
    from tools.experts.backbones.tower import Tower

app = typer.Typer(no_args_is_help=True, help="Train experts from labelled pictures.")
ABLATIONS = ("", "look_back", "signs", "q_former")


@app.callback()
def _train() -> None:
    """Keep `expert` a command of its own while there is one."""


def _checked_ablation(value: str) -> str:
    if value not in ABLATIONS:
        raise typer.BadParameter(f"must be {', '.join(filter(None, ABLATIONS))}, got {value!r}.")
    return value


@app.command("expert")
def train_expert(
    ctx: typer.Context,
    manifest: Annotated[
        Path, typer.Argument(help="CSV with path, label (normal or anomalous) and dataset.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the training; one that is there goes on.")],
    hold_out: Annotated[
        list[str] | None,
        typer.Option(help="Data set that is only scored, never trained on; may be repeated."),
    ] = None,
    tower: Annotated[
        str,
        typer.Option(help="resnet18, or a tower of `loupe models list`, a folder or a hub name."),
    ] = "resnet18",
    epochs: Annotated[int, typer.Option(min=1)] = 2,
    batch: Annotated[int, typer.Option(min=1, help="Pictures in a batch.")] = 128,
    learning_rate: Annotated[float, typer.Option(min=1e-8)] = 1e-4,
    embedding: Annotated[int, typer.Option(min=1, help="Width of the comparison.")] = 512,
    ablation: Annotated[
        str,
        typer.Option(callback=_checked_ablation, help="Leave out look_back, signs or q_former."),
    ] = "",
    tiles: Annotated[
        bool, typer.Option("--tiles/--no-tiles", help="Tiles at full resolution, or one view.")
    ] = True,
    device: Device = None,
    seed: Seed = None,
    home: Home = None,
) -> None:
    """Train Anomaly-OV's expert behind a frozen tower: the paper's stage 1."""
    from agent.console import progress_on_stderr
    from tools.experts.anomaly_ov.feature_files import FeatureFiles
    from tools.experts.anomaly_ov.samples import part, read_manifest
    from tools.experts.anomaly_ov.stage_one import train_into
    from tools.experts.anomaly_ov.training import TrainingPlan

    settings = settings_of(ctx, home=home, device=device, seed=seed)
    parted = part(read_manifest(manifest), held_out=hold_out or [])
    kept = settings.home / "cache" / "features"
    features = FeatureFiles(_tower(settings, tower), kept, tiles=tiles)
    plan = TrainingPlan(
        epochs=epochs,
        batch_size=batch,
        learning_rate=learning_rate,
        embedding=embedding,
        ablation=ablation,  # type: ignore[arg-type]  # the callback has checked it
        seed=settings.seed,
    )
    with progress_on_stderr() as progress:
        train_into(
            out,
            parted,
            features=features,
            plan=plan,
            report=lambda done, of: progress("training", done, of),
        )
    typer.echo(f"{len(parted.trained)} pictures trained on, {len(parted.held_out)} held out: {out}")


def _tower(settings: Settings, name: str) -> Tower:
    from agent.workshop import device_of

    device = device_of(settings)
    if name == "resnet18":
        from tools.experts.backbones.resnet18_tower import load_resnet18_tower

        return load_resnet18_tower(settings.weights_folder / "resnet18", device=device)
    from agent.checkpoints import tower_source
    from tools.experts.backbones.siglip_tower import load_siglip_tower

    return load_siglip_tower(tower_source(settings.weights_folder, name), device=device)
