"""Okapi BM25 over a handful of passages. Knows nothing of stores, embeddings or products.

Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009.
"""

from __future__ import annotations

import difflib
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from knowledge.words import words
from tools.arrays import Float32Array

K1 = 1.2
B = 0.75
ALIKE_WEIGHT = 0.5
ALIKE_RATIO = 0.75
SHORTEST_ALIKE = 4


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
        """(N,) score of every passage, 0 where no word is shared.

        A word that no passage has stands for those that look like it, at less weight: that finds
        misspelt and compound words.
        """
        scores = np.zeros(len(self._counts), dtype=np.float64)
        for word in sorted(set(words(query))):
            if word in self._idf:
                scores += self._word_scores(word)
            else:
                for alike in self._alike(word):
                    scores += ALIKE_WEIGHT * self._word_scores(alike)
        return scores.astype(np.float32)

    def _word_scores(self, word: str) -> npt.NDArray[np.float64]:
        found = np.array([counts[word] for counts in self._counts], dtype=np.float64)
        return self._idf[word] * found * (K1 + 1) / (found + self._norms + 1e-12)

    def _alike(self, word: str) -> list[str]:
        if len(word) < SHORTEST_ALIKE:
            return []
        long = [known for known in sorted(self._idf) if len(known) >= SHORTEST_ALIKE]
        parts = [known for known in long if known in word or word in known]
        return parts or difflib.get_close_matches(word, long, n=2, cutoff=ALIKE_RATIO)
