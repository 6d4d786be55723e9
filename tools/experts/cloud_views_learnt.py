"""How unlike its references' drawings a surface's drawings are, told of its points.

What a scan lacks is taken from the references too before they are drawn: a side that was not
scanned bares others, which look like nothing that a whole part shows, and missing surface is no
matter of looks. And near to it a view says nothing: no two scans end at the same points.
Knows no asset and no product.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import BoolMask, Float32Map, UInt8Image
from tools.assets.clouds import light
from tools.assets.clouds.geometry import Float64Array, Shape
from tools.assets.clouds.pixel_map import Lens, PixelMap
from tools.assets.clouds.splats import splat
from tools.assets.clouds.surface import Surface
from tools.experts.cloud_geometry_levels import AROUND, LIMIT, split
from tools.experts.cloud_geometry_outlook import outlook_of, shown_without
from tools.experts.cloud_geometry_signs import scanned
from tools.ports import Expert

EMPTY = 2.0
"""In units of the spacing: what of a reference is so far from any point of a scan, it lacks."""
BEHIND = 3.0
"""In units of the spacing: a surface so far behind another is not the same."""
PATCH_SHARE = 0.1
"""Of a picture's side: so far patches look, around the pixels that they speak of."""
TINY = 1e-6
"""Keeps surfaces that look all the same free of divisions by zero."""

LOOKS: dict[str, Callable[[PixelMap, float], UInt8Image]] = {
    "lit": lambda drawn, reach: light.lit(drawn),
    "distances": lambda drawn, reach: light.distances(drawn, reach=reach),
}
"""How what a camera sees becomes a picture."""


class Eyes(NamedTuple):
    """What looks, and from where."""

    patches: Expert
    lenses: tuple[Lens, ...]
    looks: tuple[str, ...]
    """Of `LOOKS`."""
    reach: float
    """Distances of so much before and behind the middle end the scale of grey."""


class ViewsLearnt:
    """References' surfaces and how unlike their drawings normal ones are. A `SurfaceScorer`."""

    def __init__(self, surfaces: Sequence[Surface], eyes: Eyes) -> None:
        """Measure what is normal: references against the others, or halves of the only one.

        Args:
            surfaces: of the references, in one pose.
            eyes: that look.
        """
        from scipy.spatial import cKDTree

        self._surfaces = list(surfaces)
        self._eyes = eyes
        pairs = _pairs(self._surfaces)
        told = [unlikeness(seen, others, eyes) for seen, others in pairs]
        self._tree = cKDTree(np.concatenate([seen.points_n3 for seen, _ in pairs]))
        self._floor_nk = _floors(self._tree, np.concatenate(told))
        normal = [self._excess(seen, one) for (seen, _), one in zip(pairs, told, strict=True)]
        limit_l = np.quantile(np.concatenate(normal), LIMIT, axis=0)
        self._limit_l = np.maximum(limit_l, TINY).astype(np.float32)

    def shown_without(self, points_n3: Float64Array, side: Float64Array) -> BoolMask:
        """(N,) points that a scan has which did not look from a side; see `shown_without`."""
        first = scanned(self._surfaces[0], features=False)
        return shown_without(points_n3, first, outlook_of(first), side)

    def scores(self, surface: Surface) -> NDArray[np.float32]:
        """(N,) of a surface's points; 1 is the largest that is usual, 0 where no view tells."""
        told = unlikeness(surface, self._surfaces, self._eyes)
        return np.asarray((self._excess(surface, told) / self._limit_l).max(axis=1))

    def _excess(self, surface: Surface, told_nk: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N, looks) what the noise of drawings does not explain, the mean of views that tell.

        Noise and difference add up in squares, view by view: where one view shows a defect, the
        noise of the others must not drown it.
        """
        place = np.asarray(self._tree.query(surface.points_n3)[1])
        ratio = told_nk / self._floor_nk[place]
        seen = np.isfinite(ratio)
        usual = np.array([_median(one[ok]) for one, ok in zip(ratio.T, seen.T, strict=True)])
        beyond = np.sqrt(np.maximum((np.where(seen, ratio, 0) / usual) ** 2 - 1, 0))
        by_look = (len(ratio), len(self._eyes.lenses), len(self._eyes.looks))
        n_views = np.maximum(seen.reshape(by_look).sum(axis=1), 1)
        return np.asarray(beyond.reshape(by_look).sum(axis=1) / n_views, dtype=np.float32)


def _median(values: NDArray[np.float32]) -> float:
    return max(float(np.median(values)), TINY) if len(values) else 1.0


def _floors(tree: Any, told_nk: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, K) root mean square of what normal points around each show, view by view."""
    near = np.asarray(tree.query(tree.data, k=min(AROUND, tree.n))[1])
    floors = np.empty_like(told_nk)
    for column, one in enumerate(told_nk.T):
        told = np.isfinite(one)
        squares = np.where(told, one, 0) ** 2
        n = told[near].sum(axis=1)
        whole = squares.sum() / max(int(told.sum()), 1)
        local = squares[near].sum(axis=1) / np.maximum(n, 1)
        # A place that no normal drawing showed has what the view has on the whole.
        floors[:, column] = np.sqrt(np.where(n > 0, local, 0) + whole)
    return np.maximum(floors, TINY)


