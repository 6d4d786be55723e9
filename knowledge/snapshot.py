"""A copy of what a home knows, named by its content, for processes that only read.

Chroma's files are for one process, so each reader opens a copy of its own. Knows no run.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from knowledge.chroma import rows_digest
from knowledge.layout import Layout
from knowledge.ownership import own_home
from tools.errors import KnowledgeError

KNOWLEDGE = "knowledge"


class Snapshot(NamedTuple):
    """What a home knew at one time."""

    digest: str
    """sha256 of what the store says, and of the files beside it."""
    folder: Path
    """Nobody writes into it."""


def take_snapshot(home: Path, into: Path) -> Snapshot:
    """Copy what a home knows, where no equal copy is there yet.

    Pictures are linked, not copied, where the file system can: nobody ever changes one.

    Args:
        home: its folder, which this process owns meanwhile; its store is closed.
        into: folder of snapshots, each under its digest.

    Raises:
        KnowledgeError: another process owns the home, or a folder cannot be read or written.
    """
    ownership = own_home(home)
    try:
        source = Layout(home / KNOWLEDGE)
        digest = digest_of(source)
        target = into / digest
        if not target.exists():
            into.mkdir(parents=True, exist_ok=True)
            _copy(source, target)
        return Snapshot(digest, target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise KnowledgeError(
            f"{into}: no snapshot of {home} can be written there ({reason})"
        ) from error
    finally:
        ownership.release()


def open_copy(snapshot: Snapshot, home: Path, *, with_rows: bool = True) -> None:
    """Make a home that knows what a snapshot knows; what is written there reaches nobody else.

    Args:
        snapshot: is read where it lies: its pictures are not copied.
        home: a folder that is not there yet.
        with_rows: whether its database is copied, too.

    Raises:
        KnowledgeError: where the snapshot cannot be read, or the home not written.
    """
    kept, own = Layout(snapshot.folder), Layout(home / KNOWLEDGE)
    left_out = {kept.pictures.name, *(() if with_rows else (kept.database.name,))}

    def passed_over(folder: str, names: list[str]) -> set[str]:
        return left_out & set(names) if Path(folder) == kept.folder else set()

    try:
        home.mkdir(parents=True)
        shutil.copytree(kept.folder, own.folder, ignore=passed_over, copy_function=shutil.copyfile)
        if kept.pictures.is_dir():
            own.pictures.symlink_to(kept.pictures.resolve(), target_is_directory=True)
    except (OSError, shutil.Error) as error:
        raise KnowledgeError(
            f"{snapshot.folder}: the snapshot cannot be copied to {home} ({error})"
        ) from error


def _copy(source: Layout, target: Path) -> None:
    """All or nothing."""
    partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=".", suffix=".partial"))
    try:
        for path in _files_of(source.folder):
            place = partial / path.relative_to(source.folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            _link_or_copy(path, place, may_link=source.pictures in path.parents)
        partial.chmod(0o755)
        partial.rename(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _link_or_copy(path: Path, place: Path, *, may_link: bool) -> None:
    if may_link:
        try:
            os.link(path, place)
        except OSError:
            pass
        else:
            return
    shutil.copyfile(path, place)
    place.chmod(0o444)


def _files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def digest_of(layout: Layout) -> str:
    """See `Snapshot`; the store is closed.

    Raises:
        KnowledgeError: where it cannot be read.
        OSError: where another file cannot.
    """
    told = hashlib.sha256(f"{rows_digest(layout.database)}\n".encode())
    for path in _files_of(layout.folder):
        if layout.database not in path.parents:
            with path.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
            told.update(f"{path.relative_to(layout.folder)}\n{content}\n".encode())
    return told.hexdigest()
