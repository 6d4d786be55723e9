"""Quality of the three-way decision. Knows nothing of how it was reached."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from evals.metrics.intervals import Interval, wilson_interval

Decision = Literal["normal", "anomalous", "review"]


class DecisionRates(NamedTuple):
    """Rates of the default band, each with its 95 % Wilson interval."""

    escape: Interval
    overkill: Interval
    review: Interval


class PrecisionRecallF1(NamedTuple):
    """Quality of 0/1 predictions for one class."""

    precision: float
    recall: float
    f1: float


def accuracy(gt_labels: npt.ArrayLike, pred_labels: npt.ArrayLike) -> float:
    """Share of samples whose 0/1 prediction equals the label.

    Raises:
        ValueError: no sample, or lengths differ.
    """
    labels, predicted = np.asarray(gt_labels), np.asarray(pred_labels)
    if labels.ndim != 1 or labels.size == 0 or labels.shape != predicted.shape:
        raise ValueError(
            f"needs one prediction per label and at least one, got {labels.shape} labels and "
            f"{predicted.shape} predictions"
        )
    return float(np.mean(labels == predicted))


def precision_recall_f1(
    gt_labels: npt.ArrayLike, pred_labels: npt.ArrayLike, *, positive: int = 1
) -> PrecisionRecallF1:
    """Precision, recall and F1 of one class; a ratio without a denominator is 0.

    Precision: right among those predicted ``positive``. Recall: found among those labelled so.
    F1: their harmonic mean, 2 TP / (2 TP + FP + FN).

    Args:
        gt_labels: (N,) 0 or 1.
        pred_labels: (N,) 0 or 1.
        positive: which class is looked for; 1 = anomalous.

    Raises:
        ValueError: no sample, or lengths differ.
    """
    accuracy(gt_labels, pred_labels)
    wanted = np.asarray(gt_labels) == positive
    said = np.asarray(pred_labels) == positive
    hits, n_said, n_wanted = int((wanted & said).sum()), int(said.sum()), int(wanted.sum())
    return PrecisionRecallF1(
        precision=hits / n_said if n_said else 0.0,
        recall=hits / n_wanted if n_wanted else 0.0,
        f1=2 * hits / (n_said + n_wanted) if n_said + n_wanted else 0.0,
    )


def decision_rates(gt_labels: Sequence[int], decisions: Sequence[Decision]) -> DecisionRates:
    """Escape, overkill and review rate.

    Escape: anomalous samples decided normal, over all anomalous (the FNR of a two-way decision).
    Overkill: normal samples decided anomalous, over all normal (the FPR). A review is neither: it
    is counted over all samples in its own rate. Failed inspections are not decisions: leave them
    out and report them apart.

    Raises:
        ValueError: lengths differ, an unknown decision, or not both classes.
    """
    _check_decisions(gt_labels, decisions)
    anomalous = [d for label, d in zip(gt_labels, decisions, strict=True) if label]
    normal = [d for label, d in zip(gt_labels, decisions, strict=True) if not label]
    if not anomalous or not normal:
        raise ValueError(
            f"both classes are needed, got {len(anomalous)} anomalous and {len(normal)} normal"
        )
    return DecisionRates(
        escape=wilson_interval(anomalous.count("normal"), len(anomalous)),
        overkill=wilson_interval(normal.count("anomalous"), len(normal)),
        review=wilson_interval([*anomalous, *normal].count("review"), len(decisions)),
    )


def accuracy_at_coverage(
    gt_labels: npt.ArrayLike,
    pred_labels: npt.ArrayLike,
    confidences: npt.ArrayLike,
    *,
    coverage: float,
) -> Interval:
    """Accuracy on the most confident ceil(coverage * N) samples, the rest left undecided.

    Of samples equally confident at the cut, each counts with the share that fits, so that the
    order of the input does not matter (selective classification: El-Yaniv and Wiener, 2010).

    Args:
        gt_labels: (N,) 0 or 1.
        pred_labels: (N,) 0 or 1, what would be decided were nothing left out.
        confidences: (N,) higher is surer.
        coverage: share of samples to decide, in (0, 1].

    Returns:
        The accuracy with a Wilson interval over the covered samples (hits rounded).

    Raises:
        ValueError: lengths differ, no sample, or coverage outside (0, 1].
    """
    if not 0 < coverage <= 1:
        raise ValueError(f"coverage must be in (0, 1], got {coverage!r}")
    accuracy(gt_labels, pred_labels)
    right = np.asarray(gt_labels) == np.asarray(pred_labels)
    sureness = np.asarray(confidences, dtype=np.float64)
    if sureness.shape != right.shape:
        raise ValueError(f"needs {right.shape} confidences, got {sureness.shape}")
    n_covered = int(np.ceil(coverage * right.size - 1e-9))
    cut = np.sort(sureness)[::-1][n_covered - 1]
    above, tied = sureness > cut, sureness == cut
    n_hits = right[above].sum() + right[tied].mean() * (n_covered - above.sum())
    interval = wilson_interval(round(float(n_hits)), n_covered)
    return interval._replace(value=float(n_hits) / n_covered)


def _check_decisions(gt_labels: Sequence[int], decisions: Sequence[str]) -> None:
    if len(gt_labels) != len(decisions):
        raise ValueError(f"got {len(gt_labels)} labels and {len(decisions)} decisions")
    unknown = sorted(set(decisions) - {"normal", "anomalous", "review"})
    if unknown:
        raise ValueError(f"a decision is normal, anomalous or review, got {unknown[0]!r}")
