"""What the views of a cloud cost and how exactly they lead back: ``evals.benchmarks.clouds``.

``python -m evals.benchmarks.clouds`` times the nine views of a real scan, beside a bare projection
of its points into pixels, and walks pixel -> point -> pixel over real scans and meshes. Seconds of
the clock for an idle machine, or of the processor where other work runs beside. Figures of one
machine at one moment; tests assert none of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
import typer

from evals.benchmarks.clocks import CLOCKS, ClockName
from evals.benchmarks.records import Timing, as_lines
from evals.tables.provenance import commit_name, machine_name, utc_now

if TYPE_CHECKING:
    from tools.assets.clouds.cloud import Cloud
    from tools.assets.clouds.geometry import Float64Array

LARGEST = "room"
"""Of `SCANS`: the one that is timed."""
BUDGET_S = 2.0
"""For nine views of 200,000 points on two cores."""


class Steps(NamedTuple):
    """Seconds of each run."""

    opened: tuple[float, ...]
    views: tuple[float, ...]
    bare: tuple[float, ...]


def main(
    data: Annotated[
        Path, typer.Option("--data", envvar="LOUPE_SHARED_DATA", help="Folder of the data sets.")
    ],
    points: Annotated[int, typer.Option(min=1000, help="Of the cloud that is timed.")] = 200_000,
    n: Annotated[int, typer.Option(min=1, help="Times that it is drawn.")] = 5,
    pixels: Annotated[int, typer.Option(min=1, help="Of each view, that lead back.")] = 50,
    clock: ClockName = "wall",
    seed: Annotated[int, typer.Option(help="Of the draws.")] = 0,
) -> None:
    """Measure opening, nine views and the round trip."""
    from evals.clouds.round_trip import Trips, round_trips
    from evals.clouds.stock import FOLDER, SCANS

    steps = timed_steps(data / FOLDER / SCANS[LARGEST], points=points, n=n, clock=clock, seed=seed)
    trips = [
        round_trips(name, data / FOLDER / file, n=pixels, seed=seed) for name, file in SCANS.items()
    ]
    command = (
        f"python -m evals.benchmarks.clouds --points {points} --n {n} --pixels {pixels} "
        f"--clock {clock} --seed {seed}"
    )
    lines = [
        *as_lines(_timings(steps, points)),
        "",
        *Trips.table(trips),
        "",
        f"`{command}`, {clock} seconds, commit {commit_name()}, {machine_name()}, {utc_now()}.",
    ]
    typer.echo("\n".join(lines))


def timed_steps(path: Path, *, points: int, n: int, clock: str, seed: int) -> Steps:
    """Open and draw so many points of a scan; of a smaller one, all are repeated with noise.

    Args:
        path: of a scan without faces.
        points: wanted.
        n: times.
        clock: a key of `CLOCKS`.
        seed: of the draw.
    """
    import tempfile

    from evals.clouds.planted import write_ply
    from tools.assets.clouds import open_cloud

    told = CLOCKS[clock]
    with tempfile.TemporaryDirectory() as folder:
        drawn = _points_of(open_cloud(path), points, seed=seed)
        written = write_ply(Path(folder) / "cloud.ply", drawn)
        opened, views, bare = list[float](), list[float](), list[float]()
        for _ in range(n):
            begun = told()
            cloud = open_cloud(written)
            opened.append(told() - begun)
            begun = told()
            draw_views(cloud)
            views.append(told() - begun)
            begun = told()
            bare_views(cloud)
            bare.append(told() - begun)
    return Steps(tuple(opened), tuple(views), tuple(bare))


def _points_of(cloud: Cloud, points: int, *, seed: int) -> Float64Array:
    rng = np.random.default_rng(seed)
    known = cloud.shape.points_n3
    if points <= len(known):
        return np.asarray(known[rng.choice(len(known), points, replace=False)])
    repeated = known[rng.integers(len(known), size=points)]
    return np.asarray(repeated + rng.normal(0, cloud.shape.spacing / 2, repeated.shape))


def draw_views(cloud: Cloud) -> None:
    """All views that show the whole of a cloud, as pictures."""
    for name in cloud.names:
        picture = cloud.picture(name)
        picture.read(picture.window_xyxy)


def bare_views(cloud: Cloud) -> None:
    """The same cameras: the nearest point of each pixel, and nothing else."""
    from tools.assets.clouds.cameras import parse_name

    for name in cloud.names:
        lens = cloud.frame.lens(parse_name(name))
        projected = lens.project(cloud.posed.points_n3)
        column, row = np.floor(projected.xy_n2).astype(np.int64).T
        depth = np.full(lens.height_px * lens.width_px, np.inf, dtype=np.float32)
        np.minimum.at(depth, row * lens.width_px + column, projected.depth_n)


def _timings(steps: Steps, points: int) -> list[Timing]:
    bare = "the nearest point of each pixel only"
    return [
        Timing(
            what=f"nine views of {points} points",
            unit="s",
            values=steps.views,
            baseline=bare,
            baseline_values=steps.bare,
            budget=BUDGET_S,
        ),
        Timing(
            what="opening it",
            unit="s",
            values=steps.opened,
            baseline=bare,
            baseline_values=steps.bare,
        ),
    ]


if __name__ == "__main__":
    typer.run(main)
