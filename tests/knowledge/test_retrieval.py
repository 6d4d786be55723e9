from __future__ import annotations

import pytest

from knowledge.retrieval import fuse

TEXTS = ["a bent pin", "a loose washer", "rust on the plate"]


def test_what_both_rankings_have_first_has_relevance_one() -> None:
    best = fuse("washer", TEXTS, cosines={0: 0.2, 1: 0.9}, floor=0.1, share=0.5, k=3)
    assert [(entry.position, entry.relevance) for entry in best] == [
        (1, 1.0),
        (0, pytest.approx(0.5 * 10 / 11)),
    ]


def test_what_is_near_in_neither_way_is_not_found() -> None:
    assert fuse("banana", TEXTS, cosines={0: 0.05, 1: 0.1}, floor=0.1, share=0.5, k=3) == []


def test_a_text_without_a_shared_word_is_found_by_its_vector() -> None:
    assert fuse("corroded", TEXTS, cosines={2: 0.6}, floor=0.1, share=0.5, k=3)[0].position == 2


def test_no_more_than_k_are_found() -> None:
    assert len(fuse("pin washer rust", TEXTS, cosines={}, floor=0.1, share=0.5, k=2)) == 2
