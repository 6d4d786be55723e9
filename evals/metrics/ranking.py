"""Threshold-free quality of image scores. Knows nothing of images or models."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

BoolVector = npt.NDArray[np.bool_]
FloatVector = npt.NDArray[np.float64]


class BestF1(NamedTuple):
    """The best F1 that a threshold reaches."""

    f1: float
    threshold: float  # anomalous where the score is at least this; the highest that reaches it
    precision: float
    recall: float


def image_auroc(gt_labels: npt.ArrayLike, pred_scores: npt.ArrayLike) -> float:
    """Area under the ROC curve: P(anomalous scores higher than normal) + P(equal) / 2.

    Computed from average ranks (Mann-Whitney U), so ties count one half and no threshold is made.

    Args:
        gt_labels: (N,) 1 = anomalous, 0 = normal.
        pred_scores: (N,) higher is worse, any monotone scale.

    Raises:
        ValueError: shapes differ, a label is not 0 or 1, a score is NaN, or only one class occurs.
    """
    is_anomalous, scores = checked_pair(gt_labels, pred_scores)
    n_anomalous = require_both_classes(is_anomalous)
    ranks = rankdata(scores)
    wins = ranks[is_anomalous].sum() - n_anomalous * (n_anomalous + 1) / 2
    return float(wins / (n_anomalous * (scores.size - n_anomalous)))


def average_precision(gt_labels: npt.ArrayLike, pred_scores: npt.ArrayLike) -> float:
    """Sum over thresholds of (recall step) * precision, without interpolation.

    Equal scores form one threshold, so their order does not matter (as in scikit-learn's
    ``average_precision_score``). Arguments and errors as in ``image_auroc``.
    """
    curve = _thresholds(gt_labels, pred_scores)
    recall_steps = np.diff(curve.found, prepend=0) / curve.n_anomalous
    return float(np.sum(recall_steps * curve.found / curve.taken))


def f1_max(gt_labels: npt.ArrayLike, pred_scores: npt.ArrayLike) -> float:
    """The largest F1 of the anomalous class over all thresholds.

    Equal scores are decided alike. Arguments and errors as in ``image_auroc``.
    """
    return best_f1(gt_labels, pred_scores).f1


def best_f1(gt_labels: npt.ArrayLike, pred_scores: npt.ArrayLike) -> BestF1:
    """``f1_max`` with the threshold that reaches it. Arguments and errors as ``image_auroc``."""
    curve = _thresholds(gt_labels, pred_scores)
    f1 = 2 * curve.found / (curve.n_anomalous + curve.taken)
    best = int(np.argmax(f1))
    return BestF1(
        f1=float(f1[best]),
        threshold=float(curve.scores[best]),
        precision=float(curve.found[best] / curve.taken[best]),
        recall=float(curve.found[best] / curve.n_anomalous),
    )


class _Thresholds(NamedTuple):
    """What each distinct score, as a threshold, takes for anomalous; highest first."""

    scores: FloatVector  # (K,)
    found: npt.NDArray[np.int64]  # (K,) anomalous samples at or above
    taken: npt.NDArray[np.int64]  # (K,) samples at or above
    n_anomalous: int


def _thresholds(gt_labels: npt.ArrayLike, pred_scores: npt.ArrayLike) -> _Thresholds:
    is_anomalous, scores = checked_pair(gt_labels, pred_scores)
    n_anomalous = require_both_classes(is_anomalous)
    order = np.argsort(-scores, kind="stable")
    # Not by differences: those of two infinite scores are NaN.
    last_of_tie = np.append(scores[order][1:] != scores[order][:-1], True)
    return _Thresholds(
        scores=scores[order][last_of_tie],
        found=np.cumsum(is_anomalous[order])[last_of_tie],
        taken=np.flatnonzero(last_of_tie) + 1,
        n_anomalous=n_anomalous,
    )


def checked_pair(
    gt_labels: npt.ArrayLike, pred_scores: npt.ArrayLike
) -> tuple[BoolVector, FloatVector]:
    """Both as one-dimensional arrays of equal length: labels as bool, scores as float64.

    Raises:
        ValueError: as ``image_auroc``, save for the number of classes.
    """
    labels = np.asarray(gt_labels)
    scores = np.asarray(pred_scores, dtype=np.float64)
    if labels.ndim != 1 or labels.shape != scores.shape:
        raise ValueError(
            "gt_labels and pred_scores must be one-dimensional and of equal length, "
            f"got shapes {labels.shape} and {scores.shape}"
        )
    unknown = [value for value in np.unique(labels).tolist() if value not in (0, 1)]
    if unknown:
        raise ValueError(f"gt_labels must be 0 (normal) or 1 (anomalous), got {unknown[0]!r}")
    if np.isnan(scores).any():
        raise ValueError(f"pred_scores has NaN at index {int(np.isnan(scores).argmax())}")
    return labels.astype(np.bool_), scores


def require_both_classes(is_anomalous: BoolVector) -> int:
    """The number of anomalous samples.

    Raises:
        ValueError: not at least one sample of each class.
    """
    n_anomalous = int(is_anomalous.sum())
    if n_anomalous in (0, is_anomalous.size):
        raise ValueError(
            "both classes are needed, got "
            f"{n_anomalous} anomalous and {is_anomalous.size - n_anomalous} normal samples"
        )
    return n_anomalous
