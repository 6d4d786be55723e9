"""Anomaly-OV's expert and its tower, images per second: ``python -m evals.benchmarks.expert``.

Weights are random at the released sizes, which costs the same time; a picture is one crop. float32
on a CPU, bfloat16 on a GPU; a device that is absent leaves its rows empty. The bare tower is timed
inside the same passes, so that what disturbs one disturbs both. Figures of one machine at one
moment; tests assert none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
import typer

from evals.benchmarks.clocks import (
    DEVICES,
    ClockName,
    clock_of,
    conditions,
    is_present,
    label_of,
    timed,
)
from evals.benchmarks.random_expert import TimedTower, random_expert
from evals.benchmarks.superpixels import versions_line
from evals.tables.provenance import commit_name, machine_name, utc_now
from tools.arrays import UInt8Image

if TYPE_CHECKING:
    from tools.experts.anomaly_ov.scorer import AnomalyOV

BATCHES = {"cpu": (1, 4), "cuda": (1, 32)}
REPETITIONS = {"cpu": 2, "cuda": 10}
BUDGET = 5.0
"""Per cent of the bare tower's time that the expert may cost."""
HEADER = (
    "| what | pictures | n | pictures a second | bare tower | the expert adds | budget |",
    "| --- | --: | --: | --: | --: | --: | --: |",
)


class Rate(NamedTuple):
    """One row: what looked at how many pictures, and how long it took."""

    what: str
    n_pictures: int
    seconds: tuple[float, ...]  # of each repetition; empty where the device is absent
    bare_seconds: tuple[float, ...]  # of the tower alone, in the same repetitions

    @property
    def added(self) -> float:
        """Per cent of the tower's time that everything else took, median of the repetitions."""
        return 100 * (float(np.median(np.divide(self.seconds, self.bare_seconds))) - 1)

    def line(self) -> str:
        """The row as Markdown."""
        if not self.seconds:
            return f"| {self.what} | {self.n_pictures} | | | | | {BUDGET:g} % |"
        ours, bare = float(np.median(self.seconds)), float(np.median(self.bare_seconds))
        return (
            f"| {self.what} | {self.n_pictures} | {len(self.seconds)} "
            f"| {self.n_pictures / ours:.3g} | {self.n_pictures / bare:.3g} "
            f"| {self.added:+.1f} % | {BUDGET:g} % |"
        )


def main(
    n: Annotated[
        int | None, typer.Option(min=1, help="Repetitions; 2 on a CPU, 10 on a GPU.")
    ] = None,
    batch: Annotated[
        list[int] | None, typer.Option(help="Pictures; 1 and 4 on a CPU, 1 and 32 on a GPU.")
    ] = None,
    layers: Annotated[int, typer.Option(min=5, help="Layers of the tower.")] = 26,
    side: Annotated[int, typer.Option(min=28, help="Pixels of a crop's side.")] = 384,
    clock: ClockName = "wall",
) -> None:
    """Measure expert and tower against the bare tower."""
    rates = []
    for device in DEVICES:
        expert = None
        if is_present(device):
            expert = random_expert(device, layers=layers, side_px=side)
        for n_pictures in batch or BATCHES[device]:
            rates.append(
                against_tower(
                    expert,
                    device,
                    n_pictures=n_pictures,
                    n=n or REPETITIONS[device],
                    clock=clock,
                )
            )
    lines = [
        *HEADER,
        *(rate.line() for rate in rates),
        "",
        f"{layers} layers, crops of {side} px. {conditions(clock)}. {commit_name()}, "
        f"{machine_name()}, {utc_now()}. {versions_line()}.",
    ]
    typer.echo("\n".join(lines))


def pictures(n: int, side_px: int) -> list[UInt8Image]:
    """Noise, each (side, side, 3)."""
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (side_px, side_px, 3), dtype=np.uint8) for _ in range(n)]


def against_tower(
    expert: AnomalyOV | None, device: str, *, n_pictures: int, n: int, clock: str = "wall"
) -> Rate:
    """Cutting, expert and laying of maps on top of the tower; empty where there is no device.

    Args:
        expert: behind a `TimedTower`.
        device: torch's name.
        n_pictures: that are judged together.
        n: repetitions.
        clock: see `clocks`.
    """
    what = f"expert and tower, {label_of(device)}"
    if expert is None:
        return Rate(what, n_pictures, (), ())
    tower, now = expert.tower, clock_of(clock, device)
    if not isinstance(tower, TimedTower):
        raise TypeError(f"the expert must look through a TimedTower, got {type(tower).__name__}")
    shown = pictures(n_pictures, tower.side_px)
    tower.clock = now
    tower.seconds.clear()
    seconds = timed(lambda: expert.judge_together(shown), n=n, device=device, clock=now)
    return Rate(what, n_pictures, seconds, tuple(without_first(tower.seconds)))


def without_first(seconds: Sequence[float]) -> Sequence[float]:
    """Without the pass that warmed up."""
    return seconds[1:]


if __name__ == "__main__":
    typer.run(main)
