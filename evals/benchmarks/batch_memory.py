"""Memory and open files of a long batch: ``python -m evals.benchmarks.batch_memory``.

A `loupe batch` over tiny plates runs as a process of its own, and is looked at from outside: its
resident memory, its open file descriptors, its processor time, and what it leaves on the disc.
Figures of one machine at one moment; tests assert none of them. Linux only.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer

from evals.benchmarks.killing import count_rows
from evals.benchmarks.tiny_product import PRODUCT, tiny_plate, write_tiny_product
from evals.tables.provenance import commit_name, machine_name, utc_now
from tools.errors import LoupeError

WARM_UP = 1000
"""Parts before memory is expected to stand."""
N_BLOCKS = 18
EVERY_S = 1.0
COMMAND = "import agent.cli; agent.cli.main()"
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Look(NamedTuple):
    """A process at one moment."""

    n_rows: int
    resident_kb: int
    n_files: int
    """Open file descriptors."""
    cpu_s: float
    wall_s: float


class Slope(NamedTuple):
    """What grows with each part, after the warm-up."""

    mean: float
    half_width: float
    """Of the 95 % interval."""


class Stored(NamedTuple):
    """What a run leaves on the disc for each part."""

    name: str
    bytes_each: float


def looks(command: Sequence[str], run: Path, *, every_s: float = EVERY_S) -> Iterator[Look]:
    """Run a command and look at it until it ends, or until this process is interrupted.

    Args:
        command: a batch.
        run: the folder that it fills.
        every_s: between two looks.

    Raises:
        LoupeError: it fails.
    """
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(command, stdout=told, stderr=told)
        started, n_rows = time.monotonic(), count_rows(run)
        try:
            while process.poll() is None:
                found = _look(process.pid, n_rows(), time.monotonic() - started)
                if found is not None:
                    yield found
                time.sleep(every_s)
        except KeyboardInterrupt:
            process.kill()
            process.wait()
            return
        if process.returncode != 0:
            told.seek(0)
            said = told.read().decode(errors="replace")[-500:]
            raise LoupeError(f"the batch ended with {process.returncode}: {said}")


def _look(pid: int, n_rows: int, wall_s: float) -> Look | None:
    """None where the process has ended meanwhile."""
    of = Path("/proc") / str(pid)
    try:
        status = (of / "status").read_text()
        fields = (of / "stat").read_text().rpartition(")")[2].split()
        n_files = len(list((of / "fd").iterdir()))
    except OSError:
        return None
    resident = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    cpu_s = (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND
    return Look(n_rows, int(resident[0]), n_files, cpu_s, wall_s) if resident else None


def while_inspecting(found: Sequence[Look]) -> list[Look]:
    """Looks before the last part was done: files and tables of the end are no growth of a part."""
    return [one for one in found if one.n_rows < found[-1].n_rows]


def slope(n_rows: Sequence[float], values: Sequence[float], *, warm_up: int) -> Slope:
    """The slope of values over parts, of means of blocks, since looks in a row are alike.

    Args:
        n_rows: parts that were done.
        values: at those times.
        warm_up: parts that are left out at the beginning.
    """
    from scipy.stats import linregress, t

    x, y = np.asarray(n_rows, dtype=np.float64), np.asarray(values, dtype=np.float64)
    kept = x >= warm_up
    edges = np.linspace(warm_up, x.max() + 1, N_BLOCKS + 1)
    block = np.digitize(x[kept], edges)
    means = [(x[kept][block == b].mean(), y[kept][block == b].mean()) for b in np.unique(block)]
    if len(means) < 3:
        return Slope(float("nan"), float("inf"))
    fit = linregress(*zip(*means, strict=True))
    wide = float(t.ppf(0.975, len(means) - 2)) * float(fit.stderr)
    return Slope(float(fit.slope), wide)


def stored(run: Path, *, n: int) -> list[Stored]:
    """Bytes of each part, by file of its record and by part of the run's folder."""
    sums: dict[str, int] = {}
    for path in run.rglob("*"):
        if path.is_file():
            inside = path.relative_to(run).parts
            name = f"inspections/*/{inside[-1]}" if inside[0] == "inspections" else inside[0]
            sums[name] = sums.get(name, 0) + path.stat().st_size
    return [Stored(name, size / n) for name, size in sorted(sums.items(), key=lambda one: -one[1])]


