"""Opens the engine that a person wants. Knows no inspection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agent.batch.engines.contract import Engine
from agent.batch.records import BatchRow, Order
from agent.console import print_note

if TYPE_CHECKING:
    from agent.batch.wanted import Wanted
    from agent.result_log import ResultLog
    from agent.run_folder import RunFolder


@contextmanager
def open_engine(
    wanted: Wanted,
    orders: Sequence[Order],
    run: RunFolder,
    *,
    log: ResultLog[BatchRow],
    anew: frozenset[str],
) -> Iterator[Engine]:
    """The engine of a run; what it opened is closed afterwards.

    Args:
        wanted: by a person.
        orders: of the run.
        run: its folder.
        log: of the run, open.
        anew: files whose records a run that goes on does not take.

    Raises:
        SettingsError: where the engine cannot be as it is wanted.
    """
    if not wanted.engine.is_staffed:
        with _local(wanted, run, log=log, anew=anew) as engine:
            yield engine
        return
    from agent.batch.engines.opening import open_staffed

    with open_staffed(wanted, orders, run, log=log, anew=anew) as engine:
        yield engine


@contextmanager
def _local(
    wanted: Wanted, run: RunFolder, *, log: ResultLog[BatchRow], anew: frozenset[str]
) -> Iterator[Engine]:
    from agent.batch.answering import open_chat
    from agent.batch.engines.local import LocalEngine
    from agent.batch.setting_up import asked_of
    from agent.inspector import Inspector

    with open_chat(wanted, run, log) as chat:
        inspector = Inspector(
            wanted.settings, run=run, tell=print_note, asked=asked_of(wanted), chat=chat
        )
        inspector.anew = anew
        with inspector:
            yield LocalEngine(inspector, log, chat)
