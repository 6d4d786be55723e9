"""Pixel metrics of masks and anomaly maps. Knows nothing of data sets or of how maps were made."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from evals.metrics.pixel_exact import MAX_IN_MEMORY, ExactPixels
from evals.metrics.pixel_tally import (
    DEFAULT_FPR_LIMIT,
    PixelScores,
    PixelTally,
    aupro_of,
    auroc_of,
    average_precision_of,
    f1_max_of,
    scores_of,
)

Maps = Sequence[npt.ArrayLike]


def pixel_auroc(gt_masks: Maps, anomaly_maps: Maps) -> float:
    """Area under the ROC curve over all pixels of all maps together.

    P(an anomalous pixel scores higher than a normal one) + P(equal) / 2. Exact for any scores.

    Args:
        gt_masks: (H, W) each, true or not zero where anomalous; all False for a normal picture.
        anomaly_maps: one (H, W) for each mask, higher is worse; sizes may differ between pairs.

    Raises:
        ValueError: numbers or shapes differ, NaN, or not both kinds of pixels.
    """
    return auroc_of(tally_maps(gt_masks, anomaly_maps))


def pixel_ap(gt_masks: Maps, anomaly_maps: Maps) -> float:
    """Average precision over all pixels of all maps together; equal scores are one threshold.

    Arguments and errors as ``pixel_auroc``.
    """
    return average_precision_of(tally_maps(gt_masks, anomaly_maps))


def pixel_f1_max(gt_masks: Maps, anomaly_maps: Maps) -> float:
    """The largest F1 over all thresholds, over all pixels of all maps together.

    Arguments and errors as ``pixel_auroc``.
    """
    return f1_max_of(tally_maps(gt_masks, anomaly_maps))[0]


def aupro(gt_masks: Maps, anomaly_maps: Maps, fpr_limit: float = DEFAULT_FPR_LIMIT) -> float:
    """Area under mean region overlap against FPR up to the limit, divided by the limit.

    Bergmann et al. (IJCV 2021), exact over every distinct score; regions touch over sides and
    corners; FPR over the normal pixels of all maps. The definition is in ``aupro_of``.

    Args:
        gt_masks: as ``pixel_auroc``.
        anomaly_maps: as ``pixel_auroc``.
        fpr_limit: in (0, 1].

    Raises:
        ValueError: as ``pixel_auroc``, or fpr_limit outside (0, 1].
    """
    tally = tally_maps(gt_masks, anomaly_maps, up_to_fpr=fpr_limit)
    return aupro_of(tally, fpr_limit=fpr_limit)


def pixel_scores(
    gt_masks: Maps, anomaly_maps: Maps, *, fpr_limit: float = DEFAULT_FPR_LIMIT
) -> PixelScores:
    """All of the above from one pass. Arguments and errors as ``aupro``."""
    return scores_of(tally_maps(gt_masks, anomaly_maps), fpr_limit=fpr_limit)


def stream_pixel_scores(
    pairs: Iterable[tuple[npt.ArrayLike, npt.ArrayLike]],
    *,
    fpr_limit: float = DEFAULT_FPR_LIMIT,
    max_in_memory: int = MAX_IN_MEMORY,
) -> PixelScores:
    """The same of a stream of (mask, map), exact; beyond a size the normal pixels go to disk.

    Args:
        pairs: each is read once and not kept.
        fpr_limit: of AU-PRO.
        max_in_memory: normal pixels kept in memory, at most.

    Raises:
        ValueError: as ``aupro``.
    """
    with ExactPixels(max_in_memory=max_in_memory) as pixels:
        for gt_mask, anomaly_map in pairs:
            pixels.add(gt_mask, anomaly_map)
        return scores_of(pixels.tally(), fpr_limit=fpr_limit)


def tally_maps(gt_masks: Maps, anomaly_maps: Maps, *, up_to_fpr: float = 1.0) -> PixelTally:
    """The tally of maps that are in memory; ``up_to_fpr`` as in ``ExactPixels.tally``.

    Arguments and errors as ``pixel_auroc``.
    """
    if len(gt_masks) != len(anomaly_maps) or not len(gt_masks):
        raise ValueError(
            f"needs one map for each mask and at least one, got {len(gt_masks)} masks and "
            f"{len(anomaly_maps)} maps"
        )
    n_pixels = sum(int(np.size(mask)) for mask in gt_masks)
    with ExactPixels(max_in_memory=max(n_pixels, 1)) as pixels:
        for gt_mask, anomaly_map in zip(gt_masks, anomaly_maps, strict=True):
            pixels.add(gt_mask, anomaly_map)
        return pixels.tally(up_to_fpr=up_to_fpr)
