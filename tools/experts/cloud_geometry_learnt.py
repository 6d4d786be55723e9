"""What normal surface is like, and how far a scanned surface departs from it. Knows no asset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import BoolMask
from tools.assets.clouds.geometry import Float64Array
from tools.assets.clouds.places import MIN_POINTS, REACH
from tools.assets.clouds.surface import Surface
from tools.experts.cloud_geometry_gaps import Gap, bordering, gaps_of
from tools.experts.cloud_geometry_levels import Levels, levels_of, relative
from tools.experts.cloud_geometry_outlook import Outlook, outlook_of, shown_without
from tools.experts.cloud_geometry_signs import Scanned, scanned, signs_of

EDGE_REACH = 4.0
"""In units of the spacing: so near to an open edge, normals and features are not told."""
AROUND_NEEDED = ("turning", "features")
"""Signs that a whole neighbourhood tells."""
LENGTHS = ("displacement", "wide displacement")
"""Signs in the units of the cloud."""
FLANK = 0.1
"""Of the largest displacement of a place: what hangs together with it and has less is no part."""
MOSTLY_MOVED = 0.5
"""Share of a gap's points next to points that were displaced: the surface moved, it is no gap."""


class Look(NamedTuple):
    """What is looked at."""

    signs: tuple[str, ...]
    gaps: bool


class Told(NamedTuple):
    """What signs tell of points."""

    scores_n: NDArray[np.float32]
    """(N,) of the worst sign; 1 is the largest that is usual at a place."""
    sizes_n: NDArray[np.float32]
    """(N,) how far each is displaced, or its score where displacements are not looked at."""


class Learnt:
    """References' surfaces and what is normal on them. Scores surfaces in their pose."""

    def __init__(self, surfaces: Sequence[Surface], look: Look) -> None:
        """Measure what is normal.

        Args:
            surfaces: of the references, in one pose.
            look: what is looked at.
        """
        self._look = look
        self._features = "features" in look.signs
        first = scanned(surfaces[0], features=self._features)
        others = [scanned(one, like=first, features=self._features) for one in surfaces[1:]]
        self.references: list[Scanned] = [first, *others]
        self.levels: Levels = levels_of(self.references, look.signs)
        self._outlook: Outlook = outlook_of(first)

    def told(self, seen: Scanned) -> Told:
        """What each point shows.

        Normals and features are not told at the cloud's own open edge, where their neighbourhoods
        are halves.
        """
        names = self._look.signs
        signs = signs_of(seen, self.references, names)
        scores = relative(seen, signs, self.levels)
        columns = [at for at, name in enumerate(names) if name in AROUND_NEEDED]
        for column in columns:
            scores[near_open_edge(seen), column] = 0
        lengths = [at for at, name in enumerate(names) if name in LENGTHS]
        sizes = signs[:, lengths] if lengths else scores
        return Told(scores.max(axis=1), sizes.max(axis=1))

    def shown_without(self, points_n3: Float64Array, side: Float64Array) -> BoolMask:
        """(N,) points that a scan has which did not look from a side; see `shown_without`."""
        return shown_without(points_n3, self.references[0], self._outlook, side)

    def scores(self, surface: Surface) -> NDArray[np.float32]:
        """(N,) of a surface's points; 1 is the largest that is usual on normal surface."""
        seen = scanned(surface, like=self.references[0], features=self._features)
        told = self.told(seen)
        scores = as_places(surface, told)
        for gap in self._gaps(seen, told.scores_n):
            border = bordering(seen, gap)
            scores[border] = np.maximum(scores[border], gap.emptiness**2)
        return scores

    def _gaps(self, seen: Scanned, moved_n: NDArray[np.float32]) -> list[Gap]:
        """Missing surface; what is gone from its place because it was displaced is not."""
        if not self._look.gaps:
            return []
        found = gaps_of(seen, self.references[0], self._outlook)
        beside = [np.asarray(seen.tree.query(gap.points_m3)[1]) for gap in found]
        return [
            gap
            for gap, near in zip(found, beside, strict=True)
            if np.mean(moved_n[near] > 1) < MOSTLY_MOVED
        ]


def as_places(surface: Surface, told: Told) -> NDArray[np.float32]:
    """(N,) unusual points, each with the worst score of those that it hangs together with.

    The flank of a bulge is told by its top (two thresholds, as Canny's 1986 edges have): what lies
    above 1 is unusual by itself, what counts of it the level decides on the worst. How far down a
    flank goes is a matter of lengths, not of scores, as levels differ from place to place. A speck,
    too small to be a place of a cloud, is a blunder of a normal or a rare void: it has 1.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    unusual = np.flatnonzero(told.scores_n > 1)
    scores, sizes = told.scores_n[unusual], told.sizes_n[unusual]
    tree = cKDTree(surface.points_n3[unusual])
    pairs = tree.query_pairs(REACH * surface.spacing, output_type="ndarray")
    ones = np.ones(len(pairs), dtype=np.bool_)
    graph = coo_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(unusual), len(unusual)))
    n, labels = connected_components(graph, directed=False)
    worst, largest = np.zeros(n, dtype=np.float32), np.zeros(n, dtype=np.float32)
    np.maximum.at(worst, labels, scores)
    np.maximum.at(largest, labels, sizes)
    worst[np.bincount(labels, minlength=n) < MIN_POINTS] = 1
    placed = told.scores_n.copy()
    belongs = sizes >= FLANK * largest[labels]
    placed[unusual] = np.where(belongs, worst[labels], np.minimum(scores, 1))
    return placed


def near_open_edge(seen: Scanned) -> BoolMask:
    """(N,) points near to an open edge of the surface."""
    from scipy.spatial import cKDTree

    surface = seen.surface
    edge = surface.points_n3[seen.open_edge_n]
    if not len(edge):
        return np.zeros(len(surface.points_n3), dtype=np.bool_)
    reach = EDGE_REACH * surface.spacing
    apart = cKDTree(edge).query(surface.points_n3, distance_upper_bound=reach)[0]
    return np.asarray(np.isfinite(apart))
