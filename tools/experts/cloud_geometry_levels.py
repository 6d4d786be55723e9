"""How large signs are on normal surface, place by place. Knows no asset and no verdict.

Another drawing of the same part shows signs at its edges and in its hollows that it does not show
on its flanks. They are measured on the references: each against the others, or, where there is
one, its halves against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import Int64Array
from tools.assets.clouds.shapes import normals_of
from tools.assets.clouds.surface import Surface
from tools.experts.cloud_geometry_signs import Scanned, scanned, signs_of

N_SPLITS = 2
AROUND = 40
"""Normal signs around a place that tell its level."""
LIMIT = 0.9995
"""Share of normal points below 1, sign by sign."""


class Levels(NamedTuple):
    """What signs are divided by."""

    tree: Any
    """scipy's cKDTree of the places."""
    level_nc: NDArray[np.float32]
    """(N, C) of each place and sign."""
    limit_c: NDArray[np.float32]
    """(C,) what `LIMIT` of normal points stay below, in units of their level."""
    median_c: NDArray[np.float32]
    """(C,) of normal points' signs."""


class _Normal(NamedTuple):
    """Signs of normal points and where they lie."""

    points_n3: NDArray[np.float64]
    signs_nc: NDArray[np.float32]


def levels_of(references: Sequence[Scanned], names: Sequence[str]) -> Levels:
    """Measure what is normal.

    Args:
        references: at least one, in one pose.
        names: of the signs.
    """
    from scipy.spatial import cKDTree

    parts = _across(references, names) if len(references) > 1 else _halves(references[0], names)
    points = np.concatenate([part.points_n3 for part in parts])
    signs = np.concatenate([part.signs_nc for part in parts])
    tree = cKDTree(points)
    near = np.asarray(tree.query(points, k=min(AROUND, len(points)))[1])
    local = np.sqrt(np.mean(signs[near] ** 2, axis=1))
    level = local + np.median(local, axis=0)
    limit = np.quantile(signs / level, LIMIT, axis=0)
    return Levels(
        tree,
        level.astype(np.float32),
        limit.astype(np.float32),
        np.median(signs, axis=0).astype(np.float32),
    )


def relative(seen: Scanned, signs_nc: NDArray[np.float32], levels: Levels) -> NDArray[np.float32]:
    """Signs in units of what normal points stay below.

    A cloud whose points all show more than normal ones (a noisier scan, a registration that is a
    little off) is measured against its own median.

    Returns:
        (N, C), 1 is the largest that is usual.
    """
    place = np.asarray(levels.tree.query(seen.surface.points_n3)[1])
    louder = np.median(signs_nc, axis=0) / np.maximum(levels.median_c, 1e-12)
    scale = levels.level_nc[place] * levels.limit_c * np.maximum(louder, 1)
    return np.asarray(signs_nc / np.maximum(scale, 1e-12), dtype=np.float32)


def split(surface: Surface, seed: int) -> tuple[Surface, Surface]:
    """Two halves of a surface's points, at random; each with normals of its own points."""
    order = np.random.default_rng(seed).permutation(len(surface.points_n3))
    first: Int64Array = np.sort(order[::2])
    second: Int64Array = np.sort(order[1::2])
    return _by_itself(surface.some(first)), _by_itself(surface.some(second))


def _by_itself(part: Surface) -> Surface:
    # Normals that the other half had a share in would show less turning than a drawing of its own.
    return part._replace(normals_n3=normals_of(part.points_n3))


def _halves(reference: Scanned, names: Sequence[str]) -> list[_Normal]:
    features = reference.features_nd is not None
    parts = []
    for seed in range(N_SPLITS):
        first, second = (
            scanned(one, like=reference, features=features)
            for one in split(reference.surface, seed)
        )
        parts += [_normal(first, [second], names), _normal(second, [first], names)]
    return parts


def _across(references: Sequence[Scanned], names: Sequence[str]) -> list[_Normal]:
    return [
        _normal(one, [other for other in references if other is not one], names)
        for one in references
    ]


def _normal(seen: Scanned, references: Sequence[Scanned], names: Sequence[str]) -> _Normal:
    return _Normal(seen.surface.points_n3, signs_of(seen, references, names))
