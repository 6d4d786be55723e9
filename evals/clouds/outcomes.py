"""What methods say of planted clouds: the experts, signs of one, and the nearest distance.

All see the same registered clouds. A point is called defective above the largest score of normal
copies of the reference; nothing is fitted to the cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from evals.clouds.planted import Case, write_ply
from graphs.fusion import fuse
from tools.asset_ports import AssetExpert, AssetMemory, NormalScore
from tools.assets.clouds import open_cloud
from tools.assets.clouds.cloud import Cloud
from tools.experts.cloud_geometry import CloudGeometry
from tools.experts.cloud_geometry_signs import SIGNS
from tools.experts.cloud_memory import raw_score
from tools.experts.table import ExpertChoice, build_expert
from tools.ports import NotApplicable

EXPERT, BASELINE = "geometry", "nearest distance"
VIEWS, BOTH = "views", "geometry and views"
"""Of both, places are what either calls, and the score is the verdict's: ranks, equal weights."""
PARTS: dict[str, AssetExpert] = {
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


class Said(NamedTuple):
    """What a method says of one cloud."""

    raw_score: float
    called_n: NDArray[np.bool_]


class Asked(NamedTuple):
    """What is compared beside the expert on geometry and the nearest distance."""

    ablate: bool = False
    """Whether that expert's signs are taken apart too."""
    views: bool = False
    """Whether the expert on views is asked, alone and beside."""

    def experts(self) -> dict[str, AssetExpert]:
        """By the names of methods."""
        experts: dict[str, AssetExpert] = {EXPERT: CloudGeometry()}
        if self.ablate:
            experts |= PARTS
        if self.views:
            experts[VIEWS] = build_expert_on_clouds(VIEWS)
        return experts


def build_expert_on_clouds(name: str) -> AssetExpert:
    """An expert of the table, as it is where nobody sets anything."""
    expert = build_expert(name, ExpertChoice())
    assert isinstance(expert, AssetExpert)
    return expert


def outcomes_of(
    reference_n3: NDArray[np.float64], cases: Sequence[Case], folder: Path, asked: Asked
) -> list[Outcome]:
    """Score the cases of one scan by each method.

    Args:
        reference_n3: points of the normal scan.
        cases: to inspect.
        folder: for files.
        asked: what is compared.

    Raises:
        NotApplicable: where a cloud does not come to lie on the reference; says which.
    """
    normal = open_cloud(write_ply(folder / "reference.ply", reference_n3))
    memories = {name: one.learn_assets([normal]) for name, one in asked.experts().items()}
    usual = {name: _normal_scores(memory) for name, memory in memories.items()}
    farthest = _spread_of_halves(normal)
    found = []
    for one in cases:
        laid = _laid(one, normal, folder)
        said = {name: _said(memory, laid, usual[name]) for name, memory in memories.items()}
        if asked.views:
            said[BOTH] = _both(said, usual)
        apart = _distances(laid, normal)
        said[BASELINE] = Said(raw_score(apart), apart > farthest)
        found += [_outcome(name, told, one) for name, told in said.items()]
    return found


def _outcome(name: str, told: Said, one: Case) -> Outcome:
    iou = iou_of(told.called_n, one.is_defect_n)
    return Outcome(name, one.kind, one.size, told.raw_score, iou)


def _said(memory: AssetMemory, laid: Cloud, usual: Sequence[NormalScore]) -> Said:
    told = memory.score_asset(laid)
    return Said(told.raw_score, told.element_scores > max(one.largest for one in usual))


def _both(said: Mapping[str, Said], usual: Mapping[str, Sequence[NormalScore]]) -> Said:
    fused = fuse(
        {name: said[name].raw_score for name in (EXPERT, VIEWS)},
        {name: [one.raw_score for one in usual[name]] for name in (EXPERT, VIEWS)},
    )
    assert fused is not None
    return Said(fused.raw_score, said[EXPERT].called_n | said[VIEWS].called_n)


def _laid(one: Case, normal: Cloud, folder: Path) -> Cloud:
    try:
        return open_cloud(write_ply(folder / "part.ply", one.points_n3)).moved_like(normal)
    except NotApplicable as reason:
        raise NotApplicable(f"{one.kind} of {one.size:g}: {reason}") from reason


def _normal_scores(memory: AssetMemory) -> list[NormalScore]:
    return [one for row in memory.normal_scores() for one in row]


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
