"""What an embedding is. Knows no embedding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tools.arrays import Float32Array


class Embedding(Protocol):
    """Texts to vectors whose cosine says how near the texts are."""

    @property
    def name(self) -> str:
        """Changes whenever its vectors would: a store is bound to it."""
        ...

    @property
    def floor(self) -> float:
        """Cosine up to which two texts have nothing to do with one another."""
        ...

    @property
    def share(self) -> float:
        """Weight of its ranking against the one by words, in [0, 1]."""
        ...

    def embed(self, texts: Sequence[str]) -> Float32Array:
        """(N, D) of unit norm, one row a text.

        Raises:
            KnowledgeError: where the vectors cannot be had.
        """
        ...
