"""references/: the normal examples. Knows no other file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from knowledge.folder.problems import Problems
from knowledge.pictures import PICTURE_SUFFIXES, decode_picture
from knowledge.records import Reference
from tools.errors import AssetError

FOLDER = "references"


class ReferenceFile(NamedTuple):
    """A normal example and where its bytes are."""

    reference: Reference
    path: Path


def read_references(folder: Path, problems: Problems) -> list[ReferenceFile]:
    """The reference pictures by name; each was decoded once."""
    root = folder / FOLDER
    if not root.is_dir():
        problems.add(root, "is missing; it holds pictures of normal parts, at least one")
        return []
    paths = [path for path in sorted(root.rglob("*")) if path.is_file()]
    paths = [path for path in paths if not _is_hidden(path.relative_to(root))]
    if not paths:
        problems.add(root, "is empty; put at least one picture of a normal part there")
    found = [_reference(path, root=root, problems=problems) for path in paths]
    kept = [entry for entry in found if entry is not None]
    return [
        ReferenceFile(entry.reference.model_copy(update={"index": index}), entry.path)
        for index, entry in enumerate(kept)
    ]


def _is_hidden(name: Path) -> bool:
    return any(part.startswith(".") for part in name.parts) or name.name == "Thumbs.db"


def _reference(path: Path, *, root: Path, problems: Problems) -> ReferenceFile | None:
    if path.suffix.lower() not in PICTURE_SUFFIXES:
        known = ", ".join(sorted(PICTURE_SUFFIXES))
        problems.add(path, f"is no picture by its name; references end in {known}")
        return None
    try:
        data = path.read_bytes()
        height, width = decode_picture(path).shape[:2]
    except (AssetError, OSError) as error:
        problems.add(path, f"cannot be read as a picture: {error}")
        return None
    name = path.relative_to(root).as_posix()
    reference = Reference(
        id=name,
        index=0,
        path=f"{FOLDER}/{name}",
        sha256=hashlib.sha256(data).hexdigest(),
        size=[width, height],
    )
    return ReferenceFile(reference, path)
