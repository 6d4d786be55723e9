"""From what a person names to picture files: paths, folders, globs. Opens no file."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path

from knowledge.pictures import PICTURE_SUFFIXES
from tools.errors import AssetError

MAX_SHOWN = 120
"""Characters of a name that an error line shows."""


def picture_files(named: Iterable[str]) -> list[Path]:
    """Expand paths, folders (not those within) and globs; each file once, in the order of naming.

    A named file is taken whatever it ends on; folders and globs give pictures only.

    Raises:
        AssetError: where something named is not there, cannot be read or holds no picture.
    """
    found: dict[Path, Path] = {}
    for name in named:
        try:
            for path in _expand(name):
                found.setdefault(path.resolve(), path)
        except OSError as error:
            shown = name if len(name) <= MAX_SHOWN else f"{name[:MAX_SHOWN]}..."
            reason = error.strerror or str(error)
            raise AssetError(f"{shown!r} cannot be read ({reason}); check the path") from error
    return list(found.values())


def _expand(name: str) -> list[Path]:
    path = Path(name)
    if path.is_dir():
        return _of_folder(path)
    if path.exists():
        return [path]
    matches = sorted(Path(match) for match in glob.glob(name, recursive=True))
    files = [match for match in matches if _is_picture(match)]
    if files:
        return files
    if matches:
        raise AssetError(f"no picture ({_suffixes()}) matches {name!r}; check the pattern")
    if glob.has_magic(name):
        raise AssetError(f"no file matches {name!r}; check the pattern, quoted or not")
    raise AssetError(f"no file or folder {name!r}; check the path")


def _of_folder(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.iterdir() if _is_picture(path))
    if not files:
        raise AssetError(f"folder {str(folder)!r} holds no picture ({_suffixes()})")
    return files


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_SUFFIXES and path.is_file()


def _suffixes() -> str:
    return " ".join(sorted(PICTURE_SUFFIXES))
