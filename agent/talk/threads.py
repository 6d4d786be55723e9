"""The folders of threads: whose each is, what it is called, and its end. Knows no conversation."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field

from agent.run_folder import write_atomically
from agent.talk.journals import short_name
from tools.errors import LoupeError, SettingsError
from tools.records import Record

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
MAX_TITLE = 80


class ThreadRefused(LoupeError):
    """A thread of another person, or one that is not there."""


class ThreadRow(Record):
    """A thread as it is listed."""

    thread: str
    owner: str
    title: str
    """The first words that were said."""
    created: str
    """ISO 8601, UTC."""
    said: str = ""
    """When something was said last."""
    turns: int = 0
    given: list[str] = Field(default_factory=list)
    """Paths of the files that came with what was said."""


class ThreadFolders:
    """All threads of a home, a folder each."""

    def __init__(self, root: Path) -> None:
        """Name the folder of all; it is made with the first thread."""
        self._root = root

    def folder(self, thread: str) -> Path:
        """Where a thread lies.

        Raises:
            SettingsError: the name cannot be.
        """
        if not NAME.fullmatch(thread):
            raise SettingsError(
                f"a thread's name has 1 to 100 letters, digits, dots, dashes and underscores and "
                f"begins with a letter or digit, got {thread!r}"
            )
        # Some file systems take upper and lower case for the same name.
        return self._root / f"{thread}-{short_name(thread)}"

    def find(self, thread: str, owner: str) -> ThreadRow | None:
        """A thread of a person; None where it is not there.

        Raises:
            ThreadRefused: it is another person's.
        """
        path = self.folder(thread) / "thread.json"
        if not path.is_file():
            return None
        row = _read_row(path)
        if row.owner != owner:
            raise ThreadRefused(f"thread {thread!r} belongs to another person; begin one of yours")
        return row

    def found(self, thread: str, owner: str, said: str) -> ThreadRow:
        """A thread of a person, which is made where it is new.

        Args:
            thread: its name.
            owner: the person.
            said: what the person says; the title of a new thread.

        Raises:
            ThreadRefused: it is another person's.
        """
        row = self.find(thread, owner)
        if row is None:
            created = datetime.now(UTC).isoformat(timespec="milliseconds")
            title = " ".join(said.split())[:MAX_TITLE]
            row = ThreadRow(thread=thread, owner=owner, title=title, created=created)
            self.write(row)
        return row

    def write(self, row: ThreadRow) -> None:
        """Keep a row over the former one."""
        data = row.model_dump_json(indent=2).encode()
        write_atomically(self.folder(row.thread) / "thread.json", data)

    def all(self) -> Iterator[ThreadRow]:
        """Those of everybody, in no order."""
        for path in self._root.glob("[!.]*/thread.json"):
            try:
                yield _read_row(path)
            except FileNotFoundError:
                # It was deleted meanwhile.
                continue

    def remove(self, thread: str) -> None:
        """Delete everything of a thread."""
        # By another name first: whatever is left of it after a crash is no thread, and goes with
        # the next one.
        self.folder(thread).rename(self._root / f".gone-{secrets.token_hex(8)}")
        for folder in self._root.glob(".gone-*"):
            shutil.rmtree(folder)


def _read_row(path: Path) -> ThreadRow:
    return ThreadRow.model_validate_json(path.read_bytes())
