"""references/: the normal examples, of any modality. Knows no other file."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from knowledge.folder.problems import Problems
from knowledge.records import Reference
from tools.asset_ports import AssetPort
from tools.assets.opening import is_asset, open_asset, suffixes_told
from tools.assets.several import read_parts
from tools.errors import AssetError
from tools.told_names import NO_UTF_8, is_utf_8

FOLDER = "references"


class ReferenceFile(NamedTuple):
    """A normal example and where its bytes are."""

    reference: Reference
    path: Path
    quantities: list[str]
    """What can be measured on it as a whole."""


def read_references(folder: Path, problems: Problems) -> list[ReferenceFile]:
    """The references by name; each was decoded once. All are of one modality."""
    root = folder / FOLDER
    if not root.is_dir():
        problems.add(root, "is missing; it holds pictures of normal parts, at least one")
        return []
    paths = [path for path in sorted(root.rglob("*")) if path.is_file()]
    paths = [path for path in paths if not _is_hidden(path.relative_to(root))]
    if not paths:
        problems.add(root, "is empty; put at least one picture of a normal part there")
    owned = _parts_of_others(paths)
    found = [
        _reference(path, root=root, problems=problems)
        for path in paths
        if path.resolve() not in owned
    ]
    kept = [entry for entry in found if entry is not None]
    _check_alike(kept, problems)
    return [
        entry._replace(reference=entry.reference.model_copy(update={"index": index}))
        for index, entry in enumerate(kept)
    ]


def _parts_of_others(paths: list[Path]) -> set[Path]:
    """Files that an example of several files names as its parts."""
    owned: set[Path] = set()
    for path in paths:
        if path.name.lower().endswith(".asset.yaml"):
            try:
                owned.update(part.resolve() for part in read_parts(path).values())
            except AssetError:
                continue  # told where the file itself is read
    return owned


def _check_alike(kept: list[ReferenceFile], problems: Problems) -> None:
    if not kept:
        return
    first = kept[0].reference
    for entry in kept[1:]:
        other = entry.reference
        if other.modality != first.modality:
            problems.add(
                entry.path,
                f"is a {_named(other)} and {first.id} a {_named(first)}; "
                "all references of a product must be alike",
            )
        elif [part.name for part in other.parts] != [part.name for part in first.parts]:
            problems.add(entry.path, f"has other parts than {first.id}; name the same parts")


def _named(reference: Reference) -> str:
    return (
        "unit of several files"
        if reference.modality == "several"
        else (reference.modality.replace("_", " "))
    )


def _is_hidden(name: Path) -> bool:
    return any(part.startswith(".") for part in name.parts) or name.name == "Thumbs.db"


def _reference(path: Path, *, root: Path, problems: Problems) -> ReferenceFile | None:
    if not is_asset(path):
        known = suffixes_told().replace(" ", ", ")
        problems.add(path, f"is no picture by its name; references end in {known}")
        return None
    if not is_utf_8(path):
        problems.add(path, NO_UTF_8)
        return None
    try:
        asset = open_asset(path)
    except (AssetError, OSError) as error:
        problems.add(path, f"cannot be read as a picture: {error}")
        return None
    return ReferenceFile(_record(asset, path, root=root), path, list(asset.quantities()))


def _record(asset: AssetPort, path: Path, *, root: Path) -> Reference:
    name = path.relative_to(root).as_posix()
    record = asset.asset
    return Reference(
        id=name,
        index=0,
        path=f"{FOLDER}/{name}",
        sha256=record.sha256,
        size=record.size,
        modality=record.modality,
        parts=[part.model_copy(update={"path": Path(part.path).name}) for part in record.parts],
    )
