"""What `loupe batch` makes of faults: one that stays is told in each row, one that passes not."""

from __future__ import annotations

import pytest

from evals.benchmarks.retries import RetryRow, as_lines, run_retries

STAYS = ("slow_loris", "half_answer", "slow", "quota_spent")
KINDS = {"slow_loris": "no answer within 1 s", "half_answer": "is no completion"}


@pytest.fixture(scope="module")
def stays(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RetryRow]:
    folder = tmp_path_factory.mktemp("stays")
    return {one.fault: one for one in run_retries(folder, STAYS, passes=False)}


@pytest.fixture(scope="module")
def passed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RetryRow]:
    folder = tmp_path_factory.mktemp("passed")
    return {one.fault: one for one in run_retries(folder, ["half_answer"], passes=True)}


@pytest.mark.parametrize("fault", KINDS)
def test_a_fault_that_stays_is_retried_and_then_the_experts_decide(
    stays: dict[str, RetryRow], fault: str
) -> None:
    one = stays[fault]

    assert (one.code, one.rows) == (0, {"normal degraded": 3})
    assert KINDS[fault] in one.reason
    # Of 12 calls 8 are sent before the circuit opens: each question has one retry.
    assert (one.n_requests, one.counts["retries"], one.counts["errors"]) == (8, 4, 4)
    assert one.summary.startswith("4 retries and 4 errors, after 8 ")


def test_a_spent_quota_is_not_asked_again(stays: dict[str, RetryRow]) -> None:
    one = stays["quota_spent"]

    assert (one.rows, one.n_requests, one.counts["retries"]) == ({"normal degraded": 3}, 6, 0)


def test_an_answer_that_is_only_slow_is_no_fault(stays: dict[str, RetryRow]) -> None:
    one = stays["slow"]

    assert (one.code, one.rows, one.reason, one.summary) == (0, {"normal decided": 3}, "", "")


def test_a_fault_that_passes_leaves_no_trace_in_the_rows(passed: dict[str, RetryRow]) -> None:
    one = passed["half_answer"]

    assert (one.code, one.rows, one.reason) == (0, {"normal decided": 3}, "")
    assert (one.counts["retries"], one.counts["errors"]) == (1, 0)


def test_the_table_has_a_row_for_each_fault(
    stays: dict[str, RetryRow], passed: dict[str, RetryRow]
) -> None:
    lines = as_lines(list(stays.values()), list(passed.values()))

    assert len(lines) == 2 + len(STAYS)
    assert lines[3].startswith("| half_answer | 3 normal degraded | 0 | 8 | 4 | 4 | ")
    assert lines[3].endswith(" | 3 normal decided | 1 |")
