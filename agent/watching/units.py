"""Which files of a watched folder are parts of a unit, and whether a unit is whole.

Knows no inspection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from agent.watching.tree import Found, Signature, signature_of
from tools.assets.several import SUFFIX, named_files
from tools.errors import AssetError


def is_unit(path: Path) -> bool:
    """Whether a file names others as its parts."""
    return path.name.lower().endswith(SUFFIX)


class Whole(NamedTuple):
    """A file with its parts, as they are now."""

    signature: Signature | None
    """None where the file itself is not there."""
    missing: tuple[str, ...] = ()
    """Names of parts that have not landed."""


@dataclass
class Units:
    """The parts that units claim, so that nobody inspects them by themselves."""

    _read: dict[Path, tuple[Signature, tuple[Path, ...]]] = field(default_factory=dict)
    _owner: dict[Path, Path] = field(default_factory=dict)

    def claim(self, found: Found) -> None:
        """Read what a unit names, unless that was read before."""
        known = self._read.get(found.path)
        if known is not None and known[0] == found.signature:
            return
        try:
            parts = tuple(named_files(found.path).values())
        except AssetError:
            parts = ()  # half-written, or wrong: its own row tells
        self._read[found.path] = (found.signature, parts)
        self._owner.update(dict.fromkeys(parts, found.path))

    def owner(self, path: Path) -> Path | None:
        """The unit that a file is a part of; None where nothing claims it."""
        return self._owner.get(path)

    def whole(self, path: Path) -> Whole:
        """A file as it is now; a unit counts with all its parts."""
        own = signature_of(path)
        if own is None or not is_unit(path):
            return Whole(own)
        self.claim(Found(path, own))
        parts = {one: signature_of(one) for one in self.parts(path)}
        there = [one for one in parts.values() if one is not None]
        missing = tuple(one.name for one, signature in parts.items() if signature is None)
        size = own.size + sum(one.size for one in there)
        newest = max([own.mtime_ns, *(one.mtime_ns for one in there)])
        return Whole(Signature(size, newest, own.inode), missing)

    def parts(self, path: Path) -> tuple[Path, ...]:
        """The files that a unit names; none for another file."""
        return self._read[path][1] if path in self._read else ()
