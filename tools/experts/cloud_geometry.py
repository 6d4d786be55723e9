"""Expert on the geometry of point clouds and meshes: how far a part departs from its references.

The part is registered on the first reference, as the other references were. Each point then is
compared with the references' surface: how far it lies off it, alone and with its neighbourhood.
How its normal turns, and how its FPFH features differ from those that the memory holds around the
same place (Horwitz and Hoshen 2023), can be asked for; on planted defects they found no more
(evals/LOG.md). Each sign is measured in units of what normal surface shows at that place. Surface
that is missing where the scan looked counts for the points that border it. Knows no product,
threshold or picture.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.asset_ports import AssetMemory, AssetPort, AssetScore, NormalScore
from tools.assets.clouds.cloud import Cloud
from tools.assets.clouds.extents import half_sphere
from tools.assets.clouds.surface import Surface, surface_of
from tools.experts.cloud_geometry_learnt import Learnt, Look
from tools.experts.cloud_geometry_levels import split
from tools.experts.cloud_geometry_signs import SIGNS
from tools.ports import NotApplicable

MAX_POINTS = 20_000
"""Of each surface; more are thinned evenly, a mesh gives so many."""
MAX_REFERENCES = 8
"""Of more, the first serve."""
MIN_POINTS = 200
WORST = 8
"""The raw score is the mean of so many worst points."""
N_COPIES = 4
"""Normal scores for each reference."""
DEFAULT_SIGNS = ("displacement", "wide displacement")
CUT_SHARE = 0.15
"""Of the points of a normal copy: cut off, as a side that was not scanned is."""


class CloudGeometry:
    """Distances, normals, FPFH features and gaps; see the module. An `AssetExpert`."""

    name = "geometry"
    modality = "point_cloud"

    def __init__(
        self,
        *,
        max_points: int = MAX_POINTS,
        signs: Sequence[str] = DEFAULT_SIGNS,
        gaps: bool = True,
    ) -> None:
        """Set up; computes nothing.

        Args:
            max_points: of each surface that is compared.
            signs: of `SIGNS`, at least one.
            gaps: whether missing surface counts.

        Raises:
            ValueError: where points are too few, or there is no such sign.
        """
        unknown = [name for name in signs if name not in SIGNS]
        if unknown or not signs:
            raise ValueError(f"signs must be some of {', '.join(SIGNS)}, got {', '.join(signs)!r}")
        if max_points < MIN_POINTS:
            raise ValueError(f"max_points must be at least {MIN_POINTS}, got {max_points}")
        self._max_points = max_points
        self._look = Look(tuple(signs), gaps)
        parameters = f"{self.name}/3 {max_points} {self._look}"
        self.version = hashlib.sha256(parameters.encode()).hexdigest()[:16]

    def learn_assets(self, references: Sequence[Any]) -> AssetMemory:
        """Take the references' surfaces into a memory; see `AssetExpert.learn_assets`."""
        clouds = [as_cloud(one) for one in references][:MAX_REFERENCES]
        if not clouds:
            raise NotApplicable("no reference is given")
        base = clouds[0]
        laid = [base, *(one.moved_like(base) for one in clouds[1:])]
        surfaces = [self.surface(one) for one in laid]
        return CloudGeometryMemory(base, surfaces, self.surface, self._look)

    def surface(self, cloud: Cloud) -> Surface:
        """The points of a cloud that are compared.

        Raises:
            NotApplicable: where they are too few.
        """
        found = surface_of(cloud.posed, max_points=self._max_points)
        if len(found.points_n3) < MIN_POINTS:
            raise NotApplicable(
                f"{len(found.points_n3)} points say nothing of a surface, {MIN_POINTS} are needed"
            )
        return found


def as_cloud(asset: Any) -> Cloud:
    """An asset as a cloud.

    Raises:
        NotApplicable: where it is of another modality.
    """
    if not isinstance(asset, Cloud):
        raise NotApplicable("it is no point cloud")
    return asset


