"""What micro-batching gains inspections that run at once: ``python -m evals.benchmarks.batched``.

Parts of a tiny product are inspected by Anomaly-OV's expert behind a tower of random weights, eight
at once, with batches of up to eight pictures and with batches of one, in turn. A device that is
absent leaves its row empty. Figures of one machine at one moment; tests assert none of them.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
import typer

from evals.benchmarks.clocks import DEVICES, conditions, is_present, label_of
from evals.benchmarks.random_expert import TimedTower, random_expert
from evals.benchmarks.superpixels import versions_line
from evals.benchmarks.tiny_product import PRODUCT, tiny_plate, write_tiny_product
from evals.tables.provenance import commit_name, machine_name, utc_now
from tools.experts.backbones.siglip_weights import SO400M

if TYPE_CHECKING:
    from agent.inspector import Inspector
    from tools.experts.anomaly_ov.scorer import AnomalyOV

AT_ONCE = 8
LAYERS, SIDE_PX = {"cpu": 6, "cuda": 26}, {"cpu": 196, "cuda": 384}
"""Of the tower and its crops; the released ones take a CPU ten seconds a picture."""


class Pass(NamedTuple):
    """One run over the parts."""

    wall_s: float
    cpu_s: float
    crops: tuple[int, ...]
    """Of each pass of the tower."""


class Gain(NamedTuple):
    """One row; empty where the device is absent."""

    what: str
    n_inspections: int
    alone: tuple[Pass, ...] = ()
    batched: tuple[Pass, ...] = ()

    def line(self) -> str:
        """The row as Markdown."""
        if not self.batched:
            return f"| {self.what} | {self.n_inspections} | | | | | | |"
        cells = [
            f"{self.n_inspections / _median(self.alone, 'wall_s'):.3g}",
            f"{self.n_inspections / _median(self.batched, 'wall_s'):.3g}",
            f"{_median(self.alone, 'wall_s') / _median(self.batched, 'wall_s'):.2f}",
            f"{_median(self.alone, 'cpu_s') / _median(self.batched, 'cpu_s'):.2f}",
            f"{np.mean([n for one in self.batched for n in one.crops]):.1f}",
            str(len(self.batched)),
        ]
        return f"| {self.what} | {self.n_inspections} | {' | '.join(cells)} |"


def main(
    n: Annotated[int, typer.Option(min=1, help="Runs of each kind.")] = 2,
    layers: Annotated[
        int | None, typer.Option(min=5, help="Of the tower; 6 on a CPU, 26 on a GPU.")
    ] = None,
    side: Annotated[
        int | None, typer.Option(min=28, help="Pixels of a crop; 196 on a CPU, 384 on a GPU.")
    ] = None,
) -> None:
    """Measure inspections a second with and without micro-batching."""
    gains = [
        gain_of(device, n=n, layers=layers or LAYERS[device], side_px=side or SIDE_PX[device])
        for device in DEVICES
    ]
    lines = [
        f"| {AT_ONCE} inspections at once | inspections | one by one, a second "
        "| batched, a second | times, wall | times, processor | crops a pass | n |",
        "| --- | --: | --: | --: | --: | --: | --: | --: |",
        *(gain.line() for gain in gains),
        "",
        f"One by one: batches of one picture. {conditions('wall')}. {commit_name()}, "
        f"{machine_name()}, {utc_now()}. {versions_line()}.",
    ]
    typer.echo("\n".join(lines))


def gain_of(
    device: str,
    *,
    n: int,
    layers: int,
    side_px: int,
    n_parts: int = AT_ONCE,
    sizes: Mapping[str, Any] = SO400M,
) -> Gain:
    """The row of a device.

    Args:
        device: torch's name.
        n: runs of each kind, in turn; each is warmed up by an inspection.
        layers: of the tower.
        side_px: of its crops.
        n_parts: that are inspected at once.
        sizes: of the tower; see `random_expert`.
    """
    what = f"{label_of(device)}, {layers} layers, crops of {side_px} px"
    if not is_present(device):
        return Gain(what, n_parts)
    experts = {
        size: random_expert(device, layers=layers, side_px=side_px, sizes=sizes, max_pictures=size)
        for size in (1, AT_ONCE)
    }
    found: dict[int, list[Pass]] = {size: [] for size in experts}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_tiny_product(folder)
        parts = [_part(folder / f"part_{number}.png", number) for number in range(n_parts)]
        for _ in range(n):
            for size, expert in experts.items():
                found[size].append(_pass(folder, expert, parts, device))
    return Gain(what, n_parts, tuple(found[1]), tuple(found[AT_ONCE]))


def _part(file: Path, number: int) -> Path:
    from PIL import Image

    Image.fromarray(tiny_plate(20 + number)).save(file)
    return file


def _pass(folder: Path, expert: AnomalyOV, parts: Sequence[Path], device: str) -> Pass:
    """Inspect all parts at once in a home that knows the product; its eyes keep nothing."""
    from agent.inspector import Inspector
    from agent.run_folder import RunFolder
    from agent.settings import load_settings

    home, tower = folder / "home", expert.tower
    if not isinstance(tower, TimedTower):
        raise TypeError(f"the tower must be a TimedTower, got {type(tower).__name__}")
    settings = load_settings(
        home=home, experts=("anomaly_ov",), device=device, concurrency=len(parts)
    )
    run = RunFolder.new(home / "runs")
    with Inspector(settings, run=run, experts={"anomaly_ov": expert}) as inspector:
        inspector.add_product(folder / PRODUCT)
        # The first one calibrates; later ones find what it kept.
        inspector.inspect(parts[0], PRODUCT)
        inspector.run = RunFolder.new(home / "runs")
        tower.n_crops.clear()
        started, cpu = perf_counter(), process_time()
        asyncio.run(_all(inspector, parts))
        return Pass(perf_counter() - started, process_time() - cpu, tuple(tower.n_crops))


async def _all(inspector: Inspector, parts: Sequence[Path]) -> None:
    async for inspection in inspector.inspect_many(parts, PRODUCT):
        if inspection.verdict.status != "decided":
            raise RuntimeError(f"{inspection.asset.path}: {inspection.verdict.reason}")


def _median(passes: Sequence[Pass], of: str) -> float:
    return float(np.median([getattr(one, of) for one in passes]))


if __name__ == "__main__":
    typer.run(main)
