"""From what a person names to picture files: paths, folders, globs. Opens no file."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path

from tools.errors import AssetError

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")
"""Of the pictures that are taken from a folder; a named file is taken whatever it ends on."""


def picture_files(named: Iterable[str]) -> list[Path]:
    """Expand paths, folders (not those within) and globs; each file once, in the order of naming.

    Raises:
        AssetError: where something named is not there or holds no picture.
    """
    found: dict[Path, None] = {}
    for name in named:
        for path in _expand(name):
            found.setdefault(path)
    return list(found)


def _expand(name: str) -> list[Path]:
    path = Path(name)
    if path.is_dir():
        return _of_folder(path)
    if path.exists():
        return [path]
    matches = sorted(Path(match) for match in glob.glob(name, recursive=True))
    files = [match for match in matches if match.is_file()]
    if files:
        return files
    if glob.has_magic(name):
        raise AssetError(f"no file matches {name!r}; check the pattern, quoted or not")
    raise AssetError(f"no file or folder {name!r}; check the path")


def _of_folder(folder: Path) -> list[Path]:
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file())
    if not files:
        raise AssetError(f"folder {str(folder)!r} holds no picture ({' '.join(SUFFIXES)})")
    return files
