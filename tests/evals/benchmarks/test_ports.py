from __future__ import annotations

import socket

from evals.benchmarks.ports import FIRST, N_PORTS, free_port


def test_a_port_is_free_and_given_once() -> None:
    found = [free_port() for _ in range(20)]

    assert len(set(found)) == 20
    assert all(FIRST <= port < FIRST + N_PORTS for port in found)
    for port in found:
        socket.create_server(("127.0.0.1", port)).close()


def test_one_that_somebody_listens_at_is_passed_by() -> None:
    before = free_port()
    with socket.create_server(("127.0.0.1", before + 1)):
        assert free_port() != before + 1
