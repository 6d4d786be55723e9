"""ROUGE-L against hand counts."""

import pytest

from evals.metrics import rouge_l
from evals.metrics.texts import rouge_l_parts


def test_rouge_l_counts_the_longest_common_subsequence() -> None:
    # Lin (2004): "police killed the gunman" and "police kill the gunman" share 3 of 4 words.
    assert rouge_l("police killed the gunman", "police kill the gunman") == 0.75
    assert rouge_l("police killed the gunman", "the gunman kill police") == 0.5


def test_words_count_in_their_order() -> None:
    assert rouge_l_parts("a b c d", "d a x b") == (2 / 4, 2 / 4, 0.5)


def test_precision_is_of_the_answer_and_recall_of_the_reference() -> None:
    parts = rouge_l_parts("scratch on the left", "a scratch")
    assert parts[:] == pytest.approx((1 / 2, 1 / 4, 1 / 3))


def test_case_and_punctuation_do_not_matter() -> None:
    assert rouge_l("A scratch, near C3.", "a SCRATCH near c3") == 1.0


@pytest.mark.parametrize(("reference", "answer"), [("", "a"), ("a", ""), ("?!", "?!"), ("", "")])
def test_a_text_without_words_scores_nothing(reference: str, answer: str) -> None:
    assert rouge_l(reference, answer) == 0.0
