"""An asset of several files, each a part with a name. Knows no reader's inside.

It is written as a yaml file beside its parts, `NAME.asset.yaml`::

    parts:
      front: unit_17_front.png
      scan: unit_17.ply
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from os.path import isfile
from pathlib import Path
from typing import Any

import numpy as np

from tools.arrays import BoolMask, Float32Map, UInt8Image
from tools.asset_ports import (
    AssetPort,
    ElementScores,
    Measured,
    PicturePort,
    Quantity,
    ScoredExtent,
)
from tools.errors import AssetError, ToolError
from tools.records import Asset, AssetPart, Box, Extent
from tools.yaml_faults import yaml_faults

SUFFIX = ".asset.yaml"
MAX_PARTS = 16
PART_NAME = re.compile(r"^[A-Za-z0-9_-]{1,40}$")


class PartPicture:
    """A picture of one part, under a name that tells the part. A `PicturePort`."""

    def __init__(self, part: str, inner: PicturePort, whole: Asset) -> None:
        self._part, self._inner = part, inner
        self._whole = whole

    @property
    def asset(self) -> Asset:
        """The whole asset."""
        return self._whole

    @property
    def inner(self) -> PicturePort:
        """As the part itself gives it."""
        return self._inner

    @property
    def name(self) -> str:
        """`PART:NAME`."""
        return f"{self._part}:{self._inner.name}"

    @property
    def label(self) -> str:
        """With the part's name."""
        return f"{self._part}, {self._inner.label}"

    @property
    def size(self) -> list[int]:
        """[width_px, height_px]."""
        return self._inner.size

    @property
    def window_xyxy(self) -> list[float]:
        """The whole picture."""
        return self._inner.window_xyxy

    def read(self, window_xyxy: Sequence[float]) -> UInt8Image:
        """See `PicturePort.read`."""
        return self._inner.read(window_xyxy)

    def closer(self, window_xyxy: Sequence[float]) -> PartPicture | None:
        """See `PicturePort.closer`."""
        found = self._inner.closer(window_xyxy)
        return None if found is None else PartPicture(self._part, found, self._whole)

    def extent(self, box_xyxy: Box, mask: BoolMask | None = None) -> Extent:
        """In the part's own coordinates, with its name."""
        return named_part(self._inner.extent(box_xyxy, mask), self._part)

    def box_of(self, extent: Extent) -> Box | None:
        """None for an extent of another part."""
        return self._inner.box_of(extent) if extent.part == self._part else None

    def paint(self, scores: ElementScores) -> Float32Map:
        """Scores of the part's elements."""
        return self._inner.paint(scores)


class Several:
    """Parts opened together. A `SeveralPort`."""

    def __init__(self, asset: Asset, parts: Mapping[str, AssetPort]) -> None:
        self._asset, self._parts = asset, dict(parts)

    @property
    def asset(self) -> Asset:
        """The record that names every part."""
        return self._asset

    @property
    def parts(self) -> Mapping[str, AssetPort]:
        """By name, in the order of the file."""
        return self._parts

    @property
    def notes(self) -> list[str]:
        """Of every part."""
        return [f"{name}: {note}" for name, part in self._parts.items() for note in part.notes]

    @property
    def names(self) -> list[str]:
        """Of the pictures of every part."""
        return [f"{part}:{name}" for part, own in self._parts.items() for name in own.names]

    def picture(self, name: str) -> PartPicture:
        """A picture by `PART:NAME`.

        Raises:
            KeyError: where there is no such part or picture.
        """
        part, _, own = name.partition(":")
        return PartPicture(part, self._parts[part].picture(own), self._asset)

    def moved_like(self, other: AssetPort) -> Several:
        """Every part laid over the part of the same name; the others stay."""
        theirs = getattr(other, "parts", {})
        moved = {
            name: part.moved_like(theirs[name]) if name in theirs else part
            for name, part in self._parts.items()
        }
        return Several(self._asset, moved)

    def quantities(self) -> dict[str, Quantity]:
        """Of every part, as `PART/QUANTITY`."""
        return {
            f"{part}/{name}": quantity
            for part, own in self._parts.items()
            for name, quantity in own.quantities().items()
        }

    def measure(self, quantity: str, extent: Extent | None = None) -> Measured:
        """A quantity of one part.

        Raises:
            ToolError: where there is no such part or quantity.
        """
        part, own, name = self._of(quantity)
        found = own.measure(name, extent)
        return found._replace(where=None if found.where is None else named_part(found.where, part))

    def beyond(self, quantity: str, *, low: float, high: float) -> list[Extent]:
        """Places of one part.

        Raises:
            ToolError: where there is no such part or quantity.
        """
        part, own, name = self._of(quantity)
        return [named_part(one, part) for one in own.beyond(name, low=low, high=high)]

    def places(self, scores: ElementScores, *, level: float) -> Sequence[ScoredExtent]:
        """Refuses: scores are of one part's elements; ask the part."""
        raise TypeError("an asset of several files has no elements of its own; ask its parts")

    def _of(self, quantity: str) -> tuple[str, AssetPort, str]:
        part, _, name = quantity.partition("/")
        if part not in self._parts or not name:
            known = ", ".join(self.quantities()) or "none"
            raise ToolError(f"{quantity!r} cannot be measured; the quantities are: {known}")
        return part, self._parts[part], name