def _pairs(surfaces: list[Surface]) -> list[tuple[Surface, list[Surface]]]:
    """Normal surfaces, each with those that it is compared with."""
    if len(surfaces) > 1:
        return [(one, surfaces[:at] + surfaces[at + 1 :]) for at, one in enumerate(surfaces)]
    first, second = split(surfaces[0], 0)
    return [(first, [second]), (second, [first])]


def unlikeness(seen: Surface, references: Sequence[Surface], eyes: Eyes) -> NDArray[np.float32]:
    """How unlike the references' drawings a surface's are, by point, view and look.

    Args:
        seen: what is inspected, in the references' pose.
        references: at least one.
        eyes: that look.

    Returns:
        (N, views * looks) float32, distances of patches; NaN where a view says nothing of a point.
    """
    bare = [_as_scanned(one, seen) for one in references]
    shapes = _alike([seen, *bare, *references])
    told = np.full((len(eyes.lenses), len(eyes.looks), len(seen.points_n3)), np.nan, np.float32)
    for view, lens in enumerate(eyes.lenses):
        mine, *theirs = (splat(shape, lens) for shape in shapes)
        less, whole = theirs[: len(bare)], theirs[len(bare) :]
        among = _told(less, whole, lens, spacing=shapes[0].spacing).ravel()[mine.pixels_v]
        for look, name in enumerate(eyes.looks):
            unlike = _unlike([mine, *less], name, eyes)
            told[view, look, mine.visible_v[among]] = unlike.ravel()[mine.pixels_v[among]]
    return told.reshape(-1, len(seen.points_n3)).T


def _unlike(drawn: Sequence[PixelMap], look: str, eyes: Eyes) -> Float32Map:
    """(H, W) how unlike the others the first drawing is."""
    pictures = [LOOKS[look](one, eyes.reach) for one in drawn]
    memory = eyes.patches.learn(pictures[1:], per_place=False)
    return memory.score(pictures[:1])[0].anomaly_map


def _told(
    bare: Sequence[PixelMap], whole: Sequence[PixelMap], lens: Lens, *, spacing: float
) -> BoolMask:
    """(H, W) pixels so far from missing surface that no patch which reaches them shows any.

    Specks narrower than two spacings are chance voids and ragged outlines, no missing surface.

    Args:
        bare: drawings of the references without what the scan lacks.
        whole: of the references as they are.
        lens: that drew them.
        spacing: of the points.
    """
    from scipy.ndimage import binary_opening, distance_transform_edt

    lacks = np.zeros(bare[0].depth_hw.shape, dtype=np.bool_)
    for less, all_of_it in zip(bare, whole, strict=True):
        lacks |= all_of_it.covered & (less.depth_hw > all_of_it.depth_hw + BEHIND * spacing)
    width_px = max(1, round(spacing * lens.px_per_unit))
    lacks = np.asarray(binary_opening(lacks, np.ones((3, 3)), iterations=width_px))
    if not lacks.any():
        return ~lacks
    return np.asarray(distance_transform_edt(~lacks) > PATCH_SHARE * max(lacks.shape))


def _as_scanned(reference: Surface, seen: Surface) -> Surface:
    """A reference without what a scan lacks.

    Around missing surface the scan lies on the reference; surface that was displaced lies as far
    from the reference as the reference from it, and is no matter of what was scanned.
    """
    from scipy.spatial import cKDTree

    apart, nearest = cKDTree(seen.points_n3).query(reference.points_n3)
    off = np.asarray(cKDTree(reference.points_n3).query(seen.points_n3)[0])[nearest]
    lacks = (apart > EMPTY * max(reference.spacing, seen.spacing)) & (off <= apart / 2)
    return reference.some(np.flatnonzero(~lacks))


def _alike(surfaces: Sequence[Surface]) -> list[Shape]:
    """Surfaces to draw, all with squares of one size, and coloured where all are."""
    spacing = max(one.spacing for one in surfaces)
    coloured = all(one.colours_n3 is not None for one in surfaces)
    return [
        Shape(
            points_n3=one.points_n3,
            kept_n=np.arange(len(one.points_n3)),
            normals_n3=one.normals_n3,
            faces_f3=np.zeros((0, 3), dtype=np.int64),
            colours_n3=one.colours_n3 if coloured else None,
            spacing=spacing,
            n_elements=len(one.points_n3),
        )
        for one in surfaces
    ]