def draw(found: Sequence[Look], grown: Slope, path: Path) -> None:
    """Memory and open files over parts, as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    n_rows = [one.n_rows for one in found]
    above.plot(n_rows, [one.resident_kb / 1024 for one in found], lw=1)
    above.axvline(WARM_UP, color="0.6", lw=1, ls="--")
    above.set_ylabel("resident memory, MiB")
    above.set_ylim(bottom=0)
    above.set_title(
        f"after the first {WARM_UP:,}: {grown.mean:+.2f} ± {grown.half_width:.2f} KB a part",
        fontsize=10,
        loc="left",
    )
    below.plot(n_rows, [one.n_files for one in found], lw=1)
    below.set_ylabel("open files")
    below.set_xlabel("parts inspected")
    below.set_ylim(bottom=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def batch_command(folder: Path, *, n: int, experts: bool, concurrency: int) -> list[str]:
    """Write n plates; the command that inspects them without a model, the cheapest setting.

    Args:
        folder: an empty one.
        n: plates.
        experts: whether the home knows the plate, so that one expert works; else each is seen,
            recorded and left for review.
        concurrency: inspections at once.
    """
    from PIL import Image

    from agent.home import open_home
    from agent.settings import load_settings

    parts = folder / "parts"
    parts.mkdir(parents=True)
    for number in range(n):
        Image.fromarray(tiny_plate(1000 + number)).save(parts / f"plate_{number:06}.png")
    given = ["--strategy", "expert", "--expert", "registered_difference"]
    if experts:
        given += ["--product", PRODUCT]
        with open_home(load_settings(home=folder / "home")) as store:
            store.add(write_tiny_product(folder).product)
    given += ["--home", str(folder / "home"), "--out", str(folder / "run")]
    given += ["--concurrency", str(concurrency)]
    return [sys.executable, "-c", COMMAND, "batch", str(parts), *given]


def report(found: Sequence[Look], kept: Sequence[Stored]) -> list[str]:
    """The figures as Markdown."""
    warm = [one for one in found if one.n_rows >= WARM_UP] or list(found)
    first, last = warm[0], found[-1]
    working = while_inspecting(found)
    n_rows = [one.n_rows for one in working]
    memory = slope(n_rows, [one.resident_kb for one in working], warm_up=WARM_UP)
    files = slope(n_rows, [one.n_files for one in working], warm_up=WARM_UP)
    n_since = max(last.n_rows - first.n_rows, 1)
    lines = [
        f"{last.n_rows} parts; resident {first.resident_kb / 1024:.0f} MiB after {first.n_rows}, "
        f"{last.resident_kb / 1024:.0f} at the end, "
        f"{max(one.resident_kb for one in found) / 1024:.0f} at most",
        f"slope after the first {WARM_UP}: {memory.mean:+.3f} ± {memory.half_width:.3f} KB a part",
        f"open files: {first.n_files} after {first.n_rows}, {last.n_files} at the end, "
        f"{max(one.n_files for one in found)} at most; slope {1000 * files.mean:+.3f} "
        f"± {1000 * files.half_width:.3f} for 1,000 parts",
        f"{n_since / max(last.wall_s - first.wall_s, 1e-9):.2f} parts a second, "
        f"{1000 * (last.cpu_s - first.cpu_s) / n_since:.0f} ms of processor each",
        f"on the disc: {sum(one.bytes_each for one in kept):,.0f} bytes a part",
    ]
    return [*lines, *(f"  {one.bytes_each:12,.0f}  {one.name}" for one in kept[:10])]


def main(
    n: Annotated[int, typer.Option("--n", min=20, help="Parts.")] = 10_000,
    experts: Annotated[bool, typer.Option(help="With an expert that knows the product.")] = True,
    concurrency: Annotated[int, typer.Option(min=1)] = 2,
    plot: Annotated[Path, typer.Option(help="PNG of the curves.")] = Path("batch-memory.png"),
) -> None:
    """Inspect n parts and tell what grows."""
    with tempfile.TemporaryDirectory(prefix="loupe-memory-") as name:
        folder = Path(name)
        command = batch_command(folder, n=n, experts=experts, concurrency=concurrency)
        found = list(looks(command, folder / "run"))
        kept = stored(folder / "run", n=max(found[-1].n_rows, 1))
    working = while_inspecting(found)
    grown = slope(
        [one.n_rows for one in working], [one.resident_kb for one in working], warm_up=WARM_UP
    )
    draw(found, grown, plot)
    made = f"`python -m evals.benchmarks.batch_memory --n {n}{'' if experts else ' --no-experts'}`"
    lines = [*report(found, kept), "", f"{made}, commit {commit_name()}, {machine_name()}, "]
    typer.echo("\n".join(lines) + f"{utc_now()}.")


if __name__ == "__main__":
    typer.run(main)
