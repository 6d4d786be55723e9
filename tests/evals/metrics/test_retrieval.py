"""Ranked answers by hand counts."""

import pytest

from evals.metrics import (
    chance_at_k,
    failure_mode_quality,
    most_frequent_at_k,
    recall_at_k,
    wilson_interval,
)

RANKED = [["a", "b"], ["b", "a"], [], ["c", "b", "a"]]


def test_recall_counts_queries_whose_answer_is_among_the_first_k() -> None:
    expected = ["a", "a", "a", "a"]
    assert [recall_at_k(expected, RANKED, k=k).value for k in (1, 2, 3)] == [0.25, 0.5, 0.75]
    assert recall_at_k(expected, RANKED, k=1) == wilson_interval(1, 4)


@pytest.mark.parametrize(("expected", "k"), [([], 1), (["a"], 1), (["a"] * 4, 0)])
def test_recall_of_nothing_is_refused(expected: list[str], k: int) -> None:
    with pytest.raises(ValueError, match="needs k >= 1"):
        recall_at_k(expected, RANKED, k=k)


def test_chance_is_k_of_the_choices() -> None:
    assert [chance_at_k(6, k=k) for k in (1, 3, 7)] == [1 / 6, 0.5, 1.0]
    with pytest.raises(ValueError, match="at least 1"):
        chance_at_k(0, k=1)


def test_the_best_constant_answer_names_the_most_frequent() -> None:
    assert most_frequent_at_k(["a", "a", "b", "c"], k=1) == 0.5
    assert most_frequent_at_k(["a", "a", "b", "c"], k=2) == 0.75
    with pytest.raises(ValueError, match="at least one"):
        most_frequent_at_k([], k=1)


def test_none_is_wrong_where_a_mode_fits_and_right_where_none_does() -> None:
    quality = failure_mode_quality(
        ["open", "open", "short", None, None],
        [["open"], ["short", "spur", "open"], [], [], ["open"]],
    )
    assert quality.right_at_1 == wilson_interval(1, 3)
    assert quality.right_at_3 == wilson_interval(2, 3)
    assert quality.wrongly_none == wilson_interval(1, 3)
    assert quality.rightly_none == wilson_interval(1, 2)


def test_quality_without_cases_is_absent_and_not_zero() -> None:
    assert failure_mode_quality([None], [[]]).right_at_1 is None
    assert failure_mode_quality(["open"], [["open"]]).rightly_none is None
