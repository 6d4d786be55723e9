"""Workers of a Ray cluster give the rows of one process, whoever dies meanwhile.

One cluster of two nodes on this machine serves all tests; the last one takes a node away.
"""

from __future__ import annotations

import importlib.util
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from agent.batch.engines.cluster import load_ray
from agent.batch.engines.contract import EngineChoice
from agent.batch.records import BatchRow
from agent.batch.wanted import Wanted

Want = Callable[..., Wanted]
Run = Callable[..., list[BatchRow]]
Said = Callable[[list[BatchRow]], list[dict[str, object]]]
AtWork = Callable[[str], list[int]]
STORE_BYTES = 80 * 2**20
TWO = EngineChoice("ray", workers=2)


class TwoNodes(NamedTuple):
    """A cluster that this process is in."""

    cluster: Any
    second: Any


@pytest.fixture(scope="module")
def nodes() -> Iterator[TwoNodes]:
    if importlib.util.find_spec("ray") is None:
        pytest.skip("ray absent: install loupe[ray]")
    ray = load_ray()
    from ray.cluster_utils import Cluster

    cluster: Any = Cluster(
        initialize_head=True,
        head_node_args={
            "num_cpus": 1,
            "object_store_memory": STORE_BYTES,
            "include_dashboard": False,
        },
    )
    second = cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
    ray.init(address=cluster.address, log_to_driver=False)
    yield TwoNodes(cluster, second)
    ray.shutdown()
    cluster.shutdown()


class Once:
    """Does something at the first row at which it can."""

    def __init__(self, do: Callable[[], bool]) -> None:
        self._do = do
        self.is_done = False

    def __call__(self, row: BatchRow) -> None:
        self.is_done = self.is_done or self._do()


def test_the_rows_are_those_of_one_process(
    nodes: TwoNodes, want: Want, run_of: Run, said: Said
) -> None:
    alone = run_of(want(), "alone")

    assert said(run_of(want(engine=TWO), "two")) == said(alone)


def test_a_worker_that_is_killed_costs_no_result(
    nodes: TwoNodes,
    want: Want,
    run_of: Run,
    said: Said,
    at_work: AtWork,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def kill() -> bool:
        pids = at_work("killed")
        if pids:
            os.kill(pids[0], signal.SIGKILL)
        return bool(pids)

    alone = run_of(want(), "alone")
    kill_one = Once(kill)

    assert said(run_of(want(engine=TWO), "killed", kill_one)) == said(alone)
    assert kill_one.is_done
    assert "is lost" in capsys.readouterr().err


def test_a_node_that_goes_away_costs_no_result(
    nodes: TwoNodes, want: Want, run_of: Run, said: Said
) -> None:
    alone = run_of(want(), "alone")

    def go() -> bool:
        nodes.cluster.remove_node(nodes.second, allow_graceful=False)
        return True

    leave = Once(go)

    assert said(run_of(want(engine=TWO), "left", leave)) == said(alone)
    # Nothing is told of a node on which no part was under way just then: its worker begins anew.
    assert leave.is_done
