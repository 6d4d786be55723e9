"""Seconds of warm embedded inspections, by node and tool. Knows no data set but the sample."""

import statistics
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from evals.baselines.pixel_difference import PixelDifference
from evals.datasets.pictures import load_rgb
from evals.samples import sample_folder
from graphs.records import Inspection

PRODUCT = "control-board"


class WarmInspections(NamedTuple):
    """Repeated inspections of the sample parts by one inspector."""

    seconds: tuple[float, ...]
    node_seconds: dict[str, float]  # median for each node, over all inspections
    tool_seconds: dict[str, float]  # median for each tool
    per_round: tuple[float, ...]  # seconds outside the nodes' own work, for each round


def sample_parts() -> list[Path]:
    """The sample's pictures, 768 x 768."""
    return sorted((sample_folder() / f"{PRODUCT}-parts").glob("part_*.jpg"))


def warm_inspections(home: Path, *, n: int) -> WarmInspections:
    """Inspect sample parts in turn, after one of each to warm up.

    Args:
        home: holds the sample product.
        n: inspections that are measured.
    """
    from agent.inspector import Inspector
    from agent.run_folder import RunFolder
    from agent.settings import load_settings

    parts = sample_parts()
    seconds: list[float] = []
    found: list[Inspection] = []
    run_root = home / "benchmark-runs"
    settings = load_settings(home=home, concurrency=1)
    with Inspector(settings, run=RunFolder.new(run_root)) as inspector:
        inspector.inspect(parts[0], PRODUCT)
        for number in range(n):
            # A run keeps finished inspections; a new one makes each inspection do its work.
            inspector.run = RunFolder.new(run_root)
            started = perf_counter()
            found.append(inspector.inspect(parts[number % len(parts)], PRODUCT))
            seconds.append(perf_counter() - started)
    return WarmInspections(
        tuple(seconds),
        _medians([_node_seconds(one) for one in found]),
        _medians([one.usage.tool_seconds for one in found]),
        tuple(
            (total - sum(_node_seconds(one).values())) / max(1, len(one.rounds))
            for total, one in zip(seconds, found, strict=True)
        ),
    )


def difference_seconds(*, n: int) -> tuple[float, ...]:
    """Seconds of the pixel difference on the same parts and references, reading included."""
    references = sorted((sample_folder() / PRODUCT / "references").glob("*.jpg"))
    baseline = PixelDifference([load_rgb(path) for path in references], side_px=768)
    parts = sample_parts()
    seconds = []
    for number in range(n):
        started = perf_counter()
        baseline.score(load_rgb(parts[number % len(parts)]))
        seconds.append(perf_counter() - started)
    return tuple(seconds)


def _node_seconds(inspection: Inspection) -> dict[str, float]:
    seconds: dict[str, float] = defaultdict(float)
    for event in inspection.trace:
        seconds[event.node] += event.seconds
    return dict(seconds)


def _medians(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: statistics.median(row.get(name, 0.0) for row in rows) for name in names}
