"""Metrics with their definitions and intervals. Knows nothing of data sets or models."""

from evals.metrics.box_quality import BoxQuality, box_quality
from evals.metrics.boxes import BoxMatch, match_boxes
from evals.metrics.calibration import (
    CalibrationBin,
    calibration_bins,
    expected_calibration_error,
)
from evals.metrics.decisions import (
    DecisionRates,
    PrecisionRecallF1,
    accuracy,
    accuracy_at_coverage,
    decision_rates,
    precision_recall_f1,
)
from evals.metrics.draws import DrawScores, macro_mean_interval, mean_auroc
from evals.metrics.explanations import ExplanationQuality, explanation_quality
from evals.metrics.intervals import (
    Interval,
    bootstrap_interval,
    mean_interval,
    paired_bootstrap,
    paired_bootstrap_difference,
    wilson_interval,
)
from evals.metrics.pixel_quantised import PixelBounds, quantised_pixel_scores
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
    recall_of_several_at_k,
)
from evals.metrics.selective import (
    RiskCoverage,
    area_under_risk_coverage,
    excess_area_under_risk_coverage,
    risk_coverage,
)
from evals.metrics.texts import rouge_l

__all__ = [
    "BestF1",
    "BoxMatch",
    "BoxQuality",
    "CalibrationBin",
    "DecisionRates",
    "DrawScores",
    "ExplanationQuality",
    "Interval",
    "ModeQuality",
    "PixelBounds",
    "PixelScores",
    "PrecisionRecallF1",
    "RiskCoverage",
    "accuracy",
    "accuracy_at_coverage",
    "area_under_risk_coverage",
    "aupro",
    "average_precision",
    "best_f1",
    "bootstrap_interval",
    "box_quality",
    "calibration_bins",
    "chance_at_k",
    "decision_rates",
    "excess_area_under_risk_coverage",
    "expected_calibration_error",
    "explanation_quality",
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
    "quantised_pixel_scores",
    "recall_at_k",
    "recall_of_several_at_k",
    "risk_coverage",
    "rouge_l",
    "stream_pixel_scores",
    "wilson_interval",
]
