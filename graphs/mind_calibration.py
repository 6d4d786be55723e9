"""What a mind says of normal parts, beside what the experts say of them. Pure maths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphs.calibrate import FUSED
from graphs.fusion import EQUAL, MIND_SOURCES, Weights, fuse
from knowledge.records import Calibration


def with_mind(
    experts: Calibration,
    sources: Sequence[Mapping[str, float]],
    *,
    mind: str,
    key: str,
    weights: Weights = EQUAL,
) -> Calibration:
    """The calibration of a product and a mind, from that of its experts.

    Fused normal scores are those of the inspected references alone: the mind saw no perturbed
    copies, and ranks of experts and mind must be of the same pictures to be averaged.

    Args:
        experts: calibration of the same product.
        sources: by reference, the raw score of every source of its inspection.
        mind: name of the mind.
        key: what the scores depend on besides.
        weights: of the sources.
    """
    own = {
        name: sorted(one[name] for one in sources if name in one)
        for name in MIND_SOURCES
        if any(name in one for one in sources)
    }
    normal = {**experts.normal_scores, **own}
    fused = [fuse(one, normal, weights=weights) for one in sources]
    raw_scores = sorted(one.raw_score for one in fused if one is not None)
    return experts.model_copy(
        update={"mind": mind, "key": key, "normal_scores": {**normal, FUSED: raw_scores}}
    )
