"""Planted defects, the expert on geometry beside the nearest distance: AUROC and IoU by size.

Both see the same registered clouds. A point is called defective above the largest score of normal
copies of the reference; nothing is fitted to the cases. Knows no graph.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from evals.clouds.defects import DEFECTS
from evals.clouds.planted import SIZES, Case, case, reference, write_ply
from evals.clouds.stock import Stock, load_stock
from evals.metrics import bootstrap_interval, image_auroc, mean_interval
from evals.metrics.intervals import Interval
from evals.tables.output import write_files
from evals.tables.records import Measure, Table
from tools.assets.clouds import open_cloud
from tools.assets.clouds.cloud import Cloud
from tools.experts.cloud_geometry import CloudGeometry, CloudGeometryMemory, raw_score

EXPERT, BASELINE = "geometry", "nearest distance"
Report = Callable[[str], None]


class CloudRun(NamedTuple):
    """What is measured."""

    data_dir: Path
    out: Path
    scans: tuple[str, ...]
    n_normal: int
    """Normal clouds of each scan."""
    seed: int


class Outcome(NamedTuple):
    """What one method said of one case."""

    method: str
    size: float
    raw_score: float
    iou: float


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
        outcomes.append(_of_stock(stock, run))
    measures = [one for method in (EXPERT, BASELINE) for one in _measures(outcomes, method, run)]
    command = f"loupe eval clouds --normal {run.n_normal} --seed {run.seed}"
    command += "".join(f" --scan '{name}'" for name in run.scans)
    return write_files(measures, command=command, seed=run.seed, out=run.out)


def _of_stock(stock: Stock, run: CloudRun) -> list[Outcome]:
    rng = np.random.default_rng(run.seed)
    with tempfile.TemporaryDirectory() as folder:
        normal = open_cloud(write_ply(Path(folder) / "reference.ply", reference(stock, rng)))
        memory = CloudGeometry().learn_assets([normal])
        assert isinstance(memory, CloudGeometryMemory)
        level = max(one.largest for row in memory.normal_scores() for one in row)
        limits = {EXPERT: level, BASELINE: _spread_of_halves(normal)}
        wanted = [("normal", 0.0)] * run.n_normal
        wanted += [(kind, size) for size in SIZES for kind in DEFECTS]
        found = []
        for kind, size in wanted:
            one = case(stock, kind, size, rng)
            cloud = open_cloud(write_ply(Path(folder) / "part.ply", one.points_n3))
            found += _outcomes(cloud.moved_like(normal), normal, memory, one, limits)
    return found


def _spread_of_halves(normal: Cloud) -> float:
    """The largest nearest distance between two halves of the reference."""
    points = normal.shape.points_n3[np.random.default_rng(0).permutation(len(normal.shape.kept_n))]
    return float(cKDTree(points[::2]).query(points[1::2])[0].max())


def _outcomes(
    laid: Cloud,
    normal: Cloud,
    memory: CloudGeometryMemory,
    one: Case,
    limits: dict[str, float],
) -> list[Outcome]:
    distances = np.asarray(cKDTree(normal.shape.points_n3).query(laid.posed.points_n3)[0])
    by_method: dict[str, NDArray[np.float32]] = {
        EXPERT: memory.score_asset(laid).element_scores,
        BASELINE: distances.astype(np.float32),
    }
    return [
        Outcome(method, one.size, raw_score(scores), _iou(scores > limits[method], one))
        for method, scores in by_method.items()
    ]


def _iou(called_n: NDArray[np.bool_], one: Case) -> float:
    union = int((called_n | one.is_defect_n).sum())
    return float((called_n & one.is_defect_n).sum() / union) if union else 0.0


def _measures(outcomes: list[list[Outcome]], method: str, run: CloudRun) -> list[Measure]:
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


def _ranked(
    outcomes: list[list[Outcome]], method: str, size: float
) -> tuple[list[int], list[float], list[float]]:
    """Of normal cases and of a size: labels, scores in units of the scan's normals, IoU."""
    labels, ranks, ious = list[int](), list[float](), list[float]()
    for of_scan in outcomes:
        mine = [one for one in of_scan if one.method == method]
        usual = float(np.median([one.raw_score for one in mine if one.size == 0]))
        for one in mine:
            if one.size in (0, size):
                labels.append(int(one.size > 0))
                ranks.append(one.raw_score / usual)
            if one.size == size:
                ious.append(one.iou)
    return labels, ranks, ious
