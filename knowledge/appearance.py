"""Failure modes whose written appearance fits what a region looks like. Knows no pictures.

The text is read through a controlled vocabulary (`knowledge.appearance_words`); every property that
it names is compared with the degree to which the region has it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from knowledge.appearance_words import spoken_values
from knowledge.records import FailureMode

if TYPE_CHECKING:
    from tools.attributes import RegionAttributes

WEIGHTS: dict[str, float] = {
    "relation": 1.3,
    "polarity": 1.0,
    "form": 1.0,
    "edge": 0.7,
    "matter": 0.7,
    "size": 0.6,
    "colour": 0.5,
    "outline": 0.4,
    "number": 0.3,
    "surface": 0.7,
    "place": 0.7,
    "contact": 0.7,
}
"""How much a facet's evidence counts: 1 as measured, less where texts use its words loosely."""
COMMON: dict[str, dict[str, float]] = {
    "polarity": {"dark": 0.5, "bright": 0.5},
    "form": {"line": 0.3, "spot": 0.4, "patch": 0.3},
    "size": {"small": 0.5, "large": 0.5},
    "outline": {"irregular": 0.5, "regular": 0.5},
    "edge": {"sharp": 0.6, "soft": 0.4},
    "relation": dict.fromkeys(
        ("bridge", "gap", "notch", "protrusion", "island", "hole", "missing"), 1 / 7
    ),
    "matter": {"added": 0.5, "removed": 0.5},
    "surface": {"smooth": 0.5, "rough": 0.5},
    "place": {"border": 0.3, "inside": 0.7},
    "contact": {"along": 0.5, "end": 0.5},
    "number": {"single": 0.8, "several": 0.2},
    "colour": dict.fromkeys(
        ("black", "grey", "white", "brown", "red", "copper", "yellow", "green", "blue"), 1 / 6
    ),
}
"""How common each value is in regions of any product: what a text that names it must beat."""
_DOUBT: dict[str, float] = {"relation": 0.01, "polarity": 0.02}
_USUAL_DOUBT = 0.05
"""Added to both sides of a ratio, as any measurement may err; topology and contrast err least."""
RULED_OUT = 0.1
"""Degree of a named relation below which topology rules a mode out, whatever else fits."""
UNSEEN_LOSS = 1.0
"""Taken off a mode whose text says that something is missing where no structure changed."""
MIN_EVIDENCE = 0.4
"""Sum of weighted log ratios from which on a mode fits better than an unknown one."""


class Match(NamedTuple):
    """A failure mode that a region may show."""

    failure_mode: FailureMode
    likelihood: float
    """In [0, 1]; together with that of an unknown mode, all of them sum to 1."""
    evidence: float
    """Weighted log likelihood ratio against a region of any kind; 0 says nothing."""
    reason: str
    """The words of the text that the region bears out, and those that it does not."""


def match_failure_modes(
    attributes: RegionAttributes,
    failure_modes: Sequence[FailureMode],
    *,
    measured: Mapping[str, float] = MappingProxyType({}),
) -> list[Match]:
    """Failure modes that fit a region's attributes, best first.

    Naive Bayes over facets: each value that a text names adds the log of how much more this
    region has it than regions in general do. The FMEA's occurrence is the prior.

    Args:
        attributes: of the region.
        failure_modes: of the product, in any order.
        measured: by id of a mode, the log ratio of what else speaks for it.

    Returns:
        Empty where no mode fits better than an unknown one would.
    """
    if not failure_modes:
        return []
    evidence = [
        mode_evidence(attributes.degrees, mode) + measured.get(mode.id, 0.0)
        for mode in failure_modes
    ]
    mean = sum(mode.occurrence for mode in failure_modes) / len(failure_modes)
    weights = [
        math.exp(e) * math.sqrt(mode.occurrence / mean)
        for e, mode in zip(evidence, failure_modes, strict=True)
    ]
    total = sum(weights) + math.exp(MIN_EVIDENCE)
    matches = [
        Match(mode, weight / total, e, explain_match(attributes.degrees, mode))
        for mode, weight, e in zip(failure_modes, weights, evidence, strict=True)
        if e > MIN_EVIDENCE
    ]
    return sorted(matches, key=lambda match: -match.likelihood)


def mode_evidence(degrees: Mapping[str, Mapping[str, float]], mode: FailureMode) -> float:
    """How much better a mode's text fits than chance: a weighted sum of log ratios.

    Minus infinity where the text names a relation that the region does not have: a spot that
    touches no track is no spur, however dark and small it is. That a part is missing is seen in
    too many ways to be ruled out like that.
    """
    spoken = spoken_values(_text(mode))
    related = spoken.get("relation", {})
    borne_out = sum(degrees.get("relation", {}).get(value, 0.0) for value in related)
    if related and "relation" in degrees and "missing" not in related and borne_out < RULED_OUT:
        return -math.inf
    unseen = "missing" in related and "relation" not in degrees
    return -UNSEEN_LOSS * unseen + sum(
        WEIGHTS[facet] * math.log(_ratio(degrees[facet], facet, values))
        for facet, values in spoken.items()
        if facet in degrees
    )


def explain_match(degrees: Mapping[str, Mapping[str, float]], mode: FailureMode) -> str:
    """One line that names the words that fit and those that do not."""
    fits: list[str] = []
    misses: list[str] = []
    for facet, values in spoken_values(_text(mode)).items():
        if facet in degrees:
            words = "/".join(dict.fromkeys(values.values()))
            borne_out = _ratio(degrees[facet], facet, values) >= 1
            (fits if borne_out else misses).append(words)
    text = f"fits: {', '.join(fits) or 'nothing'}"
    return f"{text}; does not fit: {', '.join(misses)}" if misses else text


def _ratio(degrees: Mapping[str, float], facet: str, values: Mapping[str, str]) -> float:
    seen = min(1.0, sum(degrees.get(value, 0.0) for value in values))
    common = min(1.0, sum(COMMON[facet][value] for value in values))
    doubt = _DOUBT.get(facet, _USUAL_DOUBT)
    return (seen + doubt) / (common + doubt)


def _text(mode: FailureMode) -> str:
    return f"{mode.mode}. {mode.appearance}"
