"""What methods say of planted clouds: the expert's signs and the nearest distance. Knows no graph.

All see the same registered clouds. A point is called defective above the largest score of normal
copies of the reference; nothing is fitted to the cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from evals.clouds.planted import Case, write_ply
from tools.assets.clouds import open_cloud
from tools.assets.clouds.cloud import Cloud
from tools.experts.cloud_geometry import CloudGeometry
from tools.experts.cloud_geometry_signs import SIGNS
from tools.experts.cloud_memory import CloudMemory, raw_score
from tools.ports import NotApplicable

EXPERT, BASELINE = "geometry", "nearest distance"
PARTS: dict[str, CloudGeometry] = {
    "distance alone": CloudGeometry(gaps=False),
    "normals alone": CloudGeometry(signs=("turning",), gaps=False),
    "FPFH alone": CloudGeometry(signs=("features",), gaps=False),
    "all four signs and gaps": CloudGeometry(signs=SIGNS),
}
"""What the expert is compared with where its signs are taken apart."""


class Outcome(NamedTuple):
    """What one method said of one case."""

    method: str
    kind: str
    size: float
    raw_score: float
    iou: float


def outcomes_of(
    reference_n3: NDArray[np.float64], cases: Sequence[Case], folder: Path, *, ablate: bool
) -> list[Outcome]:
    """Score the cases of one scan by each method.

    Args:
        reference_n3: points of the normal scan.
        cases: to inspect.
        folder: for files.
        ablate: whether the expert's signs are taken apart too.

    Raises:
        NotApplicable: where a cloud does not come to lie on the reference; says which.
    """
    normal = open_cloud(write_ply(folder / "reference.ply", reference_n3))
    experts = {EXPERT: CloudGeometry(), **(PARTS if ablate else {})}
    memories = {name: _learnt(expert, normal) for name, expert in experts.items()}
    limits = {name: _largest(memory) for name, memory in memories.items()}
    limits[BASELINE] = _spread_of_halves(normal)
    found = []
    for one in cases:
        laid = _laid(one, normal, folder)
        by_method = {name: memory.score_asset(laid) for name, memory in memories.items()}
        scores = {name: told.element_scores for name, told in by_method.items()}
        scores[BASELINE] = _distances(laid, normal)
        found += [
            Outcome(
                name,
                one.kind,
                one.size,
                raw_score(values),
                iou_of(values > limits[name], one.is_defect_n),
            )
            for name, values in scores.items()
        ]
    return found


def _laid(one: Case, normal: Cloud, folder: Path) -> Cloud:
    try:
        return open_cloud(write_ply(folder / "part.ply", one.points_n3)).moved_like(normal)
    except NotApplicable as reason:
        raise NotApplicable(f"{one.kind} of {one.size:g}: {reason}") from reason


def _learnt(expert: CloudGeometry, normal: Cloud) -> CloudMemory:
    memory = expert.learn_assets([normal])
    assert isinstance(memory, CloudMemory)
    return memory


def _largest(memory: CloudMemory) -> float:
    return max(one.largest for row in memory.normal_scores() for one in row)


def _spread_of_halves(normal: Cloud) -> float:
    """The largest nearest distance between two halves of the reference."""
    points = normal.shape.points_n3[np.random.default_rng(0).permutation(len(normal.shape.kept_n))]
    return float(cKDTree(points[::2]).query(points[1::2])[0].max())


def _distances(laid: Cloud, normal: Cloud) -> NDArray[np.float32]:
    apart = cKDTree(normal.shape.points_n3).query(laid.posed.points_n3)[0]
    return np.asarray(apart, dtype=np.float32)


def iou_of(called_n: NDArray[np.bool_], is_defect_n: NDArray[np.bool_]) -> float:
    """Of the called points and the labelled ones; 0 where there are none of either."""
    union = int((called_n | is_defect_n).sum())
    return float((called_n & is_defect_n).sum() / union) if union else 0.0
