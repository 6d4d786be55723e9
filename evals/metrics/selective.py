"""How well confidence tells right decisions from wrong ones. Knows nothing of what was decided."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatVector = npt.NDArray[np.float64]


class RiskCoverage(NamedTuple):
    """The risk-coverage curve: entry k is of the k + 1 surest samples."""

    coverages: FloatVector  # (N,) (k + 1) / N
    risks: FloatVector  # (N,) expected share of wrong decisions among them


def risk_coverage(
    gt_labels: npt.ArrayLike, pred_labels: npt.ArrayLike, confidences: npt.ArrayLike
) -> RiskCoverage:
    """Share of wrong decisions among the surest samples, for every number of them.

    Of samples equally sure, each counts with the share that fits, which is the mean over all
    their orders (selective classification: El-Yaniv and Wiener, 2010).

    Args:
        gt_labels: (N,) 0 or 1.
        pred_labels: (N,) 0 or 1.
        confidences: (N,) higher is surer.

    Raises:
        ValueError: no sample, lengths differ, or a confidence is NaN.
    """
    labels, predicted = np.asarray(gt_labels), np.asarray(pred_labels)
    sureness = np.asarray(confidences, dtype=np.float64)
    if labels.ndim != 1 or not labels.size or not labels.shape == predicted.shape == sureness.shape:
        raise ValueError(
            f"needs as many labels, predictions and confidences and at least one, got "
            f"{labels.shape}, {predicted.shape} and {sureness.shape}"
        )
    if np.isnan(sureness).any():
        raise ValueError(f"confidences has NaN at index {int(np.isnan(sureness).argmax())}")
    _, group = np.unique(-sureness, return_inverse=True)  # the surest are group 0
    wrong = (labels != predicted).astype(np.float64)
    shares = np.bincount(group, weights=wrong) / np.bincount(group)
    expected_wrong = np.cumsum(np.repeat(shares, np.bincount(group)))
    n_taken = np.arange(1, labels.size + 1)
    return RiskCoverage(n_taken / labels.size, expected_wrong / n_taken)


def area_under_risk_coverage(
    gt_labels: npt.ArrayLike, pred_labels: npt.ArrayLike, confidences: npt.ArrayLike
) -> float:
    """Mean risk over all coverages, AURC (Geifman et al., ICLR 2019); lower is better.

    Arguments and errors as ``risk_coverage``.
    """
    return float(risk_coverage(gt_labels, pred_labels, confidences).risks.mean())


def excess_area_under_risk_coverage(
    gt_labels: npt.ArrayLike, pred_labels: npt.ArrayLike, confidences: npt.ArrayLike
) -> float:
    """AURC less that of the best confidence for the same decisions, E-AURC; 0 is perfect.

    Geifman et al., ICLR 2019. Arguments and errors as ``risk_coverage``.
    """
    right = np.asarray(gt_labels) == np.asarray(pred_labels)
    area = area_under_risk_coverage(gt_labels, pred_labels, confidences)
    return area - area_under_risk_coverage(gt_labels, pred_labels, right.astype(np.float64))
