"""From what a person wants of a watch to a folder that is watched until it is to stop.

Knows no command line; it is the watch's own composition of store, model, log and sinks.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from agent.batch.answering import open_chat
from agent.batch.records import BatchRow
from agent.batch.setting_up import check_wanted
from agent.batch.wanted import Ended
from agent.beginning import begin
from agent.console import print_error, print_note
from agent.result_log import FILE, ResultLog
from agent.run_folder import RunFolder
from agent.watching.moving import Mover, put_back_staged
from agent.watching.seen import SeenFiles
from agent.watching.settling import Settling
from agent.watching.sinks.courier import Courier
from agent.watching.sinks.cursor import Cursor
from agent.watching.sinks.naming import open_sinks
from agent.watching.sinks.records import Sink
from agent.watching.standing import WatchStanding
from agent.watching.telling import TellRow, tell_all
from agent.watching.units import Units
from agent.watching.wanted import KIND, WantedWatch

if TYPE_CHECKING:
    from agent.inspector import Inspector
    from agent.watching.running import Watch


async def watch(
    wanted: WantedWatch,
    run: RunFolder,
    *,
    tell_row: TellRow = lambda row: None,
    clock: Callable[[], float] = time.monotonic,
) -> Ended:
    """Watch until a signal comes, or until nothing has come for as long as is wanted.

    Args:
        wanted: by a person.
        run: its folder.
        tell_row: is told of each row of this process, when it is on the disc.
        clock: seconds by which a file is quiet; never goes back.
    """
    from agent.inspector import Inspector

    settings = wanted.batch.settings
    with ExitStack() as stack:
        log = stack.enter_context(ResultLog(run.root, BatchRow))
        chat = stack.enter_context(open_chat(wanted.batch, run, log))
        asked = wanted.asked()
        inspector = Inspector(settings, run=run, tell=print_note, asked=asked, chat=chat)
        stack.enter_context(inspector)
        # Hours may pass until the first file lands, and the same command must know its run then.
        begin(
            inspector.workshop.store,
            run,
            settings,
            product=wanted.batch.product,
            asked=asked,
            tell=print_note,
        )
        seen = stack.enter_context(SeenFiles(run.root / KIND / "seen.sqlite"))
        couriers = [_courier(one, run, stack) for one in _sinks(wanted, run)]
        one = _watch(wanted, run, inspector, log, seen, clock=clock)
        standing = WatchStanding(total=0, unit="rows", done=len(log))
        print_note(f"watching {str(wanted.root)!r}; stop with Ctrl-C")
        reason = await tell_all(one, standing, couriers, tell_row)
        rows = log.rows
    n_left = len(one.waiting) + len(one.settling)
    return Ended(
        run=run,
        rows=rows,
        n_orders=len(rows) + n_left,
        n_fresh=standing.fresh,
        seconds=standing.seconds,
        stopped=one.files.stopped or reason,
        n_kept_answers=chat.n_kept if chat else 0,
        n_asked=chat.n_asked if chat else 0,
    )


def _watch(
    wanted: WantedWatch,
    run: RunFolder,
    inspector: Inspector,
    log: ResultLog[BatchRow],
    seen: SeenFiles,
    *,
    clock: Callable[[], float],
) -> Watch:
    from agent.watching.landed import LandedEngine, LandedFiles
    from agent.watching.running import Watch

    tree, units = wanted.tree(run), Units()
    if wanted.move_to is not None:
        put_back_staged(wanted.root)
    if not seen.has_begun:
        lying = tree.below(tree.root) if not wanted.existing else ()
        n_lying = seen.leave_alone(
            one._replace(signature=units.whole(one.path).signature or one.signature)
            for one in lying
        )
        if n_lying:
            print_note(f"files that lay there before, left alone: {n_lying}; see --existing")
    elif wanted.existing:
        seen.take_up()
    return Watch(
        tree=tree,
        files=LandedFiles(LandedEngine(inspector, log), log),
        seen=seen,
        units=units,
        settling=Settling(wanted.quiet_s, units.whole, clock),
        product=wanted.batch.product,
        labels=dict(wanted.labels),
        note=print_note,
        after=Mover(wanted.root, wanted.move_to, print_note).move,
        poll_s=wanted.poll_s,
        until_idle_s=wanted.until_idle_s,
    )


def _sinks(wanted: WantedWatch, run: RunFolder) -> list[Sink]:
    return open_sinks(
        wanted.sinks, wanted.batch.settings, client_id=f"loupe-{_digest(str(run.root.resolve()))}"
    )


def _courier(sink: Sink, run: RunFolder, stack: ExitStack) -> Courier:
    place = run.root / KIND / f"sink-{_digest(sink.name)}"
    cursor = Cursor(place.with_suffix(".cursor"))
    stack.callback(cursor.close)
    return Courier(
        sink=sink,
        results=run.root / FILE,
        cursor=cursor,
        run=run.root.name,
        refused=place.with_suffix(".refused.jsonl"),
        note=print_note,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def watch_wanted(
    wanted: WantedWatch,
    *,
    tell_row: TellRow = lambda row: None,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Watch, tell of it and write the run's files; gives the exit code. See `watch`.

    Raises:
        SettingsError: where something cannot be as it is wanted; nothing was begun.
    """
    from agent.batch.telling import finish

    check_wanted(wanted.batch)
    run = wanted.run_folder()
    try:
        ended = asyncio.run(watch(wanted, run, tell_row=tell_row, clock=clock))
    except asyncio.CancelledError:
        print_error(f"given up; the same command with --out {run.root} goes on with this watch")
        return 130
    finish(wanted.batch, ended)
    return 0
