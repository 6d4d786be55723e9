"""Figures from rows: the visible table of measures. Each tells what it left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from evals.results.measures.agreement import measure_agreement, measure_flips, measure_variations
from evals.results.measures.calibration import measure_calibration
from evals.results.measures.choices import measure_choices
from evals.results.measures.counting import measure_counts
from evals.results.measures.deciding import (
    measure_accuracy,
    measure_hard_labels,
    measure_macro_f1,
    measure_rates,
)
from evals.results.measures.explaining import measure_explanations
from evals.results.measures.pixels import measure_pixels
from evals.results.measures.ranking import measure_auroc, measure_sources
from evals.results.measures.sizes import measure_sizes
from evals.results.measures.texts import measure_texts
from evals.results.measures.thresholds import measure_thresholds
from evals.results.measures.tools import measure_tools
from evals.results.records import Results
from evals.tables.records import Measure
from tools.errors import SettingsError

MeasureRows: TypeAlias = Callable[[Results], Iterator[Measure]]

MEASURES: dict[str, MeasureRows] = {
    "auroc": measure_auroc,
    "sources": measure_sources,
    "accuracy": measure_accuracy,
    "rates": measure_rates,
    "macro_f1": measure_macro_f1,
    "hard_labels": measure_hard_labels,
    "calibration": measure_calibration,
    "thresholds": measure_thresholds,
    "sizes": measure_sizes,
    "agreement": measure_agreement,
    "flips": measure_flips,
    "variations": measure_variations,
    "tools": measure_tools,
    "pixel": measure_pixels,
    "choices": measure_choices,
    "texts": measure_texts,
    "explanations": measure_explanations,
}
"""By name, as a suite asks for them. What became of the samples is always told."""


COUNTS = "counts"
"""Name of what became of the samples, beside those of `MEASURES`."""


def measure(results: Results) -> list[Measure]:
    """Every figure that the suite of a run asks for, counts first.

    Raises:
        SettingsError: the suite asks for a measure that is none.
    """
    return [one for found in measures_by_name(results).values() for one in found]


def measures_by_name(results: Results) -> dict[str, list[Measure]]:
    """The same, by name of the measure; maps are read once for tables and pictures.

    Raises:
        SettingsError: the suite asks for a measure that is none.
    """
    unknown = [name for name in results.suite.measures if name not in MEASURES]
    if unknown:
        known = ", ".join(MEASURES)
        raise SettingsError(f"suite {results.suite.name}: no measure {unknown[0]!r}; use {known}")
    found = {COUNTS: list(measure_counts(results))}
    return found | {name: list(MEASURES[name](results)) for name in results.suite.measures}
