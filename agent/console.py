"""What faces print: errors and progress on stderr, results on stdout. Knows no inspection."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from tools.told_names import shown

if TYPE_CHECKING:
    from rich.console import Console


def print_error(message: str) -> None:
    """Print a line on stderr for each line of the message: one for each thing to mend."""
    for line in message.split("\n"):
        if line.strip():
            sys.stderr.write(f"error: {shown(line.strip())}\n")


def print_note(message: str) -> None:
    """Print one line of information on stderr."""
    sys.stderr.write(f"{shown(' '.join(message.split()))}\n")


def terminal() -> Console:
    """The console of results; 140 columns wide where stdout is no terminal."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 140, highlight=False)


class Progress(Protocol):
    """Told how far long work has come."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Tell.

        Args:
            what: the work, in a few words; one line of progress for each.
            done: steps that are done.
            total: steps that there are.
        """
        ...


def no_progress(what: str, done: int, total: int) -> None:
    """Tell nobody."""


@contextmanager
def progress_on_stderr() -> Iterator[Progress]:
    """Lines of progress: moving bars on a terminal, one line at the start and end elsewhere."""
    if sys.stderr.isatty():
        with _bars() as tell:
            yield tell
    else:
        yield _lines


def _lines(what: str, done: int, total: int) -> None:
    if done in (0, total):
        print_note(f"{what}: {done} of {total}")


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    tasks: dict[str, TaskID] = {}
    with Bars(*columns, console=Console(stderr=True)) as bars:

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done)

        yield tell
