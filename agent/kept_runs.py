"""Runs and inspections that were kept, found by what a person calls them. Inspects nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from agent.run_folder import RunFolder
from graphs.records import Inspection
from tools.errors import AssetError, SettingsError

if TYPE_CHECKING:
    from agent.settings import Settings

RECORD = "inspection.json"


def find_run(settings: Settings, name: str) -> RunFolder:
    """A run by its name in the home, or by the path of its folder.

    Raises:
        SettingsError: where there is none; names those that are there.
    """
    runs = settings.home / "runs"
    for root in (runs / name, Path(name)):
        if (root / "run.json").is_file():
            return RunFolder(root)
    known = sorted((path.parent.name for path in runs.glob("*/run.json")), reverse=True)
    names = ", ".join(known[:10]) if known else "none"
    raise SettingsError(f"no run {name!r} in {runs}; there are, newest first: {names}")


def read_inspection(path: Path) -> Inspection:
    """A kept record.

    Raises:
        AssetError: where the file cannot be read or is none.
    """
    try:
        return Inspection.model_validate_json(path.read_bytes())
    except OSError as error:
        reason = error.strerror or str(error)
        raise AssetError(f"{str(path)!r} cannot be read ({reason}); check the path") from error
    except ValidationError as error:
        wrong = error.errors()[0]
        place = ".".join(str(part) for part in wrong["loc"])
        reason = f"{place}: {wrong['msg']}" if place else str(wrong["msg"])
        raise AssetError(
            f"{str(path)!r} is no record of an inspection ({reason}); name an {RECORD}"
        ) from error


def inspections_of(run: RunFolder, asset: str | None = None) -> Iterator[tuple[Path, Inspection]]:
    """The records of a run and their files, in the order of their names.

    Args:
        run: to look in.
        asset: id, or the name of its file with or without its ending; None for all.

    Raises:
        AssetError: where there is no such inspection, or a record cannot be read.
    """
    paths = sorted((run.root / "inspections").glob(f"*/{RECORD}"))
    found = False
    for path in paths:
        inspection = read_inspection(path)
        if asset is None or asset in _names(path, inspection):
            found = True
            yield path, inspection
    if not found:
        ids = ", ".join(path.parent.name for path in paths[:10]) or "none"
        wanted = "inspection" if asset is None else f"inspection {asset!r}"
        raise AssetError(f"no {wanted} in run {str(run.root)!r}; there are: {ids}")


def _names(path: Path, inspection: Inspection) -> set[str]:
    file = Path(inspection.asset.path)
    return {path.parent.name, inspection.id, file.name, file.stem, inspection.asset.path}
