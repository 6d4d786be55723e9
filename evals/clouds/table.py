"""Planted defects by size: AUROC of clouds and IoU of points, each method beside the others.

Scores are compared in units of what the scan's own normal clouds have, the verdicts' as they are.
Knows no expert.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evals.clouds.inspected import METHOD, inspected
from evals.clouds.outcomes import BOTH, Asked, Outcome, outcomes_of
from evals.clouds.planted import SIZES, cases_of
from evals.clouds.stock import load_stock
from evals.metrics import bootstrap_interval, image_auroc, mean_interval
from evals.metrics.intervals import Interval
from evals.tables.output import write_files
from evals.tables.records import Measure, Table

Report = Callable[[str], None]


class CloudRun(NamedTuple):
    """What is measured."""

    data_dir: Path
    out: Path
    scans: tuple[str, ...]
    n_normal: int
    """Normal clouds of each scan."""
    seed: int
    inspect: bool = False
    """Whether the clouds go through `loupe inspect` too."""
    ablate: bool = False
    """Whether the expert's signs are taken apart."""
    views: bool = False
    """Whether the expert on views is asked, alone and beside."""

    @property
    def command(self) -> str:
        """That repeats it."""
        flags = " --inspect" * self.inspect + " --ablate" * self.ablate
        flags += " --views" * self.views
        scans = "".join(f" --scan '{name}'" for name in self.scans)
        return f"loupe eval clouds --normal {self.n_normal} --seed {self.seed}{flags}{scans}"


def write_cloud_table(run: CloudRun, *, report: Report) -> Table:
    """Measure and write ``table.json`` and ``table.md``.

    Args:
        run: what.
        report: told one line before each scan.
    """
    run.out.mkdir(parents=True, exist_ok=True)
    outcomes: list[list[Outcome]] = []
    for stock in load_stock(run.data_dir, run.scans):
        report(f"planting on the {stock.name}")
        reference, cases = cases_of(stock, n_normal=run.n_normal, seed=run.seed)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name).resolve()
            found = outcomes_of(reference, cases, folder, Asked(run.ablate, run.views))
            if run.inspect:
                found += inspected(stock.name, reference, cases, folder)
        outcomes.append(found)
    methods = dict.fromkeys(one.method for of_scan in outcomes for one in of_scan)
    measures = [one for method in methods for one in _measures(outcomes, method, run)]
    measures += [one for method in methods for one in _by_kind(outcomes, method, run)]
    return write_files(measures, command=run.command, seed=run.seed, out=run.out)


def _measures(outcomes: Sequence[Sequence[Outcome]], method: str, run: CloudRun) -> list[Measure]:
    measures = []
    for size in SIZES:
        labels, ranks, ious = _ranked(outcomes, method, size)
        auroc = image_auroc(labels, ranks)
        low, high = bootstrap_interval(image_auroc, labels, ranks, seed=run.seed)
        for metric, interval, n in (
            ("cloud AUROC", Interval(auroc, low, high), len(labels)),
            ("point IoU", mean_interval(ious, seed=run.seed), len(ious)),
        ):
            subject = f"{100 * size:g} % of the diagonal"
            measures.append(
                Measure.of(
                    interval, part="clouds", subject=subject, metric=metric, method=method, n=n
                )
            )
    return measures


def _by_kind(outcomes: Sequence[Sequence[Outcome]], method: str, run: CloudRun) -> list[Measure]:
    """IoU of each kind of defect at each size."""
    mine = [one for of_scan in outcomes for one in of_scan if one.method == method and one.size]
    measures = []
    for size in SIZES:
        for kind in dict.fromkeys(one.kind for one in mine):
            ious = [one.iou for one in mine if one.kind == kind and one.size == size]
            if ious:
                measures.append(
                    Measure.of(
                        mean_interval(ious, seed=run.seed),
                        part="clouds by kind",
                        subject=f"{kind}, {100 * size:g} %",
                        metric="point IoU",
                        method=method,
                        n=len(ious),
                    )
                )
    return measures


def _ranked(
    outcomes: Sequence[Sequence[Outcome]], method: str, size: float
) -> tuple[list[int], list[float], list[float]]:
    """Of normal cases and of a size: labels, scores in units of the scan's normals, IoU."""
    labels, ranks, ious = list[int](), list[float](), list[float]()
    for of_scan in outcomes:
        mine = [one for one in of_scan if one.method == method]
        normal = [one.raw_score for one in mine if one.size == 0]
        # The verdict's score and fused ranks are calibrated and need no unit.
        usual = 1.0 if method in (METHOD, BOTH) else float(np.median(normal))
        for one in mine:
            if one.size in (0, size):
                labels.append(int(one.size > 0))
                ranks.append(one.raw_score / usual)
            if one.size == size:
                ious.append(one.iou)
    return labels, ranks, ious
