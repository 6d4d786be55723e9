"""Two rankings made one by reciprocal rank. Knows no store.

Cormack, Clarke and Buettcher, Reciprocal Rank Fusion, SIGIR 2009.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from knowledge.lexical import Bm25

RANK_OFFSET = 10
"""The paper's 60 is for runs of a thousand; a product has tens of passages."""


class Ranked(NamedTuple):
    """A found text."""

    position: int
    """Its place among the given texts."""
    relevance: float
    """In (0, 1]; 1 where both rankings have it first."""


def fuse(
    query: str,
    texts: Sequence[str],
    *,
    cosines: Mapping[int, float],
    floor: float,
    share: float,
    k: int,
) -> list[Ranked]:
    """Rank texts by shared words and by nearness of vectors together.

    Args:
        query: what is looked for.
        texts: what is searched.
        cosines: of the query with the texts that the dense search found, by position.
        floor: cosine up to which a text without a shared word is not found.
        share: weight of the dense ranking, in [0, 1]; the rest is the lexical one's.
        k: at most so many are returned.

    Returns:
        Best first; texts near in neither way are left out.
    """
    lexical = {i: float(score) for i, score in enumerate(Bm25(texts).scores(query)) if score > 0}
    dense = {i: cosine for i, cosine in cosines.items() if cosine > floor}
    fused = dict.fromkeys(sorted({*lexical, *dense}), 0.0)
    for scores, weight in ((lexical, 1 - share), (dense, share)):
        for rank, index in enumerate(sorted(scores, key=lambda i: (-scores[i], i))):
            fused[index] += weight * RANK_OFFSET / (RANK_OFFSET + rank)
    best = sorted(fused, key=lambda i: (-fused[i], i))[:k]
    return [Ranked(index, fused[index]) for index in best]
