"""Pictures of a run: the visible table of figures. Each draws one file from rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from evals.results.figures.bars import draw_bars, draw_part, draw_size_bars
from evals.results.figures.canvas import slug
from evals.results.figures.curves import draw_calibration, draw_pr, draw_risk_coverage, draw_roc
from evals.results.figures.galleries import draw_galleries
from evals.results.measures import MeasureRows
from evals.results.measures.agreement import measure_agreement, measure_flips
from evals.results.measures.explaining import measure_explanations
from evals.results.measures.pixels import measure_pixels
from evals.results.measures.ranking import measure_sources
from evals.results.measures.thresholds import measure_thresholds
from evals.results.measures.tools import measure_tools
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
OF_MEASURES: dict[str, MeasureRows] = {
    "sources": measure_sources,
    "thresholds": measure_thresholds,
    "agreement": measure_agreement,
    "flips": measure_flips,
    "tools": measure_tools,
    "pixel": measure_pixels,
    "explanations": measure_explanations,
}
"""Measures that are drawn as bars wherever a suite takes them, a picture for each part."""
FOLDER = "figures"


def write_figures(results: Results, out: Path) -> list[Path]:
    """Draw what the suite of a run asks for, into `out/figures`.

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
    for name in results.suite.measures:
        drawn += _draw_measure(results, name, folder)
    return drawn


def _draw_measure(results: Results, name: str, folder: Path) -> list[Path]:
    """A picture for each part of a measure."""
    if name not in OF_MEASURES:
        return []
    by_part: dict[str, list[Measure]] = {}
    for one in OF_MEASURES[name](results):
        if "minus" not in one.subject:
            by_part.setdefault(one.part, []).append(one)
    folder.mkdir(parents=True, exist_ok=True)
    return [
        draw_part(results, measures, folder / f"{name}-{slug(part).lower()[:90]}.png")
        for part, measures in by_part.items()
    ]
