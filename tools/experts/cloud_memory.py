"""What an expert on clouds learnt of one product, whatever it looks at: surfaces that are scored.

A part is registered on the first reference, as the other references were, and its points are scored
by whoever learnt the references' surfaces. Knows no sign and no picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from tools.arrays import BoolMask
from tools.asset_ports import AssetPort, AssetScore, NormalScore
from tools.assets.clouds.cloud import Cloud
from tools.assets.clouds.extents import half_sphere
from tools.assets.clouds.geometry import Float64Array
from tools.assets.clouds.surface import Surface, in_order, surface_of
from tools.experts.cloud_geometry_levels import split
from tools.ports import NotApplicable

MAX_REFERENCES = 8
"""Of more, the first serve."""
MIN_POINTS = 200
WORST = 8
"""The raw score is the mean of so many worst points."""
N_COPIES = 4
"""Normal scores for each reference."""
CUT_SHARE = 0.15
"""Of the points of a normal copy: cut off, as a side that was not scanned is."""


class SurfaceScorer(Protocol):
    """What was learnt of the references' surfaces. Scores surfaces in their pose."""

    def scores(self, surface: Surface) -> NDArray[np.float32]:
        """(N,) of a surface's points; 1 is the largest that is usual on normal surface."""
        ...

    def shown_without(self, points_n3: Float64Array, side: Float64Array) -> BoolMask:
        """(N,) points that a scan has which did not look from a side."""
        ...


Learn = Callable[[Sequence[Surface]], SurfaceScorer]
"""Measures what is normal on surfaces of references, in one pose."""


class Laid(NamedTuple):
    """References in one pose."""

    base: Cloud
    """The one that every part is registered on."""
    surfaces: list[Surface]
    """Of all, in its pose."""


def laid_references(references: Sequence[Any], *, max_points: int) -> Laid:
    """Register references on the first of them.

    Args:
        references: opened assets.
        max_points: of each surface.

    Raises:
        NotApplicable: where there is none, one is no cloud, or one has too few points.
    """
    clouds = [as_cloud(one) for one in references][:MAX_REFERENCES]
    if not clouds:
        raise NotApplicable("no reference is given")
    base = clouds[0]
    laid = [base, *(one.moved_like(base) for one in clouds[1:])]
    return Laid(base, [compared_surface(one, max_points=max_points) for one in laid])


def as_cloud(asset: Any) -> Cloud:
    """An asset as a cloud.

    Raises:
        NotApplicable: where it is of another modality.
    """
    if not isinstance(asset, Cloud):
        raise NotApplicable("it is no point cloud")
    return asset


def compared_surface(cloud: Cloud, *, max_points: int) -> Surface:
    """The points of a cloud that are compared; of more than `max_points`, so many, evenly.

    Raises:
        NotApplicable: where they are too few.
    """
    found = in_order(surface_of(cloud.posed, max_points=max_points))
    if len(found.points_n3) < MIN_POINTS:
        raise NotApplicable(
            f"{len(found.points_n3)} points say nothing of a surface, {MIN_POINTS} are needed"
        )
    return found


def raw_score(scores_n: NDArray[np.float32]) -> float:
    """The mean of the worst few points, so that one speck of noise does not decide."""
    n = min(WORST, len(scores_n))
    return float(np.sort(scores_n)[-n:].mean())


class CloudMemory:
    """What an expert learnt of one product; an `AssetMemory`."""

    def __init__(self, laid: Laid, learn: Learn, *, max_points: int) -> None:
        """Learn.

        Args:
            laid: the references.
            learn: measures what is normal on them, and on some of them.
            max_points: of each surface that is compared.
        """
        self._laid = laid
        self._learn = learn
        self._max_points = max_points
        self._learnt = learn(laid.surfaces)

    def score_asset(self, asset: AssetPort) -> AssetScore:
        """Register a part and score its points; see `AssetMemory.score_asset`."""
        cloud = as_cloud(asset).moved_like(self._laid.base)
        surface = compared_surface(cloud, max_points=self._max_points)
        scores = self._learnt.scores(surface)
        return AssetScore(raw_score(scores), to_elements(cloud, surface, scores))

    def normal_scores(self) -> Sequence[Sequence[NormalScore]]:
        """Halves of each reference with a side cut off, scored by the others or the other half."""
        surfaces = self._laid.surfaces
        if len(surfaces) == 1:
            return [self._by_halves(surfaces[0])]
        return [self._by_others(index) for index in range(len(surfaces))]

    def _by_halves(self, whole: Surface) -> list[NormalScore]:
        found = []
        for seed in range(N_COPIES // 2):
            # Splits other than those that the levels were measured on.
            halves = split(whole, 100 + seed)
            for one, other in (halves, halves[::-1]):
                copy = cut_off(one, self._learnt, seed)
                found.append(_normal_score(self._learn([other]), copy))
        return found

    def _by_others(self, index: int) -> list[NormalScore]:
        surfaces = self._laid.surfaces
        learnt = self._learn([one for at, one in enumerate(surfaces) if at != index])
        whole = surfaces[index]
        copies = [whole, *(cut_off(whole, learnt, seed) for seed in range(N_COPIES - 1))]
        return [_normal_score(learnt, copy) for copy in copies]


def _normal_score(learnt: SurfaceScorer, surface: Surface) -> NormalScore:
    scores = learnt.scores(surface)
    return NormalScore(raw_score(scores), float(scores.max()))


def cut_off(surface: Surface, learnt: SurfaceScorer, seed: int) -> Surface:
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
