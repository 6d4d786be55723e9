from __future__ import annotations

import math

import pytest

from knowledge.lexical import K1, B, Bm25
from knowledge.words import words


def test_inflected_words_and_synonyms_are_one_word() -> None:
    assert words("Scratches") == words("scratched") == words("a gouge")
    assert words("the missing screws") == words("absent screw")


def test_stop_words_and_punctuation_are_left_out() -> None:
    assert words("What is the washer's size, and why?") == words("washer size")


def test_the_score_is_okapis_formula() -> None:
    scores = Bm25(["washer ring", "washer plate washer bolt", "spring coil"]).scores("washer")
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    mean = (2 + 4 + 2) / 3
    once = idf * (K1 + 1) / (1 + K1 * (1 - B + B * 2 / mean))
    twice = idf * 2 * (K1 + 1) / (2 + K1 * (1 - B + B * 4 / mean))
    assert scores.tolist() == pytest.approx([once, twice, 0.0])


def test_a_misspelt_or_joined_word_stands_for_those_like_it() -> None:
    passages = Bm25(["a mouse bite in the edge", "solder splash", "washer"])
    assert passages.scores("mousebite").argmax() == 0
    assert passages.scores("washre").argmax() == 2
    assert passages.scores("mousebite")[0] > 0
    assert passages.scores("banana").tolist() == [0.0, 0.0, 0.0]


def test_no_passages_have_no_scores() -> None:
    assert Bm25([]).scores("washer").shape == (0,)
