"""Opens the engine of a Ray cluster: workers, their job, and the purse that they share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from agent.batch.engines.cluster import joined, worker_count, worker_resources
from agent.batch.engines.contract import Engine
from agent.batch.engines.on_ray import RayEngine
from agent.batch.engines.preparing import prepare
from agent.batch.records import BatchRow, Order
from agent.result_log import ResultLog

if TYPE_CHECKING:
    from agent.batch.wanted import Wanted
    from agent.run_folder import RunFolder


@contextmanager
def open_ray(
    wanted: Wanted,
    orders: Sequence[Order],
    run: RunFolder,
    *,
    log: ResultLog[BatchRow],
    anew: frozenset[str],
) -> Iterator[Engine]:
    """The engine of a cluster, for as long as it is open. See `choosing.open_engine`."""
    with joined(wanted.engine) as ray:
        n_workers = worker_count(ray, wanted.engine)
        job = prepare(
            wanted,
            [one for one in orders if one.task not in log],
            run,
            n_workers=n_workers,
            anew=anew,
            keeper=_keeper(ray, wanted, run, log),
        )
        resources = worker_resources(ray, wanted.engine, n_workers)
        yield RayEngine(ray, job, run, log=log, resources=resources)


def _keeper(ray: Any, wanted: Wanted, run: RunFolder, log: ResultLog[BatchRow]) -> Any:
    """Keeps the run's purse on this machine; None where nothing is limited."""
    money = wanted.money
    if wanted.settings.model is None or not (money.usd or money.calls or money.tokens):
        return None
    from agent.answers import AnswerStore
    from agent.batch.answering import answers_file, purse_of
    from agent.batch.engines.shared_purse import PurseKeeper, fields_of

    with AnswerStore(answers_file(wanted, run)) as answers:
        purse = purse_of(wanted, log, paid=answers.paid(str(run.root.resolve())))
    # Payments of other machines are known by their rows alone.
    purse.spent_usd = max(purse.spent_usd, sum(row.cost_usd for row in log.rows))
    here = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
        ray.get_runtime_context().get_node_id(), soft=False
    )
    keeper = ray.remote(PurseKeeper).options(num_cpus=0, scheduling_strategy=here)
    return keeper.remote(fields_of(purse))
