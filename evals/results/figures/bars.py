"""Bars with intervals: a figure by product, and by size. Knows no file of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from evals.results.figures.canvas import COLOURS, canvas, dress, slug, style_of
from evals.results.intervals import rate_interval
from evals.results.measures.deciding import measure_accuracy
from evals.results.measures.ranking import PART as AUROC
from evals.results.measures.ranking import measure_auroc
from evals.results.measures.sizes import bins_of, sized
from evals.results.records import Results
from evals.tables.records import Measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_LETTERS = 22
"""In one line below a group of bars."""
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
            drawn.append(draw_part(results, wanted, folder / f"bars-{slug(part).lower()}.png"))
    return drawn


def draw_part(results: Results, measures: Sequence[Measure], path: Path) -> Path:
    """One part of the table as bars: subjects side by side, a colour for each method.

    A condition has the same colour in every picture of a run.
    """
    subjects = list(dict.fromkeys(one.subject for one in measures))
    methods = list(dict.fromkeys(one.method for one in measures))
    width = WIDTH / len(methods)
    with canvas(path, width_in=max(6.4, 1.6 * len(subjects) + 2.2)) as (figure, axes):
        for number, method in enumerate(methods):
            found = [one for one in measures if one.method == method]
            places = [
                subjects.index(one.subject) - WIDTH / 2 + width * (number + 0.5) for one in found
            ]
            bar = axes.bar(places, [one.value for one in found], width * 0.92, label=method)
            known = results.conditions
            place = known.index(method) if set(methods) <= set(known) else number
            for patch in bar:
                patch.set(**_bar_style(place))
            _draw_intervals(axes, places, found)
        _label(axes, measures, subjects)
        dress(figure, axes, f"{results.suite.title}; lines are 95 % intervals")
    return path


def _draw_intervals(axes: Axes, places: Sequence[float], measures: Sequence[Measure]) -> None:
    """Those that are known."""
    known = [
        (place, one.value, max(one.value - one.low, 0.0), max(one.high - one.value, 0.0))
        for place, one in zip(places, measures, strict=True)
        if one.low is not None and one.high is not None
    ]
    if known:
        x, y, low, high = zip(*known, strict=True)
        style: dict[str, Any] = {
            "fmt": "none",
            "ecolor": "#333333",
            "elinewidth": 0.8,
            "capsize": 1.5,
        }
        axes.errorbar(x, y, yerr=[low, high], **style)


def _label(axes: Axes, measures: Sequence[Measure], subjects: Sequence[str]) -> None:
    names = ["\n".join(wrap(one, MAX_LETTERS)) for one in subjects]
    axes.set_xticks(range(len(subjects)), names)
    lowest = min(min(one.value, _or(one.low, one.value)) for one in measures)
    highest = max(max(one.value, _or(one.high, one.value)) for one in measures)
    if lowest >= 0 and 0.15 < highest <= 1:
        axes.set_ylim(0, 1.02)
    elif lowest < 0:
        axes.axhline(0, color="#333333", linewidth=0.8)
    part = measures[0].part
    axes.set_ylabel("\n".join(wrap(part, 2 * MAX_LETTERS)), fontsize=8)


def _bar_style(number: int) -> dict[str, Any]:
    """Colour of the n-th method; hatched where the colours begin anew."""
    return {
        "facecolor": style_of(number)["color"],
        "edgecolor": "white",
        "hatch": "" if number < len(COLOURS) else "///",
        "linewidth": 0,
    }


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


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
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_xlabel("mean share of the picture that is anomalous, per cent")
        axes.set_ylabel("share found")
        axes.set_ylim(-0.02, 1.02)
        axes.set_title(f"{results.suite.title}; 95 % intervals", fontsize=9)
        axes.legend(frameon=False, fontsize=7)
    return [path]
