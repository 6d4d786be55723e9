"""From what a person names to files of assets: paths, folders, globs. Opens no file."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from os.path import isfile
from pathlib import Path

from tools.assets.opening import is_asset, modality_of, suffixes_told
from tools.assets.several import SUFFIX, read_parts
from tools.errors import AssetError
from tools.told_names import told_path

MAX_SHOWN = 120
"""Characters of a name that an error line shows."""


def picture_files(named: Iterable[str]) -> list[Path]:
    """Expand paths, folders (not those within) and globs; each file once, in the order of naming.

    A named file is taken whatever it ends on; folders and globs give pictures only.

    A name that is no UTF-8 is told as `told_path` has it, so that its own row fails.

    Raises:
        AssetError: where something named is not there, cannot be read or holds no picture.
    """
    found: dict[Path, Path] = {}
    for name in named:
        try:
            for path in _expand(name):
                found.setdefault(path.resolve(), told_path(path))
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
    files = without_parts([match for match in matches if _is_picture(match)])
    if files:
        return files
    if matches:
        raise AssetError(f"no picture ({suffixes_told()}) matches {name!r}; check the pattern")
    if glob.has_magic(name):
        raise AssetError(f"no file matches {name!r}; check the pattern, quoted or not")
    raise AssetError(f"no file or folder {name!r}; check the path")


def _of_folder(folder: Path) -> list[Path]:
    files = without_parts(sorted(path for path in folder.iterdir() if _is_picture(path)))
    if not files:
        raise AssetError(f"folder {str(folder)!r} holds no picture ({suffixes_told()})")
    return files


def without_parts(files: list[Path]) -> list[Path]:
    """Files without those that another one names as its parts, and without tables beside others.

    A table beside pictures, clouds or videos is a list of them, and no series.
    """
    owned: set[Path] = set()
    for path in files:
        if path.name.lower().endswith(SUFFIX):
            try:
                owned.update(part.resolve() for part in read_parts(path).values())
            except AssetError:
                continue  # its own row tells what is wrong with it
    units = [path for path in files if path.resolve() not in owned]
    tables = [path for path in units if modality_of(path) == "time_series"]
    return units if len(tables) == len(units) else [one for one in units if one not in tables]


def _is_picture(path: Path) -> bool:
    return is_asset(path) and isfile(path)