def raw_score(scores_n: NDArray[np.float32]) -> float:
    """The mean of the worst few points, so that one speck of noise does not decide."""
    n = min(WORST, len(scores_n))
    return float(np.sort(scores_n)[-n:].mean())


class CloudGeometryMemory:
    """What the expert learnt of one product; an `AssetMemory`."""

    def __init__(self, base: Cloud, surfaces: Sequence[Surface], surface: Any, look: Look) -> None:
        """Hold what was learnt.

        Args:
            base: the reference that every part is registered on.
            surfaces: of the references, in its pose.
            surface: gives the points of a cloud that are compared.
            look: what is looked at.
        """
        self._look = look
        self._base = base
        self._surfaces = list(surfaces)
        self._surface = surface
        self._learnt = Learnt(self._surfaces, look)

    def score_asset(self, asset: AssetPort) -> AssetScore:
        """Register a part and score its points; see `AssetMemory.score_asset`."""
        laid = as_cloud(asset).moved_like(self._base)
        surface = self._surface(laid)
        scores = self._learnt.scores(surface)
        return AssetScore(raw_score(scores), to_elements(laid, surface, scores))

    def normal_scores(self) -> Sequence[Sequence[NormalScore]]:
        """Halves of each reference with a side cut off, scored by the others or the other half."""
        if len(self._surfaces) == 1:
            return [self._by_halves(self._surfaces[0])]
        return [self._by_others(index) for index in range(len(self._surfaces))]

    def _by_halves(self, whole: Surface) -> list[NormalScore]:
        found = []
        for seed in range(N_COPIES // 2):
            # Splits other than those that the levels were measured on.
            halves = split(whole, 100 + seed)
            for one, other in (halves, halves[::-1]):
                copy = cut_off(one, self._learnt, seed)
                found.append(_normal_score(Learnt([other], self._look), copy))
        return found

    def _by_others(self, index: int) -> list[NormalScore]:
        others = [one for at, one in enumerate(self._surfaces) if at != index]
        learnt = Learnt(others, self._look)
        whole = self._surfaces[index]
        copies = [whole, *(cut_off(whole, learnt, seed) for seed in range(N_COPIES - 1))]
        return [_normal_score(learnt, copy) for copy in copies]


def _normal_score(learnt: Learnt, surface: Surface) -> NormalScore:
    scores = learnt.scores(surface)
    return NormalScore(raw_score(scores), float(scores.max()))


def cut_off(surface: Surface, learnt: Learnt, seed: int) -> Surface:
    """A surface without one side: cut off, or, every other time, without what only it shows.

    Args:
        surface: in the pose of what was learnt.
        learnt: knows what each side shows.
        seed: decides the side; an odd one takes away what only it shows.
    """
    rng = np.random.default_rng(seed)
    side = half_sphere(64)[rng.integers(64)] * rng.choice((-1.0, 1.0))
    if seed % 2:
        return surface.some(np.flatnonzero(learnt.shown_without(surface.points_n3, side)))
    along = surface.points_n3 @ side
    return surface.some(np.flatnonzero(along <= np.quantile(along, 1 - CUT_SHARE)))


def to_elements(
    cloud: Cloud, surface: Surface, scores_n: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Scores of a surface's points as scores of the file's points (a mesh's vertices).

    A point takes the worst of what speaks for it, else what its nearest neighbour has; a point
    that is not looked at has NaN.
    """
    from scipy.spatial import cKDTree

    shape = cloud.posed
    told = np.full(len(shape.points_n3), -np.inf, dtype=np.float32)
    np.maximum.at(told, surface.owners_n, scores_n)
    silent = np.flatnonzero(np.isneginf(told))
    if len(silent):
        nearest = cKDTree(surface.points_n3).query(shape.points_n3[silent])[1]
        told[silent] = scores_n[nearest]
    elements = np.full(shape.n_elements, np.nan, dtype=np.float32)
    elements[shape.kept_n] = told
    return elements
