"""From what a person wants of a batch to a run that is done, told and exported.

Knows no command line; it is the batch's own composition of store, model, budget and log.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.batch.data_sets import is_data_set
from agent.batch.kept_records import is_recorded
from agent.batch.pacing import note_calls, pace_line
from agent.batch.records import BatchRow, Order
from agent.batch.wanted import Ended, Wanted
from agent.console import print_error
from agent.disc import told_of_disc
from agent.result_log import InUse, ResultLog
from agent.run_folder import RunFolder
from agent.standing import Standing, telling
from tools.errors import LoupeError, SettingsError

if TYPE_CHECKING:
    from agent.batch.running import Batch

AGAIN = frozenset({"failed", "degraded"})


def run_folder(wanted: Wanted, *, kind: str = "batch") -> RunFolder:
    """The folder of the run: a new one, or that of the run that goes on.

    Args:
        wanted: by a person.
        kind: of the run, as its `run.json` has it.

    Raises:
        SettingsError: where a folder holds something else, or a run that was asked otherwise.
    """
    if wanted.out is None:
        return RunFolder.new(wanted.settings.home / "runs")
    if not (wanted.out / "run.json").is_file():
        return RunFolder.given(wanted.out, unbegun=True)
    run = RunFolder(wanted.out, resumed=True)
    asked = run.read_run()
    before, now = asked["settings"], wanted.settings.public()
    deciding = wanted.settings.deciding()
    differing = sorted(
        name for name in deciding if name in before and before[name] != now.get(name)
    )
    if kind not in asked or differing or asked["product"] != wanted.product:
        what = ", ".join(differing) or ("product" if kind in asked else "another command")
        raise SettingsError(
            f"{str(wanted.out)!r} holds a run that was asked otherwise ({what}); "
            "give the same settings, or name another --out"
        )
    return run


async def run_orders(
    wanted: Wanted,
    orders: Sequence[Order],
    run: RunFolder,
    *,
    tell_row: Callable[[BatchRow], object] = lambda row: None,
) -> Ended:
    """Do what has no row yet.

    Args:
        wanted: by a person.
        orders: of the run.
        run: its folder.
        tell_row: is told of each row of this process, when it is on the disc.
    """
    from agent.batch.engines.choosing import open_engine
    from agent.batch.engines.parts import take_in
    from agent.batch.running import Batch

    with ExitStack() as stack:
        stack.enter_context(told_of_disc(run.root))
        log = stack.enter_context(ResultLog(run.root, BatchRow))
        take_in(run.root, log)
        anew = frozenset(row.asset for row in log.rows if row.status in wanted.again)
        log.forget(lambda row: row.status in wanted.again or not is_recorded(row, run))
        engine = stack.enter_context(open_engine(wanted, orders, run, log=log, anew=anew))
        batch = Batch(engine, log, max_seconds=wanted.money.seconds)
        standing = Standing(
            unit="rows", total=len(orders), done=sum(one.task in log for one in orders)
        )
        await _told(batch, orders, standing, tell_row)
        found = {row.task: row for row in log.rows}
        rows = [found[one.task] for one in orders if one.task in found]
    return Ended(
        run=run,
        rows=rows,
        n_orders=len(orders),
        n_fresh=standing.fresh,
        seconds=standing.seconds,
        stopped=batch.stopped,
        n_kept_answers=engine.n_kept,
        n_asked=engine.n_asked,
        calls=note_calls(run, engine.chat),
    )


async def _told(
    batch: Batch,
    orders: Sequence[Order],
    standing: Standing,
    tell_row: Callable[[BatchRow], object],
) -> None:
    counted: Counter[str] = Counter()
    with telling() as teller:
        teller(standing)
        async for row in batch.rows(orders):
            count(row, standing, counted)
            standing.calls = pace_line(batch.engine.chat)
            tell_row(row)
            teller(standing)


def count(row: BatchRow, standing: Standing, counted: Counter[str]) -> None:
    """Take a row into the standing and into the counts of decisions; a failed one is told."""
    standing.done += 1
    standing.fresh += 1
    standing.failed += row.status == "failed"
    standing.degraded += row.status == "degraded"
    standing.spent_usd += row.cost_usd
    counted[row.decision or row.status] += 1
    standing.doing = ", ".join(f"{n} {word}" for word, n in sorted(counted.items()))
    if row.status == "failed":
        print_error(row.reason if row.asset in row.reason else f"{row.asset}: {row.reason}")


def asked_of(wanted: Wanted) -> dict[str, Any]:
    """What `run.json` says of the batch."""
    told = {
        "named": [n if is_data_set(n) else str(Path(n).resolve()) for n in wanted.named],
        "where": list(wanted.where),
        "sample": wanted.sample,
        "limit": wanted.limit,
    }
    return {"product": wanted.product, "paths": [], "batch": told}


def run_wanted(wanted: Wanted) -> int:
    """Run a batch, tell of it and write its files; gives the exit code.

    Raises:
        SettingsError: where something cannot be as it is wanted; nothing was begun.
    """
    from agent.batch.telling import estimate, finish

    check_wanted(wanted)
    wanted.engine.check()
    orders = wanted.orders()
    if wanted.dry_run is not None:
        return estimate(wanted, orders, k=wanted.dry_run)
    run = run_folder(wanted)
    try:
        ended = asyncio.run(run_orders(wanted, orders, run, tell_row=row_teller(wanted)))
        with told_of_disc(run.root):
            return finish(wanted, ended)
    except InUse:
        raise
    except LoupeError:
        # A run that could not begin leaves nothing, so that the same command can be given again.
        if not (run.root / "run.json").is_file():
            run.discard_if_empty()
        raise
    except KeyboardInterrupt:
        print_error(f"interrupted; the same command with --out {run.root} goes on with this run")
        return 130


def check_wanted(wanted: Wanted) -> None:
    """Refuse what cannot be: money cannot be watched where nobody knows what the model costs.

    Raises:
        SettingsError: it cannot.
    """
    unknown = sorted(wanted.again - AGAIN)
    if unknown:
        raise SettingsError(f"--again must be failed or degraded, got {unknown[0]!r}")
    if not wanted.money.usd or wanted.settings.model is None:
        return
    from agent.minds import knows_prices

    if not knows_prices(wanted.settings):
        raise SettingsError(
            f"--budget-usd is {wanted.money.usd:g}, and no price of model "
            f"{wanted.settings.model!r} is known; set input_usd and output_usd, or limit "
            "--budget-calls or --budget-tokens"
        )


def _print_row(row: BatchRow) -> None:
    """Print it as a line of JSON."""
    import sys

    sys.stdout.write(row.model_dump_json() + "\n")
    sys.stdout.flush()


def row_teller(wanted: Wanted) -> Callable[[BatchRow], object]:
    """Who is told of each row: standard output where JSON is wanted there, else nobody."""
    return _print_row if wanted.as_json else (lambda row: None)
