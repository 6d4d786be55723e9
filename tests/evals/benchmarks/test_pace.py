"""Simulated servers: a paced run gives up nothing that waiting mends, and comes out alike again."""

from __future__ import annotations

from evals.benchmarks.pace import SERVERS, Server, as_lines, run_paced

BUSY = SERVERS["takes 10 a second, says wait 1 s"]


def test_a_server_that_refuses_is_asked_in_its_own_pace() -> None:
    paced = run_paced(BUSY, paced=True, seed=0, n=128)
    always = run_paced(BUSY, paced=False, seed=0, n=128)

    assert (paced.n_given_up, paced.n_calls < 160) == (0, True)
    assert always.n_given_up > 30
    assert always.n_calls > paced.n_calls


def test_the_clock_jumps_and_a_run_repeats() -> None:
    # Latencies of no spread: 128 questions, 64 at once, one second each.
    def exact(seed: int) -> Server:
        return Server(latency_s=1.0, shape=10**9, seed=seed)

    found = run_paced(exact, paced=False, seed=0, n=128)
    assert (round(found.seconds, 2), found.n_calls, found.most_inside) == (2.0, 128, 64)
    assert run_paced(BUSY, paced=True, seed=1, n=64) == run_paced(BUSY, paced=True, seed=1, n=64)


def test_the_table_has_a_row_for_each_server_and_pace() -> None:
    found = [run_paced(BUSY, paced=True, seed=seed, n=64) for seed in (0, 1)]
    lines = as_lines({("a server", True): found, ("a server", False): found}, n=64)

    assert len(lines) == 4
    assert lines[2].startswith("| a server | paced | ")
    assert lines[3].startswith("| a server | always 64 | ")
