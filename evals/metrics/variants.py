"""The papers' variants of metrics where theirs differ from ours, by name.

Every function takes our labels, 1 = anomalous. Knows nothing of data sets or models.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from evals.metrics.decisions import accuracy, precision_recall_f1
from evals.metrics.pixel_input import split_map
from evals.metrics.ranking import average_precision, image_auroc

LabelPairs = Mapping[str, tuple[Sequence[int], Sequence[int]]]
"""By product: labels and 0/1 predictions."""


class HardScores(NamedTuple):
    """Scores of 0/1 decisions."""

    accuracy: float
    auroc: float
    average_precision: float


class MacroScores(NamedTuple):
    """Unweighted means over products."""

    accuracy: float
    precision: float
    recall: float
    f1: float


def customizable_vlm(gt_labels: npt.ArrayLike, pred_labels: npt.ArrayLike) -> HardScores:
    """Customizable-VLM's three columns: hard labels, with normal as the positive class.

    AUROC and average precision are of the 0/1 prediction itself, so AUROC is balanced accuracy,
    and AUPR is precision * recall + share of normal * (1 - recall), of the normal class.

    Raises:
        ValueError: as ``image_auroc``.
    """
    normal, called_normal = 1 - np.asarray(gt_labels), 1 - np.asarray(pred_labels)
    return HardScores(
        accuracy=accuracy(normal, called_normal),
        auroc=image_auroc(normal, called_normal),
        average_precision=average_precision(normal, called_normal),
    )


def customizable_vlm_average(by_product: LabelPairs) -> HardScores:
    """Their "average": the three columns over the pooled samples of all products.

    Raises:
        ValueError: as ``image_auroc``, or no product.
    """
    labels = [label for pair in by_product.values() for label in pair[0]]
    predicted = [label for pair in by_product.values() for label in pair[1]]
    return customizable_vlm(labels, predicted)


def anomaly_ov(by_product: LabelPairs) -> MacroScores:
    """Anomaly-OV's table of VisA-D&R: the mean over products of each score of the product.

    So F1 is the mean of F1s, not the F1 of mean precision and recall.

    Raises:
        ValueError: no product, or one without samples.
    """
    if not by_product:
        raise ValueError("needs at least one product")
    rows = [
        (accuracy(labels, predicted), *precision_recall_f1(labels, predicted))
        for labels, predicted in by_product.values()
    ]
    return MacroScores(*(float(mean) for mean in np.mean(rows, axis=0)))


def anomaly_ov_says_yes(answer: str) -> int:
    """Anomaly-OV's reading of an answer: 1 where ``Yes`` or ``yes`` occurs anywhere in it."""
    return int("Yes" in answer or "yes" in answer)


def aupro_200_thresholds(
    gt_masks: Sequence[npt.ArrayLike],
    anomaly_maps: Sequence[npt.ArrayLike],
    *,
    fpr_limit: float = 0.3,
    n_thresholds: int = 200,
) -> float:
    """AU-PRO as the GPT-4V-AD authors' group computes it, to compare with their tables only.

    Thresholds are spaced evenly from the least to the greatest score of all maps, a pixel is
    anomalous above the threshold, points of FPR below the limit are kept, their FPRs are
    stretched to [0, 1] by their own least and greatest, and the trapezoid area is taken. Coarse
    maps leave few points and an unstable figure; ``aupro`` is exact.

    Args:
        gt_masks: as ``aupro``.
        anomaly_maps: as ``aupro``.
        fpr_limit: exclusive.
        n_thresholds: 200 in VAND-APRIL-GAN and WinCLIP, 100 in ADer.

    Raises:
        ValueError: as ``aupro``, a constant score, or fewer than two kept points.
    """
    thresholds = _even_thresholds(gt_masks, anomaly_maps, n_thresholds)
    fpr, pro = _curve(gt_masks, anomaly_maps, thresholds)
    kept = fpr < fpr_limit
    if kept.sum() < 2 or fpr[kept].min() == fpr[kept].max():
        raise ValueError(
            f"fewer than two of {thresholds.size} thresholds have an FPR below {fpr_limit}; "
            "this variant is undefined here"
        )
    stretched = (fpr[kept] - fpr[kept].min()) / (fpr[kept].max() - fpr[kept].min())
    return float(np.trapezoid(pro[kept][::-1], stretched[::-1]))  # FPR falls with the threshold


def _even_thresholds(
    gt_masks: Sequence[npt.ArrayLike], anomaly_maps: Sequence[npt.ArrayLike], n: int
) -> npt.NDArray[np.float64]:
    """Spaced evenly from the least score of all maps to below the greatest."""
    if len(gt_masks) != len(anomaly_maps) or not len(gt_masks):
        raise ValueError(
            f"needs one map for each mask and at least one, got {len(gt_masks)} masks and "
            f"{len(anomaly_maps)} maps"
        )
    low = min(float(np.min(scores)) for scores in anomaly_maps)
    high = max(float(np.max(scores)) for scores in anomaly_maps)
    if not low < high:
        raise ValueError(f"needs scores that differ, all are {low!r}")
    return np.arange(low, high, (high - low) / n)


def _curve(
    gt_masks: Sequence[npt.ArrayLike],
    anomaly_maps: Sequence[npt.ArrayLike],
    thresholds: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """FPR and mean region overlap at each threshold."""
    false, overlap = np.zeros(thresholds.size), np.zeros(thresholds.size)
    n_normal = n_regions = 0
    for mask, scores in zip(gt_masks, anomaly_maps, strict=True):
        split = split_map(mask, scores)
        normal = np.sort(split.normal)
        false += normal.size - np.searchsorted(normal, thresholds, side="right")
        n_normal += normal.size
        n_regions += split.areas.size
        order = np.argsort(split.anomalous)
        weights = np.cumsum((1.0 / split.areas[split.region_of])[order])
        below = np.searchsorted(split.anomalous[order], thresholds, side="right")
        total = float(weights[-1]) if weights.size else 0.0
        overlap += total - np.concatenate([[0.0], weights])[below]
    if n_normal == 0 or n_regions == 0:
        raise ValueError(
            f"both kinds of pixels are needed, got {n_regions} regions and {n_normal} normal pixels"
        )
    return false / n_normal, overlap / n_regions


VARIANTS: dict[str, Callable[..., Any]] = {
    "Customizable-VLM": customizable_vlm,
    "Customizable-VLM, average": customizable_vlm_average,
    "Anomaly-OV": anomaly_ov,
    "GPT-4V-AD, AU-PRO of 200 thresholds": aupro_200_thresholds,
}
"""By paper; what each differs in stands in its docstring."""
