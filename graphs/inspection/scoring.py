"""Raw scores of all sources to one judged score. Pure; knows no findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from graphs.calibrate import (
    DEFAULT_HIGH,
    DEFAULT_LOW,
    FUSED,
    calibrated_score,
    conformal_p_value,
    decide,
    rank_ceiling,
    raw_at,
    thresholds_of,
)
from graphs.fusion import (
    DECISIVE_SOURCES,
    EQUAL,
    MIND_SOURCES,
    Fused,
    Weights,
    add_violations,
    fuse,
)
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


def judge_scores(
    raw_scores: Mapping[str, float],
    calibration: Calibration | None,
    *,
    weights: Weights = EQUAL,
) -> Judged:
    """Fuse, calibrate and decide.

    Where nothing can be fused the decision is review, unless a mind, or, of an unknown product, an
    expert without references gave a score of its own in [0, 1], which the documented default band
    then reads.

    Args:
        raw_scores: by source.
        calibration: of the product; None where it is unknown.
        weights: of the sources.
    """
    fused = fuse_all(raw_scores, calibration, weights) if calibration else None
    violations = tolerated(raw_scores, calibration)
    violated = sum(violations.values()) > 0
    if calibration is None:
        return _by_own_scores(raw_scores)
    if not violated and _only_mind(fused, raw_scores, calibration):
        return _by_own_scores(of_mind(raw_scores))
    above = raw_at(calibration, calibration.high)
    judged = add_violations(fused or NOTHING_FUSED, violations, above=above)
    score = calibrated_score(calibration, judged.raw_score)
    thresholds = thresholds_of(calibration)
    return Judged(
        decision=decide(score, thresholds),
        raw_score=judged.raw_score,
        score=score,
        p_value=_p_value(raw_scores, calibration, judged=judged),
        thresholds=thresholds,
        calibrated=calibration.calibrated and not unranked(raw_scores, calibration),
        sources=judged.sources,
        basis=judged.basis,
    )


def unranked(raw_scores: Mapping[str, float], calibration: Calibration) -> list[str]:
    """Sources of the mind of which nobody knows what they say of normal parts."""
    normal = calibration.normal_scores
    return [name for name in MIND_SOURCES if name in raw_scores and not normal.get(name)]


def _only_mind(
    fused: Fused | None, raw_scores: Mapping[str, float], calibration: Calibration
) -> bool:
    """Whether nothing speaks but a mind of which no normal scores are known."""
    return fused is None or fused.sources.keys() <= set(unranked(raw_scores, calibration))


def _p_value(
    raw_scores: Mapping[str, float], calibration: Calibration, *, judged: Fused
) -> float | None:
    """Conformal, so of those sources alone whose normal scores are known."""
    raw = judged.raw_score
    if unranked(raw_scores, calibration):
        ranked = fuse(without_mind(raw_scores), calibration.normal_scores)
        if ranked is None:
            return None
        raw = ranked.raw_score
    return conformal_p_value(
        calibration.normal_scores.get(FUSED, []), raw, n_references=calibration.n_references
    )


def fuse_all(
    raw_scores: Mapping[str, float], calibration: Calibration, weights: Weights
) -> Fused | None:
    """Fuse experts and mind; a mind without normal scores is read by the documented band."""
    alone = unranked(raw_scores, calibration)
    ranks = {name: mind_rank(raw_scores[name], calibration) for name in alone}
    fused = fuse(
        raw_scores,
        calibration.normal_scores,
        weights=weights,
        ranks=ranks,
        ceiling=rank_ceiling(calibration),
    )
    if fused is None or not alone:
        return fused
    band = f"{' and '.join(alone)} by the documented band {DEFAULT_LOW:g} to {DEFAULT_HIGH:g}"
    return fused._replace(basis=f"{fused.basis}; {band}")


def mind_rank(score: float, calibration: Calibration) -> float:
    """A mind's own score on the scale of fused raw scores.

    Where nobody knows what the mind says of normal parts of this product, its score means what
    the documented default band says: DEFAULT_LOW is where review begins, DEFAULT_HIGH where a
    part is anomalous. Between and beyond it is linear.

    Args:
        score: in [0, 1], higher is worse.
        calibration: of the product's experts.
    """
    low, high = raw_at(calibration, calibration.low), raw_at(calibration, calibration.high)
    beyond = high + (high - low) * (1.0 - DEFAULT_HIGH) / (DEFAULT_HIGH - DEFAULT_LOW)
    places = [0.0, DEFAULT_LOW, DEFAULT_HIGH, 1.0]
    return float(np.interp(score, places, [0.0, low, high, beyond]))


def without_mind(raw_scores: Mapping[str, float]) -> dict[str, float]:
    """What the experts and checks say, where the mind could not answer."""
    return {name: raw for name, raw in raw_scores.items() if name not in MIND_SOURCES}


def tolerated(raw_scores: Mapping[str, float], calibration: Calibration | None) -> dict[str, float]:
    """Violations of each decisive source beyond those that normal parts were seen to have."""
    normal = calibration.normal_scores if calibration else {}
    return {
        source: max(0.0, raw_scores[source] - max(normal.get(source, ()), default=0.0))
        for source in DECISIVE_SOURCES
        if source in raw_scores
    }


def of_mind(raw_scores: Mapping[str, float]) -> dict[str, float]:
    """What the mind says."""
    return {name: raw for name, raw in raw_scores.items() if name in MIND_SOURCES}


def _by_own_scores(own: Mapping[str, float]) -> Judged:
    """The mean of scores in [0, 1] that mean something by themselves."""
    if not own:
        return Judged("review", None, None, None, None, False, {}, "")
    raw = sum(own.values()) / len(own)
    score = min(max(raw, 0.0), 1.0)
    thresholds = Thresholds(
        low=DEFAULT_LOW, high=DEFAULT_HIGH, basis="uncalibrated: the documented default band"
    )
    basis = "the mind's own score" if own.keys() <= set(MIND_SOURCES) else "scores of their own"
    return Judged(decide(score, thresholds), raw, score, None, thresholds, False, dict(own), basis)
