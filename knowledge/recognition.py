"""Whether a picture looks like the references of a product. Knows neither stores nor places.

Each block of the look has its own scale: how far a reference is from its nearest other one. What
is further from all references than they are from one another is none of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from knowledge.look import BLOCKS, blocks_of
from tools.arrays import Float32Array

TYPICAL_SCALES: dict[str, float] = {
    "luminance": 0.17,
    "chroma": 0.03,
    "orientation_fine": 0.065,
    "orientation_middle": 0.065,
    "orientation_coarse": 0.1,
    "contrast_fine": 0.075,
    "contrast_middle": 0.07,
    "contrast_coarse": 0.075,
    "texture_fine": 0.05,
    "texture_coarse": 0.06,
    "aspect": 0.03,
}
"""How far a reference is from its nearest other one: median over nine products, 8 references."""
TYPICAL_LIMIT = 1.8
"""In scales, as `limit` before its margin."""
PRIOR_REFERENCES = 2
"""What is typical counts as much as so many references."""
SCALE_FLOOR = 0.02
MARGIN = 1.15


class LookModel(NamedTuple):
    """What the references of one product look like."""

    descriptors: Float32Array
    """(N, 281)"""
    scales: Float32Array
    """(number of blocks,)"""
    limit: float
    """Distance up to which a picture is one of them."""


def learn_look(descriptors: Float32Array) -> LookModel:
    """Learn scales and limit from the references, each left out once.

    Args:
        descriptors: (N, 281) of the references, at least one.
    """
    typical = np.array([TYPICAL_SCALES[name] for name in BLOCKS], dtype=np.float32)
    n_others = len(descriptors) - 1
    if n_others == 0:
        return LookModel(descriptors, typical, MARGIN * TYPICAL_LIMIT)
    apart = _block_distances(descriptors, descriptors)
    apart[:, np.arange(n_others + 1), np.arange(n_others + 1)] = np.inf
    learned = (apart.min(axis=2) ** 2).mean(axis=1)
    scales = np.sqrt(_with_prior(learned, typical**2, n_others) + SCALE_FLOOR**2)
    left_out = _combined(apart, scales)
    limit = _with_prior(left_out.mean() + 2 * left_out.std(), TYPICAL_LIMIT, n_others)
    return LookModel(descriptors, scales.astype(np.float32), MARGIN * float(limit))


def _with_prior(learned: Any, typical: Any, n_others: int) -> Any:
    return (n_others * learned + PRIOR_REFERENCES * typical) / (n_others + PRIOR_REFERENCES)


def look_distance(descriptor: Float32Array, model: LookModel) -> float:
    """Distance of a look to the nearest reference, in scales; compare with `model.limit`.

    Args:
        descriptor: (281,)
        model: of one product.
    """
    return float(_combined(_block_distances(descriptor[None], model.descriptors), model.scales)[0])


def similarity(distance: float) -> float:
    """A distance in scales as a similarity in (0, 1]; 1 is a reference itself."""
    return 1.0 / (1.0 + distance)


def _block_distances(left: Float32Array, right: Float32Array) -> Float32Array:
    """(number of blocks, N, M) Euclidean distances."""
    return np.stack(
        [
            np.linalg.norm(a[:, None] - b[None], axis=2)
            for a, b in zip(blocks_of(left), blocks_of(right), strict=True)
        ]
    )


def _combined(apart: Float32Array, scales: Float32Array) -> Float32Array:
    """(N,) root mean square over the blocks, of the nearest."""
    squares = (apart / scales[:, None, None]) ** 2
    return np.asarray(np.sqrt(squares.mean(axis=0)).min(axis=1))
