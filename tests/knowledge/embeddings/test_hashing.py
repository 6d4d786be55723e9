from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from knowledge.embeddings.hashing import DIMENSION, HashingEmbedding

ROOT = Path(__file__).resolve().parents[3]


def test_rows_have_unit_norm_and_texts_without_words_are_alike() -> None:
    rows = HashingEmbedding().embed(["a scratched plate", "", "the and of"])
    assert rows.shape == (3, DIMENSION)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-6)
    assert np.array_equal(rows[1], rows[2])


def test_words_that_share_parts_are_nearer_than_words_that_do_not() -> None:
    query, near, far = HashingEmbedding().embed(["microcontroller", "controller", "paint"])
    assert query @ near > HashingEmbedding.floor > abs(query @ far)


def test_no_texts_give_no_rows() -> None:
    assert HashingEmbedding().embed([]).shape == (0, DIMENSION)


def test_another_process_gets_the_same_vector() -> None:
    program = (
        "from knowledge.embeddings.hashing import HashingEmbedding as E;"
        "print(E().embed(['a bent pin']).tobytes().hex())"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == HashingEmbedding().embed(["a bent pin"]).tobytes().hex()
