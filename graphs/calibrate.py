"""How raw scores read as decisions: p-values, calibrated score, thresholds. Pure maths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from graphs.fusion import fuse
from graphs.records import Decision, Thresholds
from knowledge.records import Calibration

TARGET_OVERKILL = 0.05
"""Share of normal parts that may be called anomalous."""
FUSED = "fused"
"""Key of the fused normal scores in `Calibration.normal_scores`."""
ALTERNATIVE_EXPONENT = 0.2
"""An anomalous part's p-value is taken to follow Beta(0.2, 1): the experts rank an anomalous part
above a normal one with probability 1 / 1.2 = 0.83."""
REVIEW_FACTOR = 3.0
"""Review begins where this many times the target rate of normal parts lies above."""
DEFAULT_LOW = 0.3
DEFAULT_HIGH = 0.7
"""The documented default of an uncalibrated product: p-values of about 0.39 and 0.046, the second
of which rests on the assumed tail beyond the largest normal score. Chosen on six sets with eight
references so that about one normal part in twenty is called anomalous and one part in three is
left to a person (`evals/LOG.md`)."""
MIN_SPREAD_REFERENCES = 2
"""Fewer do not show how normal parts differ: copies of one picture differ by the camera alone."""
MAX_FREEDOM = 7
"""Degrees of freedom of that tail at most: scores of normal parts are skewed, however many."""

Float64s: TypeAlias = npt.NDArray[np.float64]
Scores = Sequence[Sequence[float | None]]
"""By reference, by copy; None where the expert had nothing to say."""


def fit_calibration(
    *,
    product: str,
    product_digest: str,
    mind: str,
    key: str,
    scores: Mapping[str, Scores],
    map_maxima: Mapping[str, Scores],
    target_overkill: float = TARGET_OVERKILL,
    seed: int = 0,
) -> Calibration:
    """Fit from the scores of references and their perturbed copies.

    Copies of one reference are not independent: the rates rest on the number of references, as
    in hierarchical conformal inference (Lee, Barber, Willett, 2023).

    Args:
        product: its name.
        product_digest: digest of the product's folder.
        mind: name of the mind.
        key: what the scores depend on besides.
        scores: by expert, the raw scores of each reference's copies, all experts alike ordered.
        map_maxima: by expert, the largest map value of the same pictures.
        target_overkill: in (0, 1).
        seed: of the perturbations.
    """
    n_references = max((len(by_reference) for by_reference in scores.values()), default=0)
    normal = {name: _flat(by_reference) for name, by_reference in scores.items()}
    normal = {name: values for name, values in normal.items() if values}
    fused = _fused_scores(scores, normal)
    calibrated = n_references > 0 and 1.0 / (n_references + 1) <= target_overkill
    low, high = _band(target_overkill) if calibrated else (DEFAULT_LOW, DEFAULT_HIGH)
    return Calibration(
        product=product,
        product_digest=product_digest,
        mind=mind,
        key=key,
        normal_scores={**normal, FUSED: fused} if fused else normal,
        pixel_levels=_pixel_levels(map_maxima, normal, target_overkill=target_overkill),
        n_references=n_references,
        target_overkill=target_overkill,
        low=low,
        high=high,
        calibrated=calibrated,
        seed=seed,
    )


def _band(target_overkill: float) -> tuple[float, float]:
    """Where review begins, and where anomalous does."""
    return posterior(min(REVIEW_FACTOR * target_overkill, 0.5)), posterior(target_overkill)


def _pixel_levels(
    map_maxima: Mapping[str, Scores],
    normal: Mapping[str, Sequence[float]],
    *,
    target_overkill: float,
) -> dict[str, float]:
    """By expert, what its map reaches on a normal part.

    That map may be nought everywhere, which is no level: what raw scores of normal parts reach
    stands in. They are means over the worst pixels of the same quantity, or of it before the
    map's floor is taken away, so of the same order.
    """
    return {
        name: normal_level(_flat(maxima), target_overkill=target_overkill)
        or normal_level(normal[name], target_overkill=target_overkill)
        for name, maxima in map_maxima.items()
        if _flat(maxima)
    }


def normal_level(scores: Sequence[float], *, target_overkill: float = TARGET_OVERKILL) -> float:
    """The value that all but the target share of normal scores stay below."""
    return _level(tuple(scores), target_overkill)


@lru_cache(maxsize=256)
def _level(scores: tuple[float, ...], target_overkill: float) -> float:
    """Of an expert on a product: each round asks for it again."""
    return float(np.quantile(np.asarray(scores, dtype=np.float64), 1.0 - target_overkill))


def conformal_p_value(
    scores: Sequence[float], raw: float, *, n_references: int | None = None
) -> float:
    """Share of normal scores at least as high, with the new part counted among them.

    Args:
        scores: normal scores, equally many for each reference.
        raw: higher is worse.
        n_references: how many of the scores are independent; all where None.
    """
    n = len(scores) if n_references is None else n_references
    at_least = float(np.mean(np.asarray(scores, dtype=np.float64) >= raw)) if len(scores) else 0.0
    return (1.0 + n * at_least) / (n + 1.0)


def calibrated_score(calibration: Calibration, raw: float) -> float:
    """Probability in [0, 1] that a part with this fused raw score is anomalous, at even odds.

    Rises strictly with the raw score beyond the largest normal score; see `posterior`.
    """
    return posterior(_smooth_p_value(calibration, raw))


def posterior(p_value: float) -> float:
    """Probability of an anomalous part given its p-value, at even odds.

    The Beta(xi, 1) alternative of Sellke, Bayarri and Berger (2001), with xi fixed at
    ALTERNATIVE_EXPONENT: the Bayes factor is xi * p ** (xi - 1).
    """
    xi = ALTERNATIVE_EXPONENT
    return float(1.0 / (1.0 + p_value ** (1.0 - xi) / xi))


def raw_at(calibration: Calibration, score: float) -> float:
    """The fused raw score at which the calibrated score reaches a value beyond the normal range.

    Args:
        calibration: of the product.
        score: in (0, 1); below the score of the largest normal one that raw score is returned.
    """
    xi = ALTERNATIVE_EXPONENT
    p_value = (xi * (1.0 / score - 1.0)) ** (1.0 / (1.0 - xi))
    highest = max(calibration.normal_scores.get(FUSED, [1.0]))
    return float(highest + np.log1p(_beyond(p_value, n=max(1, calibration.n_references))))


def rank_ceiling(calibration: Calibration) -> float | None:
    """The rank that experts approach and do not reach; None where nothing bounds them.

    One reference has no degree of freedom left for the spread between parts: a part lies beyond
    the copies of that reference, and how far means nothing. All that is known of it has the
    p-value 1/2 or less, which 0.5 ** 0.2 of anomalous parts have and one half of normal ones: the
    score stays below 0.64, in the default band. What is counted, measured or said by a mind is not
    bounded.
    """
    n = calibration.n_references
    if n >= MIN_SPREAD_REFERENCES:
        return None
    at_most = 1.0 / (n + 1.0)
    return raw_at(calibration, 1.0 / (1.0 + at_most ** (1.0 - ALTERNATIVE_EXPONENT)))


def thresholds_of(calibration: Calibration) -> Thresholds:
    """The thresholds and, in words, where they come from."""
    n, rate = calibration.n_references, calibration.target_overkill
    basis = f"calibrated on {n} references for an overkill rate of {rate:g}"
    if not calibration.calibrated:
        basis = (
            f"uncalibrated: {n} references allow no overkill rate below {1 / (n + 1):.2g} "
            f"(wanted {rate:g}), the documented default band {DEFAULT_LOW:g} to {DEFAULT_HIGH:g} "
            "decides"
        )
        if n < MIN_SPREAD_REFERENCES:
            basis += ", and experts alone leave to a person whatever differs from the one reference"
    return Thresholds(low=calibration.low, high=calibration.high, basis=basis)


def decide(score: float, thresholds: Thresholds) -> Decision:
    """Below `low` normal, from `high` on anomalous, between review."""
    if score >= thresholds.high:
        return "anomalous"
    return "normal" if score < thresholds.low else "review"


def _smooth_p_value(calibration: Calibration, raw: float) -> float:
    """The conformal p-value, interpolated, and continued beyond the largest normal score.

    A fused raw score grows with the logarithm of the distance, which is undone here; see `_tail`.
    """
    normal = calibration.normal_scores.get(FUSED, [])
    n = calibration.n_references
    if not normal:
        return 1.0
    highest = max(normal)
    if raw >= highest:
        return _tail(float(np.expm1(raw - highest)), n=n)
    rank = float(np.interp(raw, *_ladder(tuple(normal))))
    return (1.0 + n * (1.0 - rank)) / (n + 1.0)


@lru_cache(maxsize=256)
def _ladder(scores: tuple[float, ...]) -> tuple[Float64s, Float64s]:
    """Fused normal scores in their order and the rank of each, (n,) both: each look asks again."""
    return np.sort(np.asarray(scores, dtype=np.float64)), np.linspace(0.0, 1.0, len(scores))


def _tail(beyond: float, *, n: int) -> float:
    """The p-value of a score so many standard deviations beyond the largest of n normal ones.

    The tail of the prediction interval of one more normal score (Student's t, the spread widened
    by 1 / n for the unknown mean), placed so that it starts at the conformal 1 / (n + 1).
    """
    from scipy.special import stdtr

    return float(stdtr(_freedom(n), -(_start(n) + beyond / np.sqrt(1.0 + 1.0 / n))))


@lru_cache(maxsize=256)
def _beyond(p_value: float, *, n: int) -> float:
    """The inverse of `_tail`; 0 where the p-value is larger than its first."""
    from scipy.special import stdtrit

    deviate = -float(stdtrit(_freedom(n), p_value))
    return max(0.0, (deviate - _start(n)) * float(np.sqrt(1.0 + 1.0 / n)))


@cache
def _start(n: int) -> float:
    from scipy.special import stdtrit

    return -float(stdtrit(_freedom(n), 1.0 / (n + 1.0)))


def _freedom(n: int) -> int:
    return max(1, min(n - 1, MAX_FREEDOM))


def _flat(by_reference: Scores) -> list[float]:
    return sorted(score for copies in by_reference for score in copies if score is not None)


def _fused_scores(
    scores: Mapping[str, Scores], normal: Mapping[str, Sequence[float]]
) -> list[float]:
    """The fused raw score of every picture that at least one expert scored."""
    pictures: dict[tuple[int, int], dict[str, float]] = {}
    for name, by_reference in scores.items():
        for reference, copies in enumerate(by_reference):
            for copy, score in enumerate(copies):
                if score is not None:
                    pictures.setdefault((reference, copy), {})[name] = score
    fused = [fuse(by_expert, normal) for by_expert in pictures.values()]
    return sorted(one.raw_score for one in fused if one is not None)
