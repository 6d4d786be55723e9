"""`loupe batch --deferred`, from what a person wants to the exit code. Knows no command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from agent.console import print_error, print_note
from tools.errors import SettingsError

if TYPE_CHECKING:
    from agent.batch.deferred.waves import Waves
    from agent.batch.wanted import Wanted
    from agent.run_folder import RunFolder
    from agent.settings import Settings

WAITS = 4
"""Exit code where answers are waited for: the same command goes on."""
LOCK = "deferred.lock"


def run_deferred(wanted: Wanted, *, wait: bool, cancel: bool) -> int:
    """Write, submit and collect what can be; gives the exit code.

    Args:
        wanted: the batch.
        wait: look at the server until every row has its result.
        cancel: cancel what the server has not answered, and end.

    Raises:
        SettingsError: where something cannot be as it is wanted; nothing was begun.
        BatchAPIError: the server refuses a file, or cannot be reached; the same command goes on.
    """
    from agent.batch.setting_up import check_wanted, run_folder
    from agent.batch.telling import finish

    _check(wanted)
    check_wanted(wanted)
    run = run_folder(wanted)
    with _waves(wanted, run) as waves:
        if cancel:
            return _cancel(waves)
        if wanted.again:
            waves.box.forgive()
        try:
            ended = waves.go(wait=wait)
        except KeyboardInterrupt:
            print_error(
                f"interrupted; the server goes on, and the same command with --out {run.root} "
                "collects"
            )
            return 130
        code = finish(wanted, ended)
        if not waves.box.open_parts:
            return code
        if wanted.out is None:
            print_note(f"give --out {run.root} with the same command")
        return WAITS


def _check(wanted: Wanted) -> None:
    from agent.chat_models.anomaly_ov import PREFIX

    settings: Settings = wanted.settings
    if settings.model is None or settings.model.startswith(PREFIX):
        mind = "the embedded mind" if settings.model is None else repr(settings.model)
        raise SettingsError(
            f"--deferred asks a server by its batch API, and {mind} is asked in this process; "
            "name a model of a server, or leave --deferred out"
        )
    if settings.endpoints:
        raise SettingsError(
            "--deferred asks one server, and setting endpoints names several; name it by base_url"
        )
    if wanted.engine.is_staffed:
        raise SettingsError(
            "--deferred works in this process alone; leave --engine and --workers out"
        )
    if wanted.dry_run is not None:
        raise SettingsError("--dry-run asks at once, and --deferred does not; give one of them")


@contextmanager
def _waves(wanted: Wanted, run: RunFolder) -> Iterator[Waves]:
    from agent.batch.deferred.box import FILE, DeferredBox
    from agent.batch.deferred.server import BatchServer, open_client
    from agent.batch.deferred.spool import FOLDER
    from agent.batch.deferred.waves import Waves
    from agent.batch.setting_up import row_teller
    from agent.minds import open_wire

    with ExitStack() as stack:
        stack.enter_context(_alone(run))
        box = stack.enter_context(DeferredBox(run.root / FILE))
        client = stack.enter_context(open_client(wanted.settings))
        yield Waves(
            wanted=wanted,
            orders=wanted.orders(),
            run=run,
            box=box,
            server=BatchServer(client, box, run.root / FOLDER, str(run.root.resolve())),
            wire=open_wire(wanted.settings, tell=print_note),
            tell=print_note,
            tell_row=row_teller(wanted),
        )


@contextmanager
def _alone(run: RunFolder) -> Iterator[None]:
    """Between two waves as well, one process at a time submits."""
    from filelock import FileLock, Timeout

    run.root.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(run.root / LOCK, timeout=0):
            yield
    except Timeout as error:
        raise SettingsError(
            f"another process is at the deferred run in {str(run.root)!r}; wait until it has "
            "ended, or name another --out"
        ) from error


def _cancel(waves: Waves) -> int:
    parts = waves.box.open_parts
    for part in parts:
        waves.server.cancel(part)
    n = sum(part.n for part in parts)
    print_note(
        f"cancelled batches: {len(parts)}, with {n} questions; the same command without --cancel "
        "takes what was answered before, and asks the rest again"
    )
    return 0
