"""Okapi BM25 over a handful of passages. Knows nothing of stores, embeddings or products.

Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from knowledge.words import words
from tools.arrays import Float32Array

K1 = 1.2
B = 0.75


class Bm25:
    """Scores passages by the words that they share with a query."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Count words; texts are what is searched."""
        self._counts = [Counter(words(text)) for text in texts]
        lengths = np.array([counts.total() for counts in self._counts], dtype=np.float64)
        mean = float(lengths.mean()) if len(lengths) else 0.0
        relative = lengths / mean if mean > 0 else lengths
        self._norms = K1 * (1 - B + B * relative)
        frequencies = Counter(word for counts in self._counts for word in counts)
        n = len(texts)
        self._idf = {
            word: math.log(1 + (n - f + 0.5) / (f + 0.5)) for word, f in frequencies.items()
        }

    def scores(self, query: str) -> Float32Array:
        """(N,) score of every passage, 0 where no word is shared."""
        scores = np.zeros(len(self._counts), dtype=np.float64)
        for word in sorted(set(words(query)) & self._idf.keys()):
            found = np.array([counts[word] for counts in self._counts], dtype=np.float64)
            scores += self._idf[word] * found * (K1 + 1) / (found + self._norms + 1e-12)
        return scores.astype(np.float32)
