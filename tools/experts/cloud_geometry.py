"""Expert on the geometry of point clouds and meshes: how far a part departs from its references.

The part is registered on the first reference, as the other references were. Each point then is
compared with the references' surface: how far it lies off it, how its normal turns, and how its
FPFH features differ from those that the memory holds around the same place (Horwitz and Hoshen
2023 found them the strongest classical feature). Each sign is measured in units of what normal
surface shows at that place. Surface that is missing where the scan looked counts for the points
that border it. Knows no product, threshold or picture.
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
from tools.experts.cloud_geometry_gaps import (
    Outlook,
    bordering,
    gaps_of,
    open_edge,
    outlook_of,
)
from tools.experts.cloud_geometry_levels import Levels, levels_of, relative, split
from tools.experts.cloud_geometry_signs import SIGNS, Scanned, scanned, signs_of
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
EDGE_REACH = 4.0
"""In units of the spacing: so near to an open edge, normals and features are not told."""
AROUND_NEEDED = tuple(SIGNS.index(name) for name in ("turning", "features"))
CUT_SHARE = 0.15
"""Of the points of a normal copy: cut off, as a side that was not scanned is."""


class CloudGeometry:
    """Distances, normals, FPFH features and gaps; see the module. An `AssetExpert`."""

    name = "geometry"
    modality = "point_cloud"

    def __init__(self, *, max_points: int = MAX_POINTS) -> None:
        """Set up; computes nothing.

        Args:
            max_points: of each surface that is compared.

        Raises:
            ValueError: where they are too few.
        """
        if max_points < MIN_POINTS:
            raise ValueError(f"max_points must be at least {MIN_POINTS}, got {max_points}")
        self._max_points = max_points
        parameters = f"{self.name}/1 {max_points} {' '.join(SIGNS)}"
        self.version = hashlib.sha256(parameters.encode()).hexdigest()[:16]

    def learn_assets(self, references: Sequence[Any]) -> AssetMemory:
        """Take the references' surfaces into a memory; see `AssetExpert.learn_assets`."""
        clouds = [as_cloud(one) for one in references][:MAX_REFERENCES]
        if not clouds:
            raise NotApplicable("no reference is given")
        base = clouds[0]
        laid = [base, *(one.moved_like(base) for one in clouds[1:])]
        surfaces = [self.surface(one) for one in laid]
        return CloudGeometryMemory(base, surfaces, self.surface)

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


class Learnt:
    """References' surfaces and what is normal on them. Scores surfaces in their pose."""

    def __init__(self, surfaces: Sequence[Surface]) -> None:
        """Measure what is normal.

        Args:
            surfaces: of the references, in one pose.
        """
        first = scanned(surfaces[0])
        self.references: list[Scanned] = [
            first,
            *(scanned(one, like=first) for one in surfaces[1:]),
        ]
        self.levels: Levels = levels_of(self.references)
        self._outlook: Outlook = outlook_of(first.surface)

    def relative_signs(self, seen: Scanned) -> NDArray[np.float32]:
        """(N, C) in units of what is usual.

        Normals and features are not told at the cloud's own open edge, where their neighbourhoods
        are halves.
        """
        from scipy.spatial import cKDTree

        signs = relative(seen, signs_of(seen, self.references), self.levels)
        edge = seen.surface.points_n3[open_edge(seen.surface)]
        if len(edge):
            reach = EDGE_REACH * seen.surface.spacing
            apart = cKDTree(edge).query(seen.surface.points_n3, distance_upper_bound=reach)[0]
            signs[np.ix_(np.isfinite(apart), AROUND_NEEDED)] = 0
        return signs

    def scores(self, surface: Surface) -> NDArray[np.float32]:
        """(N,) of a surface's points; 1 is the largest that is usual on normal surface."""
        seen = scanned(surface, like=self.references[0])
        scores: NDArray[np.float32] = np.asarray(self.relative_signs(seen).max(axis=1))
        for gap in gaps_of(seen, self.references[0], self._outlook):
            border = bordering(seen, gap)
            scores[border] = np.maximum(scores[border], gap.emptiness**2)
        return scores


def raw_score(scores_n: NDArray[np.float32]) -> float:
    """The mean of the worst few points, so that one speck of noise does not decide."""
    n = min(WORST, len(scores_n))
    return float(np.sort(scores_n)[-n:].mean())


class CloudGeometryMemory:
    """What the expert learnt of one product; an `AssetMemory`."""

    def __init__(self, base: Cloud, surfaces: Sequence[Surface], surface: Any) -> None:
        """Hold what was learnt.

        Args:
            base: the reference that every part is registered on.
            surfaces: of the references, in its pose.
            surface: gives the points of a cloud that are compared.
        """
        self._base = base
        self._surfaces = list(surfaces)
        self._surface = surface
        self._learnt = Learnt(self._surfaces)

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
                found.append(_normal_score(Learnt([other]), cut_off(one, seed)))
        return found

    def _by_others(self, index: int) -> list[NormalScore]:
        learnt = Learnt([one for at, one in enumerate(self._surfaces) if at != index])
        whole = self._surfaces[index]
        copies = [whole, *(cut_off(whole, seed) for seed in range(N_COPIES - 1))]
        return [_normal_score(learnt, copy) for copy in copies]


def _normal_score(learnt: Learnt, surface: Surface) -> NormalScore:
    scores = learnt.scores(surface)
    return NormalScore(raw_score(scores), float(scores.max()))


def cut_off(surface: Surface, seed: int) -> Surface:
    """A surface without one side."""
    rng = np.random.default_rng(seed)
    directions = half_sphere(64)
    along = surface.points_n3 @ (directions[rng.integers(64)] * rng.choice((-1.0, 1.0)))
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
