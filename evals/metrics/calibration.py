"""Whether a probability means what it says. Knows nothing of how it was calibrated."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evals.metrics.intervals import Interval, wilson_interval
from evals.metrics.ranking import BoolVector, FloatVector, checked_pair

DEFAULT_BINS = 15
"""As Guo et al. (2017)."""


class CalibrationBin(NamedTuple):
    """Samples whose probability lies in one bin."""

    low: float
    high: float  # exclusive, save in the last bin
    n: int
    mean_probability: float
    share_anomalous: Interval


def expected_calibration_error(
    gt_labels: npt.ArrayLike, probabilities: npt.ArrayLike, n_bins: int = DEFAULT_BINS
) -> float:
    """Mean distance between probability and share of anomalous samples, over bins, by their n.

    Bins of equal width over [0, 1] of the probability that the sample is anomalous; equal
    probabilities share a bin, so the order does not matter (Naeini et al. 2015, Guo et al. 2017).

    Args:
        gt_labels: (N,) 1 = anomalous, 0 = normal; one class alone is allowed.
        probabilities: (N,) in [0, 1].
        n_bins: more bins see finer faults and more noise.

    Raises:
        ValueError: no sample, lengths differ, a probability outside [0, 1], or n_bins below 1.
    """
    bins = calibration_bins(gt_labels, probabilities, n_bins=n_bins)
    n_samples = sum(one.n for one in bins)
    gaps = [one.n * abs(one.mean_probability - one.share_anomalous.value) for one in bins]
    return float(sum(gaps) / n_samples)


def calibration_bins(
    gt_labels: npt.ArrayLike, probabilities: npt.ArrayLike, *, n_bins: int = DEFAULT_BINS
) -> list[CalibrationBin]:
    """The bins that hold a sample, for a reliability diagram; arguments as above."""
    is_anomalous, values = _checked(gt_labels, probabilities, n_bins)
    which = np.minimum((values * n_bins).astype(np.int64), n_bins - 1)
    return [
        CalibrationBin(
            low=index / n_bins,
            high=(index + 1) / n_bins,
            n=int((which == index).sum()),
            mean_probability=float(values[which == index].mean()),
            share_anomalous=wilson_interval(
                int(is_anomalous[which == index].sum()), int((which == index).sum())
            ),
        )
        for index in np.unique(which).tolist()
    ]


def _checked(
    gt_labels: npt.ArrayLike, probabilities: npt.ArrayLike, n_bins: int
) -> tuple[BoolVector, FloatVector]:
    is_anomalous, values = checked_pair(gt_labels, probabilities)
    if values.size == 0 or n_bins < 1:
        raise ValueError(f"needs samples and n_bins >= 1, got {values.size} and {n_bins}")
    outside = (values < 0) | (values > 1)
    if outside.any():
        raise ValueError(f"a probability must be in [0, 1], got {float(values[outside][0])!r}")
    return is_anomalous, values
