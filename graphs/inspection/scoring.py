"""Raw scores of all sources to one judged score. Pure; knows no findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from graphs.calibrate import (
    DEFAULT_HIGH,
    DEFAULT_LOW,
    FUSED,
    calibrated_score,
    conformal_p_value,
    decide,
    raw_at,
    thresholds_of,
)
from graphs.fusion import DECISIVE_SOURCES, Fused, add_violations, fuse
from graphs.records import Decision, Thresholds
from knowledge.records import Calibration

NOTHING_FUSED = Fused(0.0, {}, "no expert took part")


class Judged(NamedTuple):
    """What the scores alone say; no decision where there are none."""

    decision: Decision
    raw_score: float | None
    score: float | None
    p_value: float | None
    thresholds: Thresholds | None
    calibrated: bool
    sources: dict[str, float]
    basis: str


def judge_scores(raw_scores: Mapping[str, float], calibration: Calibration | None) -> Judged:
    """Fuse, calibrate and decide.

    Where nothing can be fused the decision is review, unless a mind gave a score of its own in
    [0, 1], which the documented default band then reads.

    Args:
        raw_scores: by source.
        calibration: of the product; None where it is unknown.
    """
    fused = fuse(raw_scores, calibration.normal_scores) if calibration else None
    violations = tolerated(raw_scores, calibration)
    if calibration is None or (fused is None and sum(violations.values()) <= 0):
        return _by_mind(raw_scores)
    above = raw_at(calibration, calibration.high)
    judged = add_violations(fused or NOTHING_FUSED, violations, above=above)
    score = calibrated_score(calibration, judged.raw_score)
    thresholds = thresholds_of(calibration)
    return Judged(
        decision=decide(score, thresholds),
        raw_score=judged.raw_score,
        score=score,
        p_value=conformal_p_value(
            calibration.normal_scores.get(FUSED, []),
            judged.raw_score,
            n_references=calibration.n_references,
        ),
        thresholds=thresholds,
        calibrated=calibration.calibrated,
        sources=judged.sources,
        basis=judged.basis,
    )


def tolerated(raw_scores: Mapping[str, float], calibration: Calibration | None) -> dict[str, float]:
    """Violations of each decisive source beyond those that normal parts were seen to have."""
    normal = calibration.normal_scores if calibration else {}
    return {
        source: max(0.0, raw_scores[source] - max(normal.get(source, ()), default=0.0))
        for source in DECISIVE_SOURCES
        if source in raw_scores
    }


def _by_mind(raw_scores: Mapping[str, float]) -> Judged:
    own = {name: raw for name, raw in raw_scores.items() if name in ("direct", "rounds")}
    if not own:
        return Judged("review", None, None, None, None, False, {}, "")
    raw = sum(own.values()) / len(own)
    score = min(max(raw, 0.0), 1.0)
    thresholds = Thresholds(
        low=DEFAULT_LOW, high=DEFAULT_HIGH, basis="uncalibrated: the documented default band"
    )
    return Judged(
        decide(score, thresholds), raw, score, None, thresholds, False, own, "the mind's own score"
    )
