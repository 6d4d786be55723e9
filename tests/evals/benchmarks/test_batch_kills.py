"""A batch that is killed again and again ends as one that nobody killed.

A hundred times over 2,000 parts: `python -m evals.benchmarks.batch_kills`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.batch.records import BatchRow
from agent.result_log import FILE, read_rows
from evals.benchmarks.batch_kills import compare, differing

N_KILLS, N_PARTS = 3, 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("batch-kills")


def test_kills_leave_each_row_with_one_result_that_equals_the_undisturbed_one(folder: Path) -> None:
    found = compare(folder, n=N_PARTS, n_kills=N_KILLS, seed=1, experts=False, concurrency=4)

    assert (found.n_kills, found.n_rows, found.n_lines) == (N_KILLS, N_PARTS, N_PARTS)
    assert found.differing == []
    # Kills came in the midst, and what was under way was asked again.
    assert any(0 < n < N_PARTS for n in found.rows_at_kills)
    assert found.n_requests >= found.n_requests_through
    rows = read_rows(folder / "killed/run" / FILE, BatchRow)
    spotted = sorted(Path(row.asset).stem[-2:] for row in rows if row.decision == "anomalous")
    assert spotted == ["00", "05", "10"]


def test_a_row_that_differs_is_missing_or_is_twice_is_told(folder: Path) -> None:
    rows = read_rows(folder / "killed/run" / FILE, BatchRow)
    first = rows[0]
    later = first.model_copy(update={"created": "another day", "seconds": 9.0, "vlm_calls": 7})

    assert differing(rows, rows) == []
    assert differing(rows, [later, *rows[1:]]) == []
    assert differing(rows, [first.model_copy(update={"score": 0.5}), *rows[1:]]) == [first.asset]
    assert differing(rows, rows[1:]) == [first.asset]
    assert differing(rows[1:], rows) == [first.asset]
    assert differing(rows, [*rows, first]) == [first.asset]
