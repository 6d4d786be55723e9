"""Pictures of a run: the visible table of figures. Each draws one file from rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from evals.results.figures.bars import draw_bars, draw_part, draw_size_bars
from evals.results.figures.canvas import slug
from evals.results.figures.curves import draw_calibration, draw_pr, draw_risk_coverage, draw_roc
from evals.results.figures.galleries import draw_galleries
from evals.results.records import Results
from evals.tables.records import Measure
from tools.errors import SettingsError

DrawFigure: TypeAlias = Callable[[Results, Path], list[Path]]
"""Draws into a folder; returns the files, none where there is nothing to draw."""

FIGURES: dict[str, DrawFigure] = {
    "roc": draw_roc,
    "pr": draw_pr,
    "risk_coverage": draw_risk_coverage,
    "calibration": draw_calibration,
    "bars": draw_bars,
    "sizes": draw_size_bars,
    "galleries": draw_galleries,
}
OF_MEASURES = ("sources", "thresholds", "agreement", "flips", "tools", "pixel", "explanations")
"""Measures that are drawn as bars wherever a suite takes them, a picture for each part."""
FOLDER = "figures"


def write_figures(
    results: Results, out: Path, measured: Mapping[str, Sequence[Measure]]
) -> list[Path]:
    """Draw what the suite of a run asks for, into `out/figures`.

    Args:
        results: of the run.
        out: a folder.
        measured: figures by name of the measure; see `measures_by_name`.

    Raises:
        SettingsError: the suite asks for a figure that is none.
    """
    unknown = [name for name in results.suite.figures if name not in FIGURES]
    if unknown:
        known = ", ".join(FIGURES)
        raise SettingsError(f"suite {results.suite.name}: no figure {unknown[0]!r}; use {known}")
    folder = out / FOLDER
    drawn: list[Path] = []
    for name in results.suite.figures:
        folder.mkdir(parents=True, exist_ok=True)
        drawn += FIGURES[name](results, folder)
    for name in OF_MEASURES:
        drawn += _draw_measure(results, name, measured.get(name, ()), folder)
    return drawn


def _draw_measure(
    results: Results, name: str, measured: Sequence[Measure], folder: Path
) -> list[Path]:
    """A picture for each part of a measure."""
    by_part: dict[str, list[Measure]] = {}
    for one in measured:
        if "minus" not in one.subject:
            by_part.setdefault(one.part, []).append(one)
    if by_part:
        folder.mkdir(parents=True, exist_ok=True)
    return [
        draw_part(results, measures, folder / f"{name}-{slug(part).lower()[:90]}.png")
        for part, measures in by_part.items()
    ]
