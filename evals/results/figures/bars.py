"""Bars with intervals: a figure by product, and by size. Knows no file of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evals.results.figures.canvas import canvas, slug, style_of
from evals.results.intervals import rate_interval
from evals.results.measures.deciding import measure_accuracy
from evals.results.measures.ranking import PART as AUROC
from evals.results.measures.ranking import measure_auroc
from evals.results.measures.sizes import bins_of, sized
from evals.results.records import Results
from evals.tables.records import Measure

WIDTH = 0.8
"""Of all bars of one product, in units of the distance between products."""


def draw_bars(results: Results, folder: Path) -> list[Path]:
    """AUROC and accuracy of every condition by product."""
    drawn = []
    for part, measures in (
        (AUROC, list(measure_auroc(results))),
        ("accuracy", list(measure_accuracy(results))),
    ):
        wanted = [one for one in measures if one.part == part and "minus" not in one.subject]
        if wanted:
            drawn.append(_draw(results, wanted, folder / f"bars-{slug(part).lower()}.png"))
    return drawn


def _draw(results: Results, measures: Sequence[Measure], path: Path) -> Path:
    subjects = list(dict.fromkeys(one.subject for one in measures))
    methods = list(dict.fromkeys(one.method for one in measures))
    width = WIDTH / len(methods)
    with canvas(path, width_in=max(6.4, 1.6 * len(subjects) + 2.2)) as (_, axes):
        for number, method in enumerate(methods):
            found = [one for one in measures if one.method == method]
            places = [
                subjects.index(one.subject) - WIDTH / 2 + width * (number + 0.5) for one in found
            ]
            low = [max(one.value - (one.low or one.value), 0.0) for one in found]
            high = [max((one.high or one.value) - one.value, 0.0) for one in found]
            colour = style_of(number)["color"]
            axes.bar(places, [one.value for one in found], width * 0.92, color=colour, label=method)
            axes.errorbar(
                places,
                [one.value for one in found],
                yerr=[low, high],
                fmt="none",
                ecolor="#333333",
                elinewidth=0.8,
                capsize=1.5,
            )
        axes.set_xticks(range(len(subjects)), subjects)
        axes.set_ylim(0, 1.02)
        axes.set_ylabel(measures[0].metric)
        axes.set_title(f"{results.suite.title}; bars are 95 % intervals", fontsize=9)
        axes.legend(frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return path


def draw_size_bars(results: Results, folder: Path) -> list[Path]:
    """Share of anomalies found by the share of the picture that they cover."""
    lines = {one: bins_of(sized(results, one)) for one in results.conditions}
    lines = {name: bins for name, bins in lines.items() if bins}
    if not lines:
        return []
    path = folder / "sizes.png"
    with canvas(path) as (_, axes):
        for number, (name, bins) in enumerate(lines.items()):
            intervals = [rate_interval(one.found) for one in bins]
            known = [(b, i) for b, i in zip(bins, intervals, strict=True) if i is not None]
            x = [100 * one.mean for one, _ in known]
            y = [interval.value for _, interval in known]
            low = [interval.value - interval.low for _, interval in known]
            high = [interval.high - interval.value for _, interval in known]
            n = sum(len(one.found) for one in bins)
            axes.errorbar(
                x,
                y,
                yerr=[low, high],
                marker="o",
                capsize=2,
                label=f"{name} (n = {n})",
                **style_of(number),
            )
        axes.set_xscale("log")
        axes.set_xlabel("mean share of the picture that is anomalous, per cent")
        axes.set_ylabel("share found")
        axes.set_ylim(-0.02, 1.02)
        axes.set_title(f"{results.suite.title}; 95 % intervals", fontsize=9)
        axes.legend(frameon=False, fontsize=7)
    return [path]
