"""Moves inspected files to folders by decision: nothing is overwritten, nothing is lost."""

from __future__ import annotations

import errno
import itertools
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.batch.records import BatchRow
from agent.watching.tree import Found, Signature, signature_of

STAGED = re.compile(r"^\.(.+)\.[0-9a-f]{8}\.moving$")
"""The name of a file while it is being moved, in the folder that it leaves."""
ANOTHER_DISC = (errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK)


class Replaced(Exception):
    """Something else lies there now: it stays, and is inspected itself."""


@dataclass
class Mover:
    """Moves what is done to folders by decision, where that is wanted."""

    root: Path
    target: Path | None
    note: Callable[[str], None]
    _is_failing: bool = False

    def move(self, found: Found, row: BatchRow, parts: tuple[Path, ...]) -> None:
        """Move a file, and the parts of a unit before it; what cannot be moved stays."""
        if self.target is None:
            return
        folder = self.target / (row.decision or row.status)
        try:
            for path in (*parts, found.path):
                now = signature_of(path)
                wanted = found.signature if path == found.path and not parts else now
                if now is not None and wanted is not None:
                    move_file(path, folder / path.relative_to(self.root), signature=wanted)
        except Replaced:
            return  # what lies there now is inspected, and moved then
        except OSError as error:
            if not self._is_failing:
                self.note(f"{found.path} cannot be moved to {folder} ({error.strerror}); it stays")
            self._is_failing = True
        else:
            self._is_failing = False


def move_file(path: Path, target: Path, *, signature: Signature) -> Path:
    """Move a file; where the name is taken, to `NAME-2.png` and so on.

    Args:
        path: of the file.
        target: where it is to lie; its folder is made.
        signature: as the file was inspected.

    Returns:
        Where it lies now.

    Raises:
        Replaced: where it is another file by now.
        OSError: where it cannot be moved; it lies where it lay.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.{secrets.token_hex(4)}.moving")
    # Taken away first and looked at then: what somebody puts there meanwhile is not touched.
    path.rename(staged)
    try:
        if signature_of(staged) != signature:
            raise Replaced(str(path))
        there = next(one for one in _names(target) if _put(staged, one))
    except BaseException:
        _put_back(staged, path)
        raise
    staged.unlink()
    return there


def put_back_staged(root: Path) -> int:
    """Give files their names again that were being moved when a process was killed; how many."""
    if not root.is_dir():
        return 0
    staged = [path for path in root.rglob(".*.moving") if STAGED.match(path.name)]
    for path in staged:
        named = STAGED.match(path.name)
        if named is not None:
            _put_back(path, path.with_name(named[1]))
    return len(staged)


def _put_back(staged: Path, path: Path) -> None:
    next(one for one in _names(path) if _put(staged, one))
    staged.unlink()


def _put(path: Path, target: Path) -> bool:
    """Give a file a second name, or a copy on another disc; False where the name is taken."""
    try:
        os.link(path, target, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in ANOTHER_DISC:
            raise
        return _copy(path, target)
    return True


def _copy(path: Path, target: Path) -> bool:
    try:
        stream = target.open("xb")
    except FileExistsError:
        return False
    try:
        with stream, path.open("rb") as source:
            shutil.copyfileobj(source, stream)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copystat(path, target)
    except BaseException:
        target.unlink()
        raise
    return True


def _names(target: Path) -> Iterator[Path]:
    more = (target.with_name(f"{target.stem}-{n}{target.suffix}") for n in itertools.count(2))
    return itertools.chain([target], more)
