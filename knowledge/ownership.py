"""One process owns a home. Knows nothing of what the home holds.

Chroma's files allow several writers, but a reader in another process sees a stale index, so a
second process is refused. The lock is the operating system's: it ends with its process.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tools.errors import KnowledgeError

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK_FILE = "owner.lock"
PID_FILE = "owner.pid"


class Ownership:
    """Holds a home until it is released or the process ends."""

    def __init__(self, home: Path, lock: BaseFileLock) -> None:
        self.home = home
        self._lock = lock

    def release(self) -> None:
        """Let the next process own the home. Releasing twice is allowed."""
        if self._lock.is_locked:
            (self.home / PID_FILE).unlink(missing_ok=True)
            self._lock.release()


def own_home(home: Path) -> Ownership:
    """Become the owner of a home, making its folder where there is none.

    Raises:
        KnowledgeError: where another process owns it, or it cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = FileLock(home / LOCK_FILE, timeout=0, is_singleton=False, thread_local=False)
        lock.acquire()
        (home / PID_FILE).write_text(f"{os.getpid()}\n", encoding="ascii")
    except Timeout:
        raise KnowledgeError(_owned_by(home)) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise KnowledgeError(
            f"{home}: cannot be written as a home ({reason}); name another with --home"
        ) from error
    return Ownership(home, lock)


def _owned_by(home: Path) -> str:
    try:
        pid = int((home / PID_FILE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        owner = "another process"
    else:
        if pid == os.getpid():
            return f"{home}: this process (pid {pid}) has it open already; use that store"
        owner = f"process {pid}"
    return f"{home}: {owner} owns it; wait until it ends, or name another home with --home"