def named_part(extent: Extent, part: str) -> Extent:
    """An extent of a part as one of the whole asset."""
    return extent.model_copy(update={"part": part})


def own_part(asset: AssetPort, expert: str) -> tuple[str, AssetPort]:
    """The part that an expert speaks of: `NAME@PART`; the asset itself for a plain name."""
    _, _, part = expert.partition("@")
    if not part:
        return "", asset
    parts: Mapping[str, AssetPort] = getattr(asset, "parts", {})
    return part, parts[part]


def paint_part(picture: PicturePort, part: str, scores: ElementScores) -> Float32Map:
    """Scores of a part's elements in a picture; nought where it shows another part."""
    if part and not picture.name.startswith(f"{part}:"):
        width_px, height_px = picture.size
        return np.zeros((height_px, width_px), dtype=np.float32)
    return picture.paint(scores)


def read_parts(path: Path) -> dict[str, Path]:
    """The parts that a file names, by name; paths are relative to it and stay below its folder.

    Raises:
        AssetError: where it has another form, or a part is not there.
    """
    parts = named_files(path)
    for name, file in parts.items():
        if not isfile(file):
            shown = str(file.relative_to(path.parent.resolve()))
            raise AssetError(
                f"{path}: part {name} names {shown!r}, which is no file; check the name"
            )
    return parts


def named_files(path: Path) -> dict[str, Path]:
    """As `read_parts`, whether or not the parts are there.

    Raises:
        AssetError: where it has another form.
    """
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml_faults(OSError) as error:
        line = " ".join(str(error).split())[:200]
        raise AssetError(f"{path}: cannot be read as yaml ({line}); see the README") from error
    named = content.get("parts") if isinstance(content, dict) else None
    if not isinstance(named, dict) or not 1 <= len(named) <= MAX_PARTS:
        raise AssetError(
            f"{path}: must hold `parts:` with 1 to {MAX_PARTS} lines NAME: FILE, "
            f"holds {_in_short(content)}"
        )
    return {str(name): _part_path(path, name, file) for name, file in named.items()}


def _in_short(content: Any) -> str:
    # Written out, a few lines of yaml that name each other may have more letters than fit.
    return repr(content)[:60] if isinstance(content, str | int | None) else type(content).__name__


def _part_path(path: Path, name: Any, file: Any) -> Path:
    if not isinstance(name, str) or not PART_NAME.match(name):
        raise AssetError(
            f"{path}: a part's name has letters, digits, - and _, at most 40; got {_in_short(name)}"
        )
    if not isinstance(file, str) or not file:
        raise AssetError(f"{path}: part {name} must name a file, got {_in_short(file)}")
    try:
        found = (path.parent / file).resolve()
    except (OSError, ValueError) as error:
        raise AssetError(
            f"{path}: part {name} names {_in_short(file)}, which is no path"
        ) from error
    if not found.is_relative_to(path.parent.resolve()):
        raise AssetError(f"{path}: part {name} must lie beside or below it, is {file!r}")
    if found.name.endswith(SUFFIX):
        raise AssetError(f"{path}: part {name} is itself an asset of several files; name its parts")
    return found


def open_several(path: Path, open_part: Callable[[Path], AssetPort]) -> Several:
    """Open every part.

    Args:
        path: of the yaml file.
        open_part: opens one file.

    Raises:
        AssetError: where the file or a part cannot be read; names the part.
    """
    parts: dict[str, AssetPort] = {}
    for name, file in read_parts(path).items():
        try:
            parts[name] = open_part(file)
        except AssetError as error:
            raise AssetError(f"{path}: part {name}: {error}") from error
    return Several(_record(path, parts), parts)


def _record(path: Path, parts: Mapping[str, AssetPort]) -> Asset:
    records = [
        AssetPart(
            name=name,
            path=own.asset.path,
            sha256=own.asset.sha256,
            modality=own.asset.modality,
            size=own.asset.size,
        )
        for name, own in parts.items()
    ]
    told = " ".join(f"{one.name}={one.sha256}" for one in records)
    digest = hashlib.sha256(told.encode()).hexdigest()
    return Asset(
        path=str(path), sha256=digest, modality="several", size=[len(parts)], parts=records
    )
