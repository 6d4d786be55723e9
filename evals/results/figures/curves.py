"""ROC, precision-recall, risk-coverage and calibration, one line for each condition.

Scores of several products are put together by their rank within each, since raw scores of one
product say nothing of another. Knows no file of a run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evals.metrics import calibration_bins, risk_coverage
from evals.results.figures.canvas import canvas, dress, style_of
from evals.results.records import Results, forced_label
from evals.runner.rows import Row

Vector = npt.NDArray[np.float64]
N_BINS = 10


class Curve(NamedTuple):
    """Points of one line."""

    x: Vector
    y: Vector


def roc_curve(labels: Vector, scores: Vector) -> Curve:
    """False against true positive rate, a point at each distinct score, from (0, 0) to (1, 1)."""
    hits, false = _cumulated(labels, scores)
    return Curve(false / false[-1], hits / hits[-1])


def pr_curve(labels: Vector, scores: Vector) -> Curve:
    """Recall against precision, a point at each distinct score, from the highest on."""
    hits, false = _cumulated(labels, scores)
    return Curve(hits[1:] / hits[-1], hits[1:] / (hits[1:] + false[1:]))


def _cumulated(labels: Vector, scores: Vector) -> tuple[Vector, Vector]:
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.diff(scores[order]) != 0, True)
    hits = np.cumsum(labels[order])[last]
    false = np.cumsum(1 - labels[order])[last]
    return np.concatenate([[0.0], hits]), np.concatenate([[0.0], false])


def draw_roc(results: Results, folder: Path) -> list[Path]:
    """The ROC curves."""
    return _draw(
        results,
        folder / "roc.png",
        curve=lambda rows: roc_curve(_labels(rows), _scores(rows)),
        needs=lambda rows: len({row.gt_label for row in rows}) == 2,
        labels=("share of normal samples above the threshold", "share of anomalous ones above it"),
        diagonal=True,
    )


def draw_pr(results: Results, folder: Path) -> list[Path]:
    """The precision-recall curves."""
    return _draw(
        results,
        folder / "pr.png",
        curve=lambda rows: pr_curve(_labels(rows), _scores(rows)),
        needs=lambda rows: len({row.gt_label for row in rows}) == 2,
        labels=("recall of anomalous samples", "precision"),
    )


def draw_risk_coverage(results: Results, folder: Path) -> list[Path]:
    """Error among the surest samples, where a calibrated score says how sure."""
    return _draw(
        results,
        folder / "risk-coverage.png",
        curve=_risk,
        needs=lambda rows: len(_sure(rows)) > 1,
        labels=("share of samples decided, surest first", "share of errors among these"),
        per_product=False,
    )


def draw_calibration(results: Results, folder: Path) -> list[Path]:
    """Calibrated score against what is anomalous."""
    return _draw(
        results,
        folder / "calibration.png",
        curve=_reliability,
        needs=lambda rows: len(_sure(rows)) > 1,
        labels=("calibrated score", "share of anomalous samples"),
        diagonal=True,
        per_product=False,
        markers=True,
    )


def _risk(rows: Sequence[Row]) -> Curve:
    sure = _sure(rows)
    said = [forced_label(row) or 0 for row in sure]
    found = risk_coverage(_labels(sure), said, np.abs(_probabilities(sure) - 0.5))
    return Curve(found.coverages, found.risks)


def _reliability(rows: Sequence[Row]) -> Curve:
    sure = _sure(rows)
    bins = calibration_bins(_labels(sure), _probabilities(sure), n_bins=N_BINS)
    return Curve(
        np.array([one.mean_probability for one in bins]),
        np.array([one.share_anomalous.value for one in bins]),
    )


def _draw(
    results: Results,
    path: Path,
    *,
    curve: Callable[[Sequence[Row]], Curve],
    needs: Callable[[Sequence[Row]], bool],
    labels: tuple[str, str],
    diagonal: bool = False,
    per_product: bool = True,
    markers: bool = False,
) -> list[Path]:
    """One line for each condition; no file where no condition has what the curve needs."""
    lines = {}
    for condition in results.conditions:
        rows = _ranked(results, condition) if per_product else _plain(results, condition)
        if needs(rows):
            lines[f"{condition} (n = {len(rows)})"] = curve(rows)
    if not lines:
        return []
    with canvas(path, width_in=7.6, height_in=4.6) as (figure, axes):
        if diagonal:
            axes.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=1)
        for number, (name, line) in enumerate(lines.items()):
            marker = "o" if markers else None
            axes.plot(line.x, line.y, label=name, marker=marker, **style_of(number))
        axes.set_xlabel(labels[0])
        axes.set_ylabel(labels[1])
        axes.set_xlim(-0.01, 1.01)
        axes.set_ylim(-0.01, 1.01)
        dress(figure, axes, _title(results, per_product=per_product))
    return [path]


def _title(results: Results, *, per_product: bool) -> str:
    ranked = "; scores ranked within each product" if per_product and results.materials[1:] else ""
    return f"{results.suite.title}: {', '.join(results.materials)}{ranked}"


def _plain(results: Results, condition: str) -> list[Row]:
    return [row for cell in results.of_condition(condition) for row in cell.rows]


def _ranked(results: Results, condition: str) -> list[Row]:
    """Rows with a score, each raw score replaced by its rank in its product, in (0, 1)."""
    from scipy.stats import rankdata

    found = []
    for cell in results.of_condition(condition):
        rows = [row for row in cell.rows if row.raw_score is not None]
        if rows:
            ranks = rankdata([row.raw_score for row in rows]) / (len(rows) + 1)
            found += [
                row.model_copy(update={"raw_score": float(rank)})
                for row, rank in zip(rows, ranks, strict=True)
            ]
    return found


def _sure(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.score is not None]


def _labels(rows: Sequence[Row]) -> Vector:
    return np.array([row.gt_label for row in rows], dtype=np.float64)


def _scores(rows: Sequence[Row]) -> Vector:
    return np.array([row.raw_score for row in rows], dtype=np.float64)


def _probabilities(rows: Sequence[Row]) -> Vector:
    return np.array([row.score for row in rows], dtype=np.float64)
