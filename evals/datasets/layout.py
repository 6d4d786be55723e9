"""Telling a wrong or partial layout: what was looked for, and what was found. Reads no picture."""

from collections.abc import Sequence
from pathlib import Path

from evals.datasets.records import DATA_SET_HELP, DataSetError

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
MAX_NAMES = 8
"""Entries of a folder that an error lists."""


def layout_error(root: Path, looked_for: str) -> DataSetError:
    """One line with the folder, what was looked for in it, and what it holds instead."""
    return DataSetError(f"{root}: looked for {looked_for}; found {found_in(root)}")


def found_in(folder: Path) -> str:
    """The first entries of a folder in words, folders first and marked by a slash."""
    if not folder.exists():
        return f"no such folder ({DATA_SET_HELP})"
    if not folder.is_dir():
        return "a file, not a folder"
    entries = sorted(folder.iterdir(), key=lambda entry: (entry.is_file(), entry.name))
    if not entries:
        return "an empty folder"
    names = [f"{entry.name}/" if entry.is_dir() else entry.name for entry in entries]
    more = len(names) - MAX_NAMES
    return ", ".join(names[:MAX_NAMES]) + (f" and {more} more" if more > 0 else "")


def require_folder(folder: Path, *, of: Path) -> Path:
    """The folder itself.

    Raises:
        DataSetError: it is absent; the line says what ``of`` holds.
    """
    if not folder.is_dir():
        raise layout_error(of, f"the folder {folder.relative_to(of).as_posix()}/")
    return folder


def require_file(path: Path, *, listed_in: Path) -> Path:
    """The path itself.

    Raises:
        DataSetError: a file that a list names is absent.
    """
    if not path.is_file():
        raise DataSetError(f"{path} is listed in {listed_in.name} but absent")
    return path


def missing_note(published: Sequence[str], found: Sequence[str]) -> tuple[str, ...]:
    """A note where published products are absent; none where all are there."""
    absent = [name for name in published if name not in found]
    if not absent:
        return ()
    n_found = len(published) - len(absent)
    return (f"{n_found} of {len(published)} published products; absent: {', '.join(absent)}",)


def files_of(folder: Path, *suffixes: str) -> list[Path]:
    """The files of a folder with one of the suffixes (any case), by name; hidden ones left out."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in suffixes and not path.name.startswith(".")
    )


def folders_of(folder: Path) -> list[Path]:
    """The folders in a folder, by name; hidden ones left out."""
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
