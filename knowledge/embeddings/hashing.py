"""Vectors of hashed words and parts of words: no model, no network, the same everywhere.

Weinberger et al., Feature Hashing for Large Scale Multitask Learning, 2009. Knows no store.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from knowledge.words import words
from tools.arrays import Float32Array

DIMENSION = 1024
GRAM_SIZES = (3, 4, 5)
GRAM_WEIGHT = 0.8
"""Of all parts of one word together, against the word itself."""


class HashingEmbedding:
    """Words and character n-grams, hashed to signed places of one vector."""

    name = f"hashing/{DIMENSION}/1"
    floor = 0.09
    share = 0.3

    def embed(self, texts: Sequence[str]) -> Float32Array:
        """(N, 1024) of unit norm; a text without words gets the same vector as any other such."""
        rows = np.stack([_vector(text) for text in texts]) if texts else np.zeros((0, DIMENSION))
        return rows.astype(np.float32)


def _vector(text: str) -> Float32Array:
    vector = np.zeros(DIMENSION)
    for word, count in Counter(words(text)).items():
        for feature, weight in _features(word):
            place, sign = _hashed(feature)
            vector[place] += sign * weight * (1 + math.log(count))
    norm = float(np.linalg.norm(vector))
    if norm == 0:
        vector[0] = norm = 1.0
    return np.asarray(vector / norm, dtype=np.float32)


def _features(word: str) -> Iterator[tuple[str, float]]:
    yield f"w:{word}", 1.0
    padded = f"<{word}>"
    grams = [padded[i : i + n] for n in GRAM_SIZES for i in range(len(padded) - n + 1)]
    for gram in grams:
        yield f"g:{gram}", GRAM_WEIGHT / math.sqrt(len(grams))


@lru_cache(maxsize=262144)
def _hashed(feature: str) -> tuple[int, float]:
    number = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest())
    return number % DIMENSION, 1.0 if number >> 63 else -1.0
