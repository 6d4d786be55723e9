"""How far two divisions of one picture agree. Knows nothing of pictures or of how they came."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

TOLERANCE_PX = 2
"""A border is found where one lies within this distance along rows or columns."""

Labels = npt.NDArray[np.int64]


class Agreement(NamedTuple):
    """A division against its reference."""

    boundary_recall: float
    """Share of the reference's border pixels that have a border near, in [0, 1]."""
    undersegmentation_error: float
    """Share of the picture that leaks across the reference's regions, in [0, 1]."""
    n_regions: int
    n_reference_regions: int


def agreement(labels: Labels, reference: Labels) -> Agreement:
    """Compare two label maps, (H, W) each, as superpixel benchmarks do.

    Boundary recall and the undersegmentation error of Neubert and Protzel (2012), "Superpixel
    benchmark and comparison": each piece that two regions share leaks its smaller side.
    """
    _, compact = np.unique(reference, return_inverse=True)
    _, own = np.unique(labels, return_inverse=True)
    shared = np.zeros((compact.max() + 1, own.max() + 1), dtype=np.int64)
    np.add.at(shared, (compact.ravel(), own.ravel()), 1)
    leak = np.minimum(shared, shared.sum(axis=0) - shared).sum() / labels.size
    return Agreement(_recall(labels, reference), float(leak), shared.shape[1], shared.shape[0])


def _recall(labels: Labels, reference: Labels) -> float:
    from scipy.ndimage import binary_dilation

    wanted, found = _borders(reference), _borders(labels)
    if not wanted.any():
        return 1.0
    side = 2 * TOLERANCE_PX + 1
    near = binary_dilation(found, structure=np.ones((side, side), dtype=np.bool_))
    return float(near[wanted].mean())


def _borders(labels: Labels) -> npt.NDArray[np.bool_]:
    """Pixels whose right or lower neighbour has another label."""
    border = np.zeros(labels.shape, dtype=np.bool_)
    border[:, :-1] |= labels[:, 1:] != labels[:, :-1]
    border[:-1] |= labels[1:] != labels[:-1]
    return border
