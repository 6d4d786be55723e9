"""Runs that know nothing of each other come to equal shares of a server that has too little."""

from __future__ import annotations

import pytest

from evals.benchmarks.pace import SERVERS
from evals.benchmarks.shared_server import run_shared


@pytest.mark.parametrize("name", ["works at 16 together, 1 s", "takes 10 a second, says wait 1 s"])
def test_who_comes_later_gets_as_much_as_who_had_all_of_it(name: str) -> None:
    found = run_shared(SERVERS[name], n_runs=2, seed=0, most=32, seconds=100.0)

    assert found.least > 0.85
    assert sum(found.n_answers) > 600
    assert found.n_given_up <= found.counts.answered / 1000


def test_without_a_second_run_one_has_everything() -> None:
    found = run_shared(SERVERS["takes all, 1 s"], n_runs=1, seed=0, most=8, seconds=50.0)

    assert (found.least, found.n_given_up, found.counts.errors) == (1.0, 0, 0)
    assert abs(found.n_answers[0] - 8 * 50) < 40
