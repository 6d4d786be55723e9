"""Opens the engine of several workers: who runs them, their job, and the purse that they share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from agent.batch.engines.cluster import joined, worker_count, worker_resources
from agent.batch.engines.contract import LOCAL, Engine, EngineChoice
from agent.batch.engines.preparing import prepare
from agent.batch.engines.processes import LocalKeeper, Processes
from agent.batch.engines.shared_purse import PurseKeeper, fields_of
from agent.batch.engines.staffed import StaffedEngine
from agent.batch.records import BatchRow, Order
from agent.result_log import ResultLog

if TYPE_CHECKING:
    from agent.batch.wanted import Wanted
    from agent.run_folder import RunFolder


@contextmanager
def open_staffed(
    wanted: Wanted,
    orders: Sequence[Order],
    run: RunFolder,
    *,
    log: ResultLog[BatchRow],
    anew: frozenset[str],
) -> Iterator[Engine]:
    """The engine of several workers, for as long as it is open. See `choosing.open_engine`."""
    undone = [one for one in orders if one.task not in log]
    with _staff(wanted.engine) as (staff, n_workers, resources):
        purse = _shared(wanted, run, log)
        job = prepare(
            wanted,
            undone,
            run,
            n_workers=n_workers,
            anew=anew,
            keeper=None if purse is None else _keeper(staff, purse),
        )
        yield StaffedEngine(staff, job, run, log=log, resources=resources)


@contextmanager
def _staff(choice: EngineChoice) -> Iterator[tuple[Any, int, dict[str, Any]]]:
    """Who runs workers, how many there are to be, and options of each."""
    if choice.name == LOCAL:
        yield Processes(), choice.workers, {}
        return
    with joined(choice) as ray:
        n_workers = worker_count(ray, choice)
        yield ray, n_workers, worker_resources(ray, choice, n_workers)


def _shared(wanted: Wanted, run: RunFolder, log: ResultLog[BatchRow]) -> dict[str, Any] | None:
    """The run's purse, as fields; None where nothing is limited."""
    money = wanted.money
    if wanted.settings.model is None or not (money.usd or money.calls or money.tokens):
        return None
    from agent.answers import AnswerStore
    from agent.batch.answering import answers_file, purse_of

    with AnswerStore(answers_file(wanted, run)) as answers:
        purse = purse_of(wanted, log, paid=answers.paid(str(run.root.resolve())))
    # Payments of other machines are known by their rows alone.
    purse.spent_usd = max(purse.spent_usd, sum(row.cost_usd for row in log.rows))
    return fields_of(purse)


def _keeper(staff: Any, purse: dict[str, Any]) -> Any:
    """Keeps the run's purse in this process, or in Ray's on this machine."""
    if isinstance(staff, Processes):
        return LocalKeeper(PurseKeeper(purse))
    here = staff.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
        staff.get_runtime_context().get_node_id(), soft=False
    )
    keeper = staff.remote(PurseKeeper).options(num_cpus=0, scheduling_strategy=here)
    return keeper.remote(purse)
