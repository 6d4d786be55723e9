"""`loupe demo`: the sample product, inspected from nothing. Knows no generator of samples.

With `--vlm` a product whose defect shows only in a closer look, and a model on this machine that
reads pixels, behind the same wire as any other VLM.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from agent.commands.options import Home, Json, settings_of

if TYPE_CHECKING:
    from agent.run_folder import RunFolder
    from agent.settings import Settings
    from graphs.records import Inspection

GROUP = "loupe.samples"
CLOSER_LOOK = "closer-look"
"""Folder of the samples with the product of `--vlm`."""
PIXEL_READER = "pixel-reader"


class Samples(NamedTuple):
    """A product folder and parts to inspect."""

    product: Path
    parts: list[Path]
    truths: dict[str, str]
    """By file name: normal, or which defect."""


def run_demo(
    ctx: typer.Context,
    vlm: Annotated[
        bool, typer.Option("--vlm", help="Several rounds with a model that reads pixels.")
    ] = False,
    json: Json = False,
    home: Home = None,
) -> None:
    """Inspect the parts of a sample product; needs no key, no network and no download."""
    from time import perf_counter

    from agent.report.files import write_index
    from agent.run_folder import RunFolder

    settings = settings_of(ctx, home=home)
    samples = find_samples(CLOSER_LOOK if vlm else "")
    run = RunFolder.new(settings.home / "runs")
    started = perf_counter()
    inspections = (_inspect_with_vlm if vlm else _inspect)(settings, run, samples)
    seconds = perf_counter() - started
    write_index(run)
    if json:
        for one in inspections:
            typer.echo(one.model_dump_json())
    else:
        _show(inspections, run, samples, seconds=seconds)
    if any(one.verdict.status == "failed" for one in inspections):
        raise typer.Exit(1)


def find_samples(folder: str = "") -> Samples:
    """The samples that an installed package offers through the entry-point group.

    Args:
        folder: of the samples; empty for the one that holds all.

    Raises:
        SettingsError: where none does.
    """
    import csv
    from importlib.metadata import entry_points

    from tools.errors import SettingsError

    for entry in entry_points(group=GROUP):
        root: Path = entry.load()() / folder
        product = next(root.glob("*/product.yaml"), None)
        labels = next(root.glob("*/labels.csv"), None)
        if product is None or labels is None:
            continue
        with labels.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        return Samples(
            product.parent,
            [labels.parent / row["file"] for row in rows],
            {row["file"]: row.get("defect") or row["label"] for row in rows},
        )
    raise SettingsError(f"no package offers samples in the group {GROUP}; reinstall Loupe whole")


def _inspect_with_vlm(settings: Settings, run: RunFolder, samples: Samples) -> list[Inspection]:
    """Serve the model, hear what it says of the references, inspect."""
    from agent.console import progress_on_stderr
    from agent.loopback import loopback_endpoint
    from agent.mind_calibration import calibrate_mind
    from agent.workshop import Workshop

    with loopback_endpoint(PIXEL_READER) as endpoint:
        told = {"model": endpoint.model, "base_url": endpoint.base_url}
        settings = settings.model_copy(update=told)
        with progress_on_stderr() as progress, Workshop(settings, progress=progress) as workshop:
            workshop.store.add(samples.product)
            calibrate_mind(workshop, samples.product.name, progress=progress)
        return _inspect(settings, run, samples)


def _inspect(settings: Settings, run: RunFolder, samples: Samples) -> list[Inspection]:
    import asyncio

    from agent.console import print_error, progress_on_stderr
    from agent.inspector import Inspector
    from agent.rows import failure_line

    done: list[Inspection] = []
    with progress_on_stderr() as progress:
        paths = [str(path.resolve()) for path in samples.parts]
        asked = {"paths": paths, "product": None, "flags": []}
        inspector = Inspector(settings, run=run, progress=progress, asked=asked)

        async def inspect() -> None:
            progress("inspecting", 0, len(samples.parts))
            async for one in inspector.inspect_many(samples.parts):
                done.append(one)
                progress("inspecting", len(done), len(samples.parts))

        with inspector:
            progress("adding the sample product", 0, 1)
            inspector.add_product(samples.product)
            progress("adding the sample product", 1, 1)
            asyncio.run(inspect())
    for one in done:
        if one.verdict.status == "failed":
            print_error(failure_line(one))
    return sorted(done, key=lambda one: one.asset.path)


def _show(
    inspections: list[Inspection], run: RunFolder, samples: Samples, *, seconds: float
) -> None:
    from agent.console import terminal
    from agent.rows import table_of, usage_line

    console = terminal()
    console.print(table_of(inspections, truths=samples.truths))
    console.print(
        f"{len(inspections)} parts in {seconds:.0f} s, the learning of the product included"
    )
    if any(one.usage.vlm_calls for one in inspections):
        console.print(usage_line(inspections), soft_wrap=True)
        console.print("what was seen, round by round, with its evidence:")
        paths = [run.report_path(one.id) for one in inspections]
    else:
        console.print("pictures with the regions drawn:")
        paths = [run.overlay_path(one.id) for one in inspections]
    for path in paths:
        if path.is_file():
            console.print(f"  {path}", soft_wrap=True)
    console.print(f"run folder: {run.root}", soft_wrap=True)
