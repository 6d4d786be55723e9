"""A deferred run that is killed ends with the same rows, and asks nothing twice."""

from __future__ import annotations

from pathlib import Path

from evals.benchmarks.deferred_kills import compare


def test_after_kills_each_row_is_there_once_and_nothing_was_submitted_twice(
    tmp_path: Path,
) -> None:
    found = compare(tmp_path, n_parts=1, n_kills=1, seed=1)

    assert (found.n_rows, found.n_lines, found.n_differing) == (1, 1, 0)
    assert (found.n_twice, found.n_asked) == (0, found.n_asked_through)
    assert found.n_kills == 1
