"""What a long series costs: ``python -m evals.benchmarks.series``.

Drawing the overview, learning references and scoring, at a million samples of one channel by
default. Seconds of the processor, which other work on the machine does not lengthen, and the
largest resident set. Figures of one machine at one moment; tests assert none of them.
"""

import resource
import sys
from collections.abc import Callable
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
import typer

from evals.tables.provenance import commit_name, machine_name, utc_now

if TYPE_CHECKING:
    from tools.assets.series.series import Series

PERIOD = 200
"""Samples of a beat."""
_MB = 1024 * 1024


class Cost(NamedTuple):
    """One step."""

    what: str
    wall_s: float
    cpu_s: float
    peak_mib: float
    """Largest resident set of the process so far."""

    def line(self) -> str:
        """As a row of Markdown."""
        return f"| {self.what} | {self.wall_s:.2f} | {self.cpu_s:.2f} | {self.peak_mib:.0f} |"


def main(
    samples: Annotated[int, typer.Option(min=1000, help="Of the reference and of the test.")] = (
        1_000_000
    ),
    max_windows: Annotated[int, typer.Option(min=1, help="That the expert remembers.")] = 16_384,
) -> None:
    """Measure drawing, learning and scoring of a long series."""
    from tools.experts.series_discord import SeriesDiscord

    reference, tested = beating(samples, seed=0), beating(samples, seed=1)
    costs = [_cost("nothing yet: the two series in memory", lambda: None)]
    costs.append(_cost("draw the overview", lambda: draw_overview(tested)))
    expert = SeriesDiscord(max_windows=max_windows)
    kept = []
    costs.append(_cost("learn", lambda: kept.append(expert.learn_assets([reference]))))
    costs.append(_cost("score", lambda: kept[0].score_asset(tested)))
    lines = [
        f"| {samples} samples, {max_windows} windows | wall, s | processor, s | peak, MiB |",
        "| --- | --: | --: | --: |",
        *(cost.line() for cost in costs),
        "",
        f"{commit_name()}, {machine_name()}, {utc_now()}.",
    ]
    typer.echo("\n".join(lines))


def beating(n_samples: int, *, seed: int) -> "Series":
    """A channel that beats, with noise."""
    from tools.assets.series.columns import NamedUnit
    from tools.assets.series.series import Series
    from tools.assets.series.stamps import row_stamps
    from tools.assets.series.table import SeriesTable
    from tools.records import Asset

    phase = np.arange(n_samples) / PERIOD % 1
    noise = 0.05 * np.random.default_rng(seed).standard_normal(n_samples)
    values = np.exp(-(((phase - 0.3) / 0.05) ** 2)) + noise
    table = SeriesTable(
        channels=(NamedUnit("beat", ""),),
        values_cn=values[None],
        stamps=row_stamps(n_samples),
        notes=(),
    )
    size = [n_samples, 1]
    return Series(Asset(path="beat", sha256="0" * 64, modality="time_series", size=size), table)


def draw_overview(series: "Series") -> None:
    """Draw the first picture."""
    picture = series.picture(series.names[0])
    picture.read(picture.window_xyxy)


def _cost(what: str, step: Callable[[], object]) -> Cost:
    wall, cpu = perf_counter(), process_time()
    step()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    peak_mib = peak / (_MB if sys.platform == "darwin" else 1024)
    return Cost(what, perf_counter() - wall, process_time() - cpu, peak_mib)


if __name__ == "__main__":
    typer.run(main)
