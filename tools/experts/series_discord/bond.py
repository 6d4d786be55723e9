"""What each channel tells that the others do not: the residual of a ridge regression.

Knows no window and no score. A break between channels shows here though each looks normal alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RIDGE = 0.01
"""Added to the variance of every channel, in units of the references'."""


class Bond(NamedTuple):
    """A linear model of each channel by all others."""

    mean_c: NDArray[np.float64]
    precision_cc: NDArray[np.float64]


def fit_bond(pieces_gc: Sequence[NDArray[np.float64]]) -> Bond:
    """Fit on pieces of recordings, each (G, C), C at least 2."""
    pooled = np.concatenate(list(pieces_gc))
    centred = pooled - pooled.mean(axis=0)
    covariance = centred.T @ centred / len(pooled) + RIDGE * np.eye(pooled.shape[1])
    return Bond(pooled.mean(axis=0), np.linalg.inv(covariance))


def residuals(bond: Bond, values_gc: NDArray[np.float64]) -> NDArray[np.float64]:
    """(G, C): each channel less what the others say of it.

    The row of the precision matrix over its diagonal gives the regression on all others at once
    (Lauritzen, Graphical Models, 1996, section 5.1).
    """
    return (values_gc - bond.mean_c) @ bond.precision_cc / np.diag(bond.precision_cc)
