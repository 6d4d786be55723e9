"""Metrics with their definitions and intervals. Knows nothing of data sets or models."""

from evals.metrics.boxes import BoxMatch, match_boxes
from evals.metrics.decisions import (
    DecisionRates,
    accuracy,
    accuracy_at_coverage,
    decision_rates,
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
from evals.metrics.ranking import average_precision, image_auroc
from evals.metrics.retrieval import (
    ModeQuality,
    chance_at_k,
    failure_mode_quality,
    most_frequent_at_k,
    recall_at_k,
)

__all__ = [
    "BoxMatch",
    "DecisionRates",
    "DrawScores",
    "Interval",
    "ModeQuality",
    "accuracy",
    "accuracy_at_coverage",
    "average_precision",
    "bootstrap_interval",
    "chance_at_k",
    "decision_rates",
    "failure_mode_quality",
    "image_auroc",
    "macro_mean_interval",
    "match_boxes",
    "mean_auroc",
    "mean_interval",
    "most_frequent_at_k",
    "paired_bootstrap",
    "paired_bootstrap_difference",
    "recall_at_k",
    "wilson_interval",
]
