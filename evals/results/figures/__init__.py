"""Pictures of a run: the visible table of figures. Each draws one file from rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from evals.results.figures.bars import draw_bars, draw_size_bars
from evals.results.figures.curves import draw_calibration, draw_pr, draw_risk_coverage, draw_roc
from evals.results.figures.galleries import draw_galleries
from evals.results.records import Results
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
    return drawn
