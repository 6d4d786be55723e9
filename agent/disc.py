"""Tells when it is the disc that fails, and no part: full, read-only, damaged. Mends nothing.

A part that fails has a result that says so; where nothing can be written a run ends instead, and
goes on when it can.
"""

from __future__ import annotations

import errno
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.errors import LoupeError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
READ_ONLY = frozenset({errno.EROFS})
REFUSED = frozenset({errno.EACCES, errno.EPERM})
"""Also what reading a part may give; it counts for files of the run only."""
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_UNWRITTEN = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")
_DAMAGE = "the file is damaged; move it away"
"""Whoever owns the file may know better, and says so."""
_SAID_FULL = re.compile(r"disk is full|No space left on device|\(code: 13\)")
"""In the text of an error of Chroma's, which keeps no number."""


class DiscError(LoupeError):
    """Nothing can be written; the run ends, and the same command goes on with it."""


def disc_error(error: BaseException, run: Path) -> DiscError | None:
    """What to tell where the disc is behind an error; None where it is not.

    Args:
        error: with all that it comes of.
        run: the folder of the run.
    """
    for one in _chain(error):
        reason = _reason(one, run)
        if reason == _DAMAGE and isinstance(error, LoupeError):
            return DiscError(str(error))
        if reason:
            return DiscError(f"{_place(one, error, run)}: {reason}, and the run can go on")
    return None


@contextmanager
def told_of_disc(run: Path) -> Iterator[None]:
    """Raise what the disc is behind as one line.

    Raises:
        DiscError: in place of such an error.
    """
    try:
        yield
    except DiscError:
        raise
    except (OSError, sqlite3.Error, LoupeError) as error:
        told = disc_error(error, run)
        if told is None:
            raise
        raise told from error


def _chain(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    seen: set[int] = set()
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _reason(error: BaseException, run: Path) -> str:
    if isinstance(error, OSError):
        return _of_system(error, run)
    if isinstance(error, sqlite3.Error):
        return _of_database(error)
    said = _SAID_FULL.search(str(error)) if type(error).__module__.startswith("chromadb") else None
    return f"the disc is full ({said[0]}); make room" if said else ""


def _of_system(error: OSError, run: Path) -> str:
    if error.errno in FULL:
        return f"the disc is full ({error.strerror}); make room"
    of_run = error.filename is not None and Path(str(error.filename)).is_relative_to(run)
    if error.errno in READ_ONLY or (error.errno in REFUSED and of_run):
        return f"nothing can be written ({error.strerror}); let it be written"
    return ""


def _of_database(error: sqlite3.Error) -> str:
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith(_UNWRITTEN):
        return f"the disc takes no more ({error}); make room, or let it be written"
    return _DAMAGE if name.startswith(_DAMAGED) else ""


def _place(cause: BaseException, error: BaseException, run: Path) -> str:
    """The file that is not written: as the cause or the error names it, or as it must be."""
    place, colon, _ = str(error).partition(": ")
    if isinstance(error, LoupeError) and colon and "/" in place:
        return place
    unnamed = run / "checkpoints.sqlite" if isinstance(cause, sqlite3.Error) else run
    return str(getattr(cause, "filename", None) or unnamed)
