"""Which files a home's knowledge consists of, and in which version. Knows no content."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from knowledge.look import VERSION as LOOK_VERSION
from tools.errors import KnowledgeError

FORMAT = "loupe.knowledge/1"
PICTURE_DESCRIPTORS = f"{LOOK_VERSION}+place/1"


@dataclass(frozen=True)
class Layout:
    """The folder of a home's knowledge."""

    folder: Path

    @property
    def database(self) -> Path:
        """Chroma's files."""
        return self.folder / "chroma"

    @property
    def served(self) -> Path:
        """Names the database of a Chroma server that holds the rows instead."""
        return self.folder / "served.json"

    @property
    def pictures(self) -> Path:
        """Reference pictures by digest."""
        return self.folder / "pictures"

    @property
    def unfinished(self) -> Path:
        """Names the product whose change was begun and not ended."""
        return self.folder / "unfinished.json"

    @property
    def version(self) -> Path:
        """Says what the store was built with."""
        return self.folder / "store.json"


def prepare_layout(folder: Path, *, embedding: str) -> Layout:
    """Make the folder, or check that it was made by this version with this embedding.

    Raises:
        KnowledgeError: says what differs and what to do.
    """
    layout = Layout(folder)
    built_with = {
        "format": FORMAT,
        "embedding": embedding,
        "picture_descriptors": PICTURE_DESCRIPTORS,
        "chroma": version("chromadb"),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if layout.version.exists():
            found = _check(layout, built_with)
            if found.get("chroma") != built_with["chroma"]:
                write_json(layout.version, built_with)
        elif layout.database.exists():
            raise KnowledgeError(
                f"{layout.version}: is missing, so nobody knows how the store was built; move "
                f"{folder} away and add the products again"
            )
        else:
            write_json(layout.version, built_with)
    except OSError as error:
        reason = error.strerror or str(error)
        raise KnowledgeError(f"{folder}: cannot be written ({reason})") from error
    return layout


def write_json(path: Path, value: dict[str, str]) -> None:
    """Write a small file whole or not at all."""
    unfinished = path.with_name(f"{path.name}.part")
    with unfinished.open("w", encoding="utf-8") as stream:
        json.dump(value, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(path)


def read_json(path: Path) -> dict[str, object]:
    """Read a small file of keys and values.

    Raises:
        KnowledgeError: where it holds anything else.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise KnowledgeError(f"{path}: cannot be read ({error}); move its folder away") from error
    if not isinstance(value, dict):
        raise KnowledgeError(f"{path}: must hold keys and values; move its folder away")
    return value


def _check(layout: Layout, wanted: dict[str, str]) -> dict[str, object]:
    found = read_json(layout.version)
    if found.get("format") != wanted["format"]:
        raise KnowledgeError(
            f"{layout.folder}: was made by another version ({found.get('format')}, this one is "
            f"{wanted['format']}); move it away and add the products again"
        )
    for field, what in (("embedding", "embedding"), ("picture_descriptors", "descriptors")):
        if found.get(field) != wanted[field]:
            hint = f"choose embedding {found.get(field)!r}, or " if field == "embedding" else ""
            raise KnowledgeError(
                f"{layout.folder}: was built with {what} {found.get(field)!r}, asked for is "
                f"{wanted[field]!r}; {hint}move it away and add the products again"
            )
    newest = str(found.get("chroma", ""))
    if _release(newest) > _release(wanted["chroma"]):
        # Chroma opens what a newer one has changed without a word.
        raise KnowledgeError(
            f"{layout.folder}: was last opened by Chroma {newest}, here is {wanted['chroma']}; "
            "upgrade chromadb, or move it away and add the products again"
        )
    return found


def _release(version: str) -> list[int]:
    """Major and minor number; empty where none is told."""
    return [int(number) for number in re.findall(r"\d+", version)[:2]]
