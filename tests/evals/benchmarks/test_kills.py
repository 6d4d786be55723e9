"""A suite that is killed again and again ends as one that nobody killed.

Ten times, with more rows and with inspections: `python -m evals.benchmarks.kills`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.loopback import loopback_endpoint
from agent.result_log import FILE, read_rows
from evals.benchmarks.kills import TO_ASK, Job, compare, differing, suite_of_questions
from evals.benchmarks.spots import SeesSpots
from evals.runner.rows import Row

N_KILLS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kills")


def test_kills_lose_nothing_double_nothing_and_pay_for_nothing_twice(folder: Path) -> None:
    with loopback_endpoint(SeesSpots(), latency_s=0.01) as endpoint:
        job = Job(
            suite_of_questions(), folder / "data", folder, 6, 6, endpoint.base_url, endpoint.model
        )
        found = compare(job, n_kills=N_KILLS, seed=1, endpoint=endpoint, preloaded=TO_ASK)
    # One of the normal plates is the reference.
    assert (found.n_kills, found.n_rows, found.n_lines) == (N_KILLS, 22, 22)
    assert found.differing == []
    assert found.n_paid == found.n_paid_through == 22
    # Kills came in the midst, and what was under way was asked again: at most 4 at each kill.
    assert any(0 < n < 22 for n in found.rows_at_kills)
    assert 22 <= found.n_requests <= 22 + N_KILLS * 4
    rows = read_rows(folder / "killed" / FILE, Row)
    assert all(row.decision == ("anomalous" if row.gt_label else "normal") for row in rows)


def test_a_row_that_differs_is_missing_or_is_twice_is_told(folder: Path) -> None:
    rows = read_rows(folder / "killed" / FILE, Row)
    other = rows[0].model_copy(update={"decision": "review"})
    elsewhere = rows[0].model_copy(update={"record": "runs/of-another-folder"})
    assert differing(rows, rows) == []
    assert differing(rows, [elsewhere, *rows[1:]]) == []
    assert differing(rows, [other, *rows[1:]]) == [rows[0].task]
    assert differing(rows, rows[1:]) == [rows[0].task]
    assert differing(rows, [*rows, rows[0]]) == [rows[0].task]
    assert differing(rows[1:], rows) == [rows[0].task]
