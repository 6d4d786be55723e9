"""What answers say, and what says nothing."""

from __future__ import annotations

import pytest

from evals.datasets.records import Question
from evals.runner.reading import Heard, expected_of, hear
from evals.suites.records import Asking
from graphs.minds.vlm.asking import Unusable


def _asking(reads: str, **more: object) -> Asking:
    return Asking.model_validate({"prompt": "?", "reads": reads, **more})


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("B", "B"),
        ("B.", "B"),
        ("(C) a scratch", "C"),
        ("The answer is B. A scratch is visible.", "B"),
        ("**Answer: D**", "D"),
        ("I think it is **A**.", "A"),
        ("A: Yes.", "A"),
        ("A scratch runs across. So I choose\nC", "C"),
        ("Option A would fit, but the correct answer is option B", "B"),
        ("It must be D", "D"),
    ],
)
def test_the_letter_of_an_option_is_found(text: str, letter: str) -> None:
    assert hear(text, _asking("choice")).choice == letter


@pytest.mark.parametrize("text", ["A scratch is visible.", "none of these", "", "I'd say yes"])
def test_a_text_that_names_no_option_is_unusable(text: str) -> None:
    with pytest.raises(Unusable, match="names none of the options"):
        hear(text, _asking("choice"))


@pytest.mark.parametrize(
    ("reads", "text", "score"),
    [
        ("yes_no", "Yes, it is scratched. No doubt.", 1.0),
        ("yes_no", "No. There is yes-men text on it.", 0.0),
        ("contains_yes", "No, I would not say yes.", 1.0),
        ("contains_yes", "There is no defect.", 0.0),
        ("correctness", '{"reasoning": "fine", "correctness": 1}', 0.0),
        ("correctness", 'Sure: {"reasoning": "bad", "correctness": 0}', 1.0),
        ("region_scores", "image anomaly score: 0.9; region 1: 0.4.", 0.9),
    ],
)
def test_scores_are_read_as_the_papers_read_them(reads: str, text: str, score: float) -> None:
    assert hear(text, _asking(reads), [1]).score == score


@pytest.mark.parametrize("reads", ["yes_no", "contains_yes", "correctness", "region_scores"])
def test_a_text_that_says_nothing_is_never_normal(reads: str) -> None:
    with pytest.raises(Unusable):
        hear("A cast impeller on a table.", _asking(reads))


def test_regions_that_were_not_shown_say_nothing() -> None:
    heard = hear("region 1: 0.4; region 7: 0.9.", _asking("region_scores"), [1, 2])
    assert dict(heard.region_scores) == {1: 0.4}


def test_a_conversation_keeps_all_texts_and_its_last_judgement() -> None:
    both = Heard.together([Heard(text="a", score=0.0), Heard(text="b", score=1.0)])
    assert both.as_values() == {
        "answer": "a\n\x1e\nb",
        "raw_score": 1.0,
        "score": 1.0,
        "decision": "anomalous",
    }


def test_only_texts_and_choices_have_an_expected_answer() -> None:
    asked = [Question(text="?", answer="B"), Question(text="?", answer=None)]
    assert expected_of(asked[:1], _asking("choice")) == "B"
    assert expected_of(asked, _asking("text")) == "B"
    assert expected_of(asked, _asking("yes_no")) == ""
