"""Prints every benchmark with its baseline: ``python -m evals.benchmarks``.

Figures of one machine at one moment; tests assert none of them.
"""

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from evals.benchmarks.inspections import (
    PRODUCT,
    WarmInspections,
    difference_seconds,
    sample_parts,
    warm_inspections,
)
from evals.benchmarks.processes import peak_megabytes, wall_seconds
from evals.benchmarks.records import Timing, as_lines
from evals.samples import sample_folder
from evals.tables.command_line import CommandLine
from evals.tables.provenance import commit_name, machine_name, package_versions, utc_now

_LOUPE = str(Path(sys.executable).with_name("loupe"))


def main(
    n: Annotated[int, typer.Option(min=1, help="Inspections and starts that are measured.")] = 20,
) -> None:
    """Measure start, warm inspection, orchestration and memory."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        CommandLine(home).add_product(sample_folder() / PRODUCT)
        warm = warm_inspections(home, n=n)
        timings = [_start(n), _memory(home), *_warm(warm, n=n)]
    lines = [*as_lines(timings), "", *_split(warm), "", _made_with(n)]
    typer.echo("\n".join(lines))


def _start(n: int) -> Timing:
    return Timing(
        what="`loupe --help`",
        unit="s",
        values=wall_seconds([_LOUPE, "--help"], n=n),
        baseline="`python -c pass`",
        baseline_values=wall_seconds([sys.executable, "-c", "pass"], n=n),
        budget=0.5,
    )


def _memory(home: Path) -> Timing:
    parts = [str(path) for path in sample_parts()]
    inspect = [_LOUPE, "--home", str(home), "inspect", "--json", "--product", PRODUCT, *parts]
    return Timing(
        what=f"peak memory of `loupe inspect` of {len(parts)} parts, 8 references",
        unit="MiB",
        values=(peak_megabytes(inspect),),
        baseline="`python -c 'import torch'`",
        baseline_values=(peak_megabytes([sys.executable, "-c", "import torch"]),),
        budget=1024,
    )


def _warm(warm: WarmInspections, *, n: int) -> list[Timing]:
    return [
        Timing(
            what="warm embedded inspection, 768 x 768, 8 references",
            unit="s",
            values=warm.seconds,
            baseline="pixel difference, same parts and references",
            baseline_values=difference_seconds(n=n),
            budget=1.0,
        ),
        Timing(
            what="outside the nodes (graph, checkpoints, records), for each round",
            unit="s",
            values=warm.per_round,
            baseline="the whole inspection",
            baseline_values=warm.seconds,
        ),
    ]


def _split(warm: WarmInspections) -> list[str]:
    return [
        "| part of a warm inspection | median, s |",
        "| --- | --: |",
        *(f"| node {name} | {value:.3f} |" for name, value in warm.node_seconds.items()),
        *(f"| tool {name} | {value:.3f} |" for name, value in warm.tool_seconds.items()),
    ]


def _made_with(n: int) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in package_versions().items())
    return (
        f"`python -m evals.benchmarks --n {n}`, commit {commit_name()}, {machine_name()}, "
        f"{utc_now()}. {versions}."
    )


if __name__ == "__main__":
    typer.run(main)
