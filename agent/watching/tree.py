"""What lies in a watched folder, and what may be inspected of it. Opens no picture."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from tools.assets.opening import SUFFIXES, is_asset

TABLES = SUFFIXES["time_series"]
"""A table beside pictures is mostly a list of them, so that only a pattern makes it an asset."""


class Signature(NamedTuple):
    """What tells a file from what lay there before, without reading it."""

    size: int
    """In bytes; of a unit, those of all its files."""
    mtime_ns: int
    """Of a unit, that of its newest file."""
    inode: int


class Found(NamedTuple):
    """A file as it was seen."""

    path: Path
    signature: Signature


def signature_of(path: Path) -> Signature | None:
    """Of one file; None where there is none."""
    try:
        seen = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(seen.st_mode):
        return None
    return Signature(seen.st_size, seen.st_mtime_ns, seen.st_ino)


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A folder, and which of its files are wanted."""

    root: Path
    """Absolute."""
    patterns: tuple[str, ...] = ()
    """Of names, or of paths below the folder. Empty: whatever is an asset and no table."""
    recursive: bool = False
    apart: tuple[Path, ...] = ()
    """Folders below it that are not watched: the run's own, and those that files are moved to."""
    note: Callable[[str], None] = field(default=lambda line: None, compare=False)
    """Is told in a line, once, of a folder that may not be listed."""
    _closed: set[Path] = field(default_factory=set, compare=False)

    def wants(self, path: Path) -> bool:
        """Whether a file is inspected, by its path alone; hidden ones never are."""
        below = path.relative_to(self.root)
        if any(part.startswith(".") for part in below.parts) or not self._reaches(path.parent):
            return False
        if self.patterns:
            told = below.as_posix()
            return any(fnmatchcase(path.name, p) or fnmatchcase(told, p) for p in self.patterns)
        return is_asset(path) and path.suffix.lower() not in TABLES

    def below(self, start: Path) -> Iterator[Found]:
        """Wanted files of a file or a folder; what vanishes, or may not be listed, is left out."""
        if start != self.root and not start.is_dir():
            signature = signature_of(start) if self.wants(start) else None
            if signature is not None:
                yield Found(start, signature)
            return
        folders = [start] if self._reaches(start) else []
        while folders:
            for path, is_folder in self._listed(folders.pop()):
                if is_folder:
                    folders += [path] if self._reaches(path) and path.name[:1] != "." else []
                elif self.wants(path) and (signature := signature_of(path)) is not None:
                    yield Found(path, signature)

    def _reaches(self, folder: Path) -> bool:
        if folder != self.root and not self.recursive:
            return False
        return not any(folder.is_relative_to(one) for one in self.apart)

    def _listed(self, folder: Path) -> Iterator[tuple[Path, bool]]:
        """What a folder holds, and whether each is a folder; links to folders are not followed."""
        try:
            with os.scandir(folder) as entries:
                self._closed.discard(folder)
                for entry in entries:
                    yield Path(entry.path), entry.is_dir(follow_symlinks=False)
        except PermissionError:
            if folder not in self._closed:
                self._closed.add(folder)
                self.note(f"{folder}: may not be listed, so nothing in it is seen; let it be read")
        except OSError:
            return
