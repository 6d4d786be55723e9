"""Every fault of a VLM over HTTP: what a person sees, and what the record says."""

from __future__ import annotations

import pytest

from agent.loopback import FAULTS
from evals.benchmarks.faults import IN_ROUNDS, RECOVERS, FaultRow, as_lines, models, run_faults

EXPECTED = {
    "refusal": (4, {"refusal"}),
    "timeout": (4, {"timeout"}),
    "rate_limited": (4, {"rate_limited"}),
    "quota_spent": (2, {"rate_limited"}),
    "server_error": (4, {"server_error"}),
    "connection_reset": (4, {"connection"}),
    "broken_json": (4, {"unreadable"}),
    "unknown_region_submitted": (4, {"unreadable", "unknown_region"}),
    "unknown_tool": (6, {"unreadable"}),
    "endless_tool_calls": (5, {"unreadable"}),
    "empty": (4, {"empty"}),
}
"""With two attempts for each answer and three rounds: attempts in all, and what went wrong. One of
each kind; `python -m evals.benchmarks.faults` has them all.

The judgement at first sight fails beside the first look. A spent quota is not asked again. Unknown
tools and regions are answered as the tools refuse them, until the last round allows none.
"""
DIRECT = ("refusal", "timeout", "server_error", "broken_json", "empty")
EXPERTS = {"patch_memory", "registered_difference"}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[FaultRow]:
    folder = tmp_path_factory.mktemp("faults")
    rounds = [*EXPECTED, RECOVERS]
    return list(run_faults(folder, rounds=rounds, direct=DIRECT, spotted=["refusal"]))


@pytest.fixture(scope="module")
def rows(found: list[FaultRow]) -> dict[tuple[str, str], FaultRow]:
    """Of the normal part, by strategy and fault."""
    return {(one.strategy, one.fault): one for one in found if one.part == "normal.png"}


@pytest.mark.parametrize("fault", EXPECTED)
def test_a_fault_that_stays_leaves_the_decision_to_the_experts(
    rows: dict[tuple[str, str], FaultRow], fault: str
) -> None:
    one, (n_attempts, kinds) = rows["rounds", fault], EXPECTED[fault]

    assert (one.code, one.status, one.row) == (0, "degraded", f"{one.decision} degraded")
    assert set(one.sources) >= EXPERTS
    assert {"direct", "rounds"}.isdisjoint(one.sources)
    assert one.n_calls == one.n_requests == n_attempts
    assert set(one.faults) == kinds


@pytest.mark.parametrize("fault", EXPECTED)
def test_a_person_and_the_record_are_told_why(
    rows: dict[tuple[str, str], FaultRow], fault: str
) -> None:
    one = rows["rounds", fault]

    assert one.degraded
    assert all("gave no usable answer" in reason for reason in one.degraded)
    assert "normal.png: degraded, decided by the experts: " in one.stderr
    assert all(reason in one.stderr for reason in one.degraded)
    assert one.degraded[-1] in one.reason


def test_a_server_that_asks_to_wait_and_then_answers_is_waited_for(
    rows: dict[tuple[str, str], FaultRow],
) -> None:
    one = rows["rounds", RECOVERS]

    assert (one.code, one.status, one.row) == (0, "decided", "normal decided")
    assert (one.faults, one.n_calls, one.degraded) == (("rate_limited",), 3, ())
    assert {"direct", "rounds"} <= set(one.sources)
    # The endpoint asks for one second.
    assert one.seconds >= 1.0


@pytest.mark.parametrize("fault", DIRECT)
def test_where_nobody_else_can_decide_a_fault_is_never_normal(
    rows: dict[tuple[str, str], FaultRow], fault: str
) -> None:
    one = rows["direct", fault]

    assert (one.code, one.status, one.decision, one.row) == (1, "failed", None, "")
    assert one.stderr.startswith("error: ")
    assert "Not decided: " in one.stderr
    assert (one.n_calls, one.sources) == (2, ())


def test_the_experts_still_find_a_defect_where_the_model_refuses(found: list[FaultRow]) -> None:
    (one,) = (row for row in found if row.part == "spotted.png")

    assert (one.fault, one.n_requests) == ("refusal", 4)
    assert (one.status, one.decision) == ("degraded", "anomalous")


def test_the_table_has_a_row_for_each_fault(rows: dict[tuple[str, str], FaultRow]) -> None:
    lines = as_lines(list(rows.values()))

    assert len(lines) == 2 + len(rows)
    assert lines[2].startswith("| refusal | rounds | normal degraded | 0 | 4 | refusal | ")


def test_every_named_fault_is_in_the_printed_table() -> None:
    assert set(models()) == {*FAULTS, RECOVERS}
    assert set(IN_ROUNDS) <= set(FAULTS)
