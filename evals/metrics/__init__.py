"""Metrics with their definitions and intervals. Knows nothing of data sets or models."""

from evals.metrics.boxes import BoxMatch, match_boxes
from evals.metrics.decisions import (
    DecisionRates,
    PrecisionRecallF1,
    accuracy,
    accuracy_at_coverage,
    decision_rates,
    precision_recall_f1,
)
from evals.metrics.draws import DrawScores, macro_mean_interval, mean_auroc
from evals.metrics.intervals import (
    Interval,
    bootstrap_interval,
    mean_interval,
    paired_bootstrap,
    paired_bootstrap_difference,
    wilson_interval,
)
from evals.metrics.pixel_tally import PixelScores
from evals.metrics.pixels import (
    aupro,
    pixel_ap,
    pixel_auroc,
    pixel_f1_max,
    pixel_scores,
    stream_pixel_scores,
)
from evals.metrics.ranking import BestF1, average_precision, best_f1, f1_max, image_auroc
from evals.metrics.retrieval import (
    ModeQuality,
    chance_at_k,
    failure_mode_quality,
    most_frequent_at_k,
    recall_at_k,
)
from evals.metrics.texts import rouge_l

__all__ = [
    "BestF1",
    "BoxMatch",
    "DecisionRates",
    "DrawScores",
    "Interval",
    "ModeQuality",
    "PixelScores",
    "PrecisionRecallF1",
    "accuracy",
    "accuracy_at_coverage",
    "aupro",
    "average_precision",
    "best_f1",
    "bootstrap_interval",
    "chance_at_k",
    "decision_rates",
    "f1_max",
    "failure_mode_quality",
    "image_auroc",
    "macro_mean_interval",
    "match_boxes",
    "mean_auroc",
    "mean_interval",
    "most_frequent_at_k",
    "paired_bootstrap",
    "paired_bootstrap_difference",
    "pixel_ap",
    "pixel_auroc",
    "pixel_f1_max",
    "pixel_scores",
    "precision_recall_f1",
    "recall_at_k",
    "rouge_l",
    "stream_pixel_scores",
    "wilson_interval",
]
