"""Fusion of raw scores over their ranks among normal scores. Knows no thresholds, no pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

EQUAL_WEIGHTS = "equal weights over ranks among the normal scores"
MIND_SOURCES = ("direct", "rounds")
"""Scores in [0, 1] that a mind gave: at first sight, and at the end of its rounds."""
DECISIVE_SOURCES = ("parts", "rules")
"""What was counted or measured against a limit: one violation decides by itself."""


class Weights(NamedTuple):
    """How much each source counts; equal until a suite of evaluations has fitted others."""

    suite: str = ""
    """That fitted them; empty for equal weights."""
    by_source: Mapping[str, float] = {}
    """Sources that it does not name weigh 1."""

    @property
    def basis(self) -> str:
        """As the record of an inspection says it."""
        if not self.suite:
            return EQUAL_WEIGHTS
        named = ", ".join(f"{name} {weight:g}" for name, weight in sorted(self.by_source.items()))
        return f"weights fitted on {self.suite} over ranks among the normal scores ({named})"

    def of(self, source: str) -> float:
        """The weight of one source."""
        return self.by_source.get(source, 1.0)


EQUAL = Weights()


class Fused(NamedTuple):
    """A fused raw score and what it was made of."""

    raw_score: float
    """Unbounded, higher is worse; a normal part lies mostly in [0, 1]."""
    sources: dict[str, float]
    """Raw score of each source that took part."""
    basis: str


def extrapolated_rank(normal_scores: Sequence[float], raw: float) -> float:
    """Where a raw score lies among normal scores, continued without ties beyond both ends.

    Between the smallest and the largest normal score it is the interpolated rank in [0, 1].
    Beyond, it grows with the logarithm of the distance in standard deviations, so that a
    source with a narrow spread does not drown the others.

    Args:
        normal_scores: at least one, in any order.
        raw: higher is worse.
    """
    known = _ranks(tuple(normal_scores))
    if raw > known.high:
        return 1.0 + float(np.log1p((raw - known.high) / known.spread))
    if raw < known.low:
        return -float(np.log1p((known.low - raw) / known.spread))
    if len(known.scores) == 1:
        return 1.0
    return float(np.interp(raw, known.scores, known.ranks))


class _Ranks(NamedTuple):
    """Distinct normal scores in their order, (n,) float64, and the rank of each in [0, 1]."""

    scores: npt.NDArray[np.float64]
    ranks: npt.NDArray[np.float64]
    low: float
    high: float
    spread: float


@lru_cache(maxsize=256)
def _ranks(normal_scores: tuple[float, ...]) -> _Ranks:
    """Of an expert on a product: each round and each part asks for them again."""
    ordered = np.sort(np.asarray(normal_scores, dtype=np.float64))
    scores = np.unique(ordered)
    low, high = float(scores[0]), float(scores[-1])
    spread = max(float(np.std(normal_scores)), 1e-3 * max(abs(low), abs(high)), 1e-9)
    below = np.searchsorted(ordered, scores, side="left")
    through = np.searchsorted(ordered, scores, side="right") - 1
    ranks = (below + through) / (2 * max(len(ordered) - 1, 1))
    ranks[0], ranks[-1] = 0.0, 1.0
    return _Ranks(scores, ranks, low, high, spread)


def fuse(
    raw_scores: Mapping[str, float],
    normal_scores: Mapping[str, Sequence[float]],
    *,
    weights: Weights = EQUAL,
    ranks: Mapping[str, float] | None = None,
    ceiling: float | None = None,
) -> Fused | None:
    """Average the ranks of the sources; absent sources drop out.

    Of an asset of several parts the worst part decides: the sources `NAME@PART` are averaged for
    each part, with those that speak of the whole.

    Args:
        raw_scores: by source; higher is worse.
        normal_scores: by source; a source without normal scores drops out.
        weights: of the sources; equal where no suite has fitted others.
        ranks: of sources without normal scores that are known in another way.
        ceiling: a rank that sources with normal scores approach and do not reach, where the
            spread of these says little of how normal parts differ; None: ranks are unbounded.

    Returns:
        None where no source is left.
    """
    rank_of = dict(ranks or {})
    for name, raw in raw_scores.items():
        if name not in DECISIVE_SOURCES and len(normal_scores.get(name, ())) > 0:
            rank = extrapolated_rank(normal_scores[name], raw)
            rank_of[name] = rank if ceiling is None else _below(ceiling, rank)
    known = {name: raw for name, raw in raw_scores.items() if name in rank_of}
    parts = sorted({part_of(name) for name in known} - {""}) or [""]
    fused = [
        _averaged([name for name in known if part_of(name) in ("", part)], rank_of, weights)
        for part in parts
    ]
    counted = [one for one in fused if one is not None]
    if not counted:
        return None
    basis = weights.basis if parts == [""] else f"the worst of {len(parts)} parts; {weights.basis}"
    return Fused(max(counted), known, basis)


def _below(ceiling: float, rank: float) -> float:
    """Ranks beyond 1 pressed between 1 and the ceiling, in their order."""
    beyond = max(0.0, rank - 1.0)
    return min(rank, 1.0) + (ceiling - 1.0) * beyond / (1.0 + beyond)


def part_of(source: str) -> str:
    """The part that a source `NAME@PART` speaks of; empty where it speaks of the whole."""
    return source.partition("@")[2]


def _averaged(names: Sequence[str], rank_of: Mapping[str, float], weights: Weights) -> float | None:
    share = [weights.of(name.partition("@")[0]) for name in names]
    if (whole := sum(share)) <= 0:
        return None
    # Of a handful of numbers, for each look: as arrays they take thirty times as long.
    return sum(rank_of[name] * one for name, one in zip(names, share, strict=True)) / whole


def add_violations(fused: Fused, violations: Mapping[str, float], *, above: float) -> Fused:
    """Let counted or measured violations carry the score over the anomalous threshold.

    Args:
        fused: what the experts say.
        violations: by decisive source, how many; 0 where the check passed.
        above: the fused raw score from which on a part is anomalous.
    """
    n_violations = sum(violations.values())
    sources = {**fused.sources, **violations}
    if n_violations <= 0:
        return Fused(fused.raw_score, sources, fused.basis)
    raw = max(fused.raw_score, above) + float(np.log1p(n_violations))
    named = " and ".join(name for name, count in violations.items() if count > 0)
    return Fused(raw, sources, f"{fused.basis}; a violation of {named} decides by itself")
